"""What other rules would change: breaches gained, lost, longer and shorter, and on whom they are laid."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.derived import Clock
from rules.fact import Fact
from rules.rulebook import Rulebook
from rules.what_if import Change, changes
from tests.unit.clocks import clock, derived, fact, rules

pytestmark = pytest.mark.fast

FACTS = [fact("Begun", "2026-03-02T10:00", id="f1"), fact("Done", "2026-03-13T10:00", id="f2")]


def judged(book: Rulebook, facts: Sequence[Fact] = FACTS, as_of: str = "2026-03-31") -> Sequence[Clock]:
    return derived(book, facts, as_of).clocks


def told(change: Change) -> tuple[str, str, int]:
    return change.breach.rule, change.how, change.days


def test_a_shorter_term_gains_a_breach_and_a_longer_one_loses_it() -> None:
    # given: begun on the 2nd, done on the 13th, so that a term of 7 days is broken for 4 and one of 14 is kept
    week, fortnight = judged(rules(clock(term={"days": 7}))), judged(rules(clock(term={"days": 14})))
    # then
    [gained], [lost] = changes(fortnight, week), changes(week, fortnight)
    assert told(gained) == ("t.c", "gained", 4)
    assert gained.before is None
    assert gained.after is not None
    assert told(lost) == ("t.c", "lost", -4)


def test_a_breach_that_stays_is_told_where_it_grows_or_shrinks() -> None:
    week, five = judged(rules(clock(term={"days": 7}))), judged(rules(clock(term={"days": 4})))
    [longer], [shorter] = changes(week, five), changes(five, week)
    assert (told(longer), told(shorter)) == (("t.c", "longer", 3), ("t.c", "shorter", -3))


def test_a_breach_laid_on_another_team_is_lost_there_and_gained_here() -> None:
    fast, slow = (judged(rules(clock(answers={"team": team}))) for team in ("fast", "slow"))
    found = {change.breach.team: change.how for change in changes(fast, slow)}
    assert found == {"fast": "lost", "slow": "gained"}


def test_a_new_clock_gains_its_breaches() -> None:
    both = rules(clock("t.c"), clock("t.new", term={"working_days": 1}))
    [gained] = changes(judged(rules(clock("t.c"))), judged(both))
    assert told(gained)[:2] == ("t.new", "gained")


def test_terms_in_hours_are_late_by_days_begun() -> None:
    hours = judged(rules(clock(term={"hours": 30}, roll="none")))
    [gained] = changes((), hours)
    assert gained.days == 10  # from the 3rd at 16:00 to the 13th at 10:00


TERMS = st.one_of(
    st.integers(1, 20).map(lambda n: {"days": n}),
    st.integers(1, 12).map(lambda n: {"working_days": n}),
    st.integers(1, 200).map(lambda n: {"hours": n}),
)
BOOKS = st.builds(
    lambda terms, team, key: rules(
        clock("t.a", term=terms[0], answers={"team": team}),
        clock("t.b", term=terms[1], of="each", key=key),
        clock("t.c", term=terms[2], suspended_by=["ruling"]),
    ),
    st.tuples(TERMS, TERMS, TERMS),
    st.sampled_from(["affairs", "fast", "slow"]),
    st.sampled_from(["id_", {"start": "id_", "stop": "id_"}]),
)
EVENTS = st.tuples(st.sampled_from(["Begun", "Begun", "Done"]), st.integers(1, 27), st.sampled_from("ab"))
CASES = st.lists(EVENTS, max_size=6).map(
    lambda events: [fact(type, f"2026-03-{day:02}T10:00", id_=key) for type, day, key in events]
)


@settings(deadline=None, max_examples=40)
@given(facts=CASES, one=BOOKS, other=BOOKS)
def test_the_same_rules_change_nothing_and_the_way_back_undoes_everything(
    facts: list[Fact], one: Rulebook, other: Rulebook
) -> None:
    here, there = judged(one, facts), judged(other, facts)
    assert changes(here, here) == changes(there, there) == []
    forth, back = changes(here, there), changes(there, here)
    assert [Change(each.breach, each.after, each.before) for each in forth] == back
    opposite = {"gained": "lost", "lost": "gained", "longer": "shorter", "shorter": "longer"}
    assert [(opposite[each.how], -each.days) for each in forth] == [(each.how, each.days) for each in back]
