"""The case as it stood at its events, as known at each K: what was entered late or corrected is not known before."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.case import CaseView, case_view
from rules.effective import sightings
from rules.inforce import InForce
from rules.past import Past
from rules.reference import Reference
from tests.unit.courts import rulebook
from tests.unit.test_case import told
from tests.unit.yiyang import FILED, POLICY, fact

pytestmark = pytest.mark.fast

HOUR = timedelta(hours=1)
REFERENCE = Reference()
FIELDS = st.sets(st.sampled_from([each.name for each in fields(CaseView)]), min_size=1, max_size=3).map(frozenset)


@st.composite
def histories(draw):
    """Some at one instant, some entered late, some corrected."""
    facts = []
    for number in range(draw(st.integers(1, 9))):
        time = FILED + draw(st.integers(0, 6)) * HOUR
        recorded = time + draw(st.sampled_from([0, 0, 1, 3, 9])) * HOUR
        happened = {"id": f"f{number}", "time": time, "recorded_at": recorded, "position": number}
        facts.append(replace(draw(told()), **happened))
    for number, of in enumerate(draw(st.lists(st.sampled_from(facts), max_size=2))):
        how = draw(st.sampled_from(["void", "amend"]))
        amended = {"data": of.data, "time": (of.time + HOUR).isoformat()} if how == "amend" else {}
        recorded = of.recorded_at + draw(st.integers(0, 4)) * HOUR
        correction = fact("FactCorrected", recorded, corrects=of.id, how=how, reason="x", **amended)
        facts.append(replace(correction, id=f"c{number}", recorded_at=recorded, position=90 + number))
    return facts


@settings(deadline=None)
@given(histories(), st.lists(FIELDS, min_size=1, max_size=2))
def test_what_is_told_at_an_event_is_the_fold_of_all_that_was_known_of_it_then(facts, asked):
    known = sightings(facts, FILED + 99 * HOUR, FILED + 99 * HOUR)
    past = Past(known, InForce(REFERENCE, rulebook("yiyang"), known, FILED + 99 * HOUR, FILED + 99 * HOUR))
    for names in asked:
        for event in known:
            steps = past.at(event, names)
            assert (steps[0][0], steps[-1][1]) == (event.since, event.until)
            for since, _, told_then in steps:
                before = [each.fact for each in known if each.fact.time <= event.fact.time]
                before = [each.fact for each in known if each.since <= since < each.until and each.fact in before]
                assert told_then == {name: getattr(case_view(before, POLICY.court), name) for name in names}
