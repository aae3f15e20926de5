"""With the packs of all courts, as with made-up ones: what is derived is a function of the set of facts (pack language
4.8), and says what a slow, literal reading of the rules says."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.derive import derive
from rules.reference import Reference
from tests.unit.courts import COURTS, rulebook
from tests.unit.naive_supervision import Shown, supervise
from tests.unit.told_of_packs import histories, moments, plain_clocks, policy

pytestmark = pytest.mark.fast

REFERENCE = Reference()
PATIENT = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def derived(court, facts, as_of, known_at):
    return derive(facts, rulebook(court), as_of=as_of, known_at=known_at, reference=REFERENCE)


@pytest.mark.parametrize("court", COURTS)
@PATIENT
@given(st.data())
def test_it_says_what_a_literal_reading_says(court, data):
    facts, as_of, known_at = data.draw(histories(court)), data.draw(moments()), data.draw(moments())
    literal = supervise(
        plain_clocks(court), policy(court).suspensions, facts, as_of, known_at, policy(court).court
    )  # fmt: skip
    found = {
        (each.rule, each.occurrence): Shown(
            state=each.state.value,
            state_then=each.state_then.value if each.state_then else None,
            due=each.due,
            closed=each.closed_fact,
            record=tuple((spell.since, spell.until, spell.due, spell.stop) for spell in each.record),
        )
        for each in derived(court, facts, as_of, known_at).clocks
    }
    assert found == literal


@pytest.mark.parametrize("court", COURTS)
@PATIENT
@given(st.data(), st.randoms(use_true_random=False))
def test_order_duplicates_and_batches_do_not_matter(court, data, chance: random.Random):
    facts, as_of, known_at = data.draw(histories(court)), data.draw(moments()), data.draw(moments())
    once = derived(court, facts, as_of, known_at)
    again = [*facts, *chance.choices(facts, k=4)]
    chance.shuffle(again)
    assert derived(court, again, as_of, known_at) == once


@pytest.mark.parametrize("court", COURTS)
@PATIENT
@given(st.data())
def test_fact_by_fact_as_they_were_recorded_is_as_from_scratch(court, data):
    facts, as_of = data.draw(histories(court)), data.draw(moments())
    for known_at in sorted({fact.recorded_at for fact in facts}):
        so_far = [fact for fact in facts if fact.recorded_at <= known_at]
        assert derived(court, so_far, as_of, known_at) == derived(court, facts, as_of, known_at)
