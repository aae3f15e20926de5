"""Supervision is a function of the set of facts (pack language 4.8): order, duplicates and batches do not matter,
and it says what a slow, literal reading of the rules says."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules.calendar import SHANGHAI
from rules.derive import derive
from rules.fact import Fact
from rules.reference import Reference
from tests.unit.clocks import at, clock, rules
from tests.unit.naive_supervision import Shown, supervise

pytestmark = pytest.mark.fast

CLOSED = {"event": "Closed", "key": "case"}
ALL_PARTIES = {"of": "each", "void_by": [CLOSED, {"event": "PartiesChanged", "key": "removed"}]}
BOTH_CAUSES = ["ruling", "settlement"]
CLOCKS = [
    clock("t.first", void_by={"event": "Closed"}, suspended_by=["ruling"], extension={"act": "extend", "max_times": 1}),
    clock("t.each", of="each", key="id_", term={"working_days": 3}, void_by=CLOSED, suspended_by=BOTH_CAUSES),
    clock("t.early", of="each", key={"start": "id_", "stop": "ids"}, early="ignored", void_by=CLOSED),
    clock(
        "t.last", of="last", key="id_", start=[{"event": "Begun"}, {"event": "Renewed"}], term={"days": 4},
        stop=[{"event": "Renewed"}, {"event": "Done"}], void_by=CLOSED, extension={"act": "extend", "max": {"days": 6}},
    ),
    clock("t.hours", term={"hours": 30}, roll="none", suspended_by=["ruling"], void_by={"event": "Closed"}),
    clock("t.hours_last", of="last", term={"hours": 50}, roll="next"),
    clock("t.all", start={"all_of": [{"event": "Begun"}, {"event": "Renewed"}]}, key="id_", of="each",
          term={"months": 1}, stop={"all_of": [{"event": "Done"}, {"event": "Signed"}]}, suspended_by=["ruling"]),
    clock("t.until", term={"until": "due_on", "else": {"days": 2}}, cutoff="15:00", stop={"event": "Signed"}),
    clock("t.delay", delay={"days": 3}, term="same_day", suspended_by=["settlement"], stop={"event": "Signed"}),
    clock("t.if", start={"event": "Begun", "if": '"easy" in case.marks'}, of="last", term={"days": 3}),
    clock("t.debtors", each_of="case.debtors", key={"start": "item.id", "stop": "party_id"}, **ALL_PARTIES),
    clock("t.parties", start={"event": "Filed"}, each_of="parties", where='item.role == "debtor"',
          key={"start": "item.party_id", "stop": "party_id"}, **ALL_PARTIES),
    clock("t.cycles", repeat={"every": {"days": 6}, "times": 3, "field": "cycle"}, void_by={"event": "Closed"}),
    clock("t.windows", repeat={"every": {"days": 5}, "times": 3, "field": None}, extension={"act": "extend"}),
]  # fmt: skip
BOOK = rules(*CLOCKS)
REFERENCE = Reference()
FIRST = at("2026-02-02")
STEP = timedelta(hours=6)
DELAYS = [timedelta(), STEP, timedelta(days=1), timedelta(days=5), timedelta(days=20)]
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FEW = settings(PATIENT, max_examples=40)
KEYS = st.sampled_from(["a", "a", "b"])
PARTIES = st.lists(st.sampled_from(["p1", "p2"]), unique=True, max_size=2)


def parties(ids: list[str]) -> list[dict]:
    fixed = {
        "role": "debtor", "kind": "person", "state_employee": False, "named_in_instrument": True, "area": "",
        "whereabouts": "known", "in_custody": "no", "address_confirmed": True, "phone": True, "represented": "none",
    }  # fmt: skip
    return [{"party_id": id, **fixed} for id in ids]


def done() -> st.SearchStrategy[dict]:
    keys = {"id_": KEYS, "ids": st.lists(KEYS, max_size=2, unique=True), "party_id": st.sampled_from(["p1", "p2"])}
    return st.fixed_dictionaries(keys, optional={"cycle": st.integers(1, 3)})


SUSPENSION = st.fixed_dictionaries(
    {
        "suspension_id": st.sampled_from(["s1", "s2"]),
        "cause": st.sampled_from(["ruling", "settlement"]),
        "clocks": st.sampled_from([[], [], ["t.each"]]),
    }
)
EXTENSION = st.fixed_dictionaries(
    {
        "clock": st.sampled_from(["t.first", "t.last", "t.windows", "t.each"]),
        "occurrence": st.sampled_from(["", "a", "a@f0", "a@f1", "#1", "#2"]),
        "unit": st.sampled_from(["days", "days", "working_days", "hours"]),
        "amount": st.integers(1, 5),
        "asked_on": st.integers(0, 100).map(lambda n: (FIRST + n * STEP).isoformat()),
    }
)
DATA = {
    "Begun": st.fixed_dictionaries({"id_": KEYS}, optional={"due_on": st.sampled_from(["2026-02-10", "2026-02-14"])}),
    "Renewed": st.fixed_dictionaries({"id_": KEYS}),
    "Done": done(),
    "Signed": st.fixed_dictionaries({"id_": KEYS}),
    "Closed": st.just({}),
    "Filed": PARTIES.map(lambda ids: {"parties": parties(ids)}),
    "PartiesChanged": st.tuples(PARTIES, PARTIES).map(lambda both: {"added": parties(both[0]), "removed": both[1]}),
    "CaseNoted": st.booleans().map(lambda easy: {"marks": {"easy": easy}}),
    "TermSuspended": SUSPENSION,
    "TermResumed": SUSPENSION,
    "TermExtended": EXTENSION,
}
THEMES = [
    ["Begun", "Begun", "Done", "TermSuspended", "TermResumed", "TermExtended"],
    ["Begun", "Renewed", "Done", "Signed", "TermSuspended", "TermResumed"],
    ["Filed", "Begun", "PartiesChanged", "PartiesChanged", "Done", "Closed"],
    ["Begun", "CaseNoted", "Done", "Renewed"],
    list(DATA),
]


@st.composite
def events(draw, number: int, types: tuple[str, ...] = tuple(DATA)) -> Fact:
    type = draw(st.sampled_from(types))
    time = FIRST + draw(st.integers(0, 100)) * STEP
    day = draw(st.integers(0, 3)) == 0
    if day:
        time = time.astimezone(SHANGHAI).replace(hour=0)
    recorded = time + draw(st.sampled_from(DELAYS))
    return Fact(
        id=f"f{number}", source=draw(st.sampled_from(["/t/x", "/t/y"])), type=type, court="t", subject="case/t-1",
        time=time, recorded_at=recorded, position=draw(st.integers(1, 3)), data=draw(DATA[type]), day_precision=day,
    )  # fmt: skip


@st.composite
def correction(draw, of: Fact, number: int) -> Fact:
    recorded = of.recorded_at + draw(st.sampled_from(DELAYS))
    data = {"corrects": of.id, "how": draw(st.sampled_from(["void", "amend"])), "reason": "x"}
    if data["how"] == "amend":
        data["data"] = draw(DATA[of.type])
        if draw(st.booleans()):
            data["time"] = (of.time - draw(st.integers(0, 20)) * STEP).isoformat()
    return Fact(
        id=f"f{number}", source=of.source, type="FactCorrected", court="t", subject=of.subject, time=recorded,
        recorded_at=recorded, position=draw(st.integers(1, 3)), data=data,
    )  # fmt: skip


@st.composite
def histories(draw) -> list[Fact]:
    theme = draw(st.sampled_from(THEMES))
    originals = [draw(events(number, tuple(theme))) for number in range(draw(st.integers(1, 14)))]
    corrected = draw(st.lists(st.sampled_from(originals), max_size=3))
    return [*originals, *(draw(correction(each, 100 + number)) for number, each in enumerate(corrected))]


def moments():
    return st.integers(0, 200).map(lambda n: FIRST + n * STEP)


def compared(facts: list[Fact], as_of, known_at) -> dict[tuple[str, str], Shown]:
    found = derive(facts, BOOK, as_of=as_of, known_at=known_at, reference=REFERENCE)
    return {
        (each.rule, each.occurrence): Shown(
            state=each.state.value,
            state_then=each.state_then.value if each.state_then else None,
            due=each.due,
            closed=each.closed_fact,
            record=tuple((spell.since, spell.until, spell.due, spell.stop) for spell in each.record),
        )
        for each in found.clocks
    }


@given(histories(), moments(), moments())
@PATIENT
def test_it_says_what_a_literal_reading_says(facts, as_of, known_at):
    literal = supervise(BOOK.policies[0].clocks, BOOK.policies[0].suspensions, facts, as_of, known_at)
    assert compared(facts, as_of, known_at) == literal


@given(histories(), moments(), moments(), st.randoms(use_true_random=False))
@FEW
def test_order_and_duplicates_do_not_matter(facts, as_of, known_at, chance: random.Random):
    once = derive(facts, BOOK, as_of=as_of, known_at=known_at, reference=REFERENCE)
    shuffled = [*facts, *chance.choices(facts, k=5)]
    chance.shuffle(shuffled)
    assert derive(shuffled, BOOK, as_of=as_of, known_at=known_at, reference=REFERENCE) == once


@given(histories(), moments(), moments(), events(200))
@FEW
def test_what_is_recorded_later_changes_nothing_known_before(facts, as_of, known_at, more: Fact):
    before = derive(facts, BOOK, as_of=as_of, known_at=known_at, reference=REFERENCE)
    assume(more.recorded_at > known_at)
    assert derive([*facts, more], BOOK, as_of=as_of, known_at=known_at, reference=REFERENCE) == before


@given(histories(), moments(), st.sampled_from(DELAYS))
@FEW
def test_late_now_is_on_record_and_no_record_is_ever_emptied(facts, as_of, later):
    now = derive(facts, BOOK, as_of=as_of, known_at=as_of + later, reference=REFERENCE)
    assert all(each.record and each.record[-1].until is None for each in now.clocks if each.state.is_late)
    present = derive(facts, BOOK, as_of=as_of, reference=REFERENCE)
    recorded = {(each.rule, each.occurrence) for each in present.clocks if each.record}
    assert {(each.rule, each.occurrence) for each in now.clocks if each.record} <= recorded
