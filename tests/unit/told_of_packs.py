"""Histories of what the clocks of a real pack listen to: events that match a start, a stop, a void, a suspension."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from contracts.catalogue import BY_NAME
from rules.calendar import SHANGHAI
from rules.fact import Fact
from rules.matcher import Pattern
from rules.packs import Clock
from rules.rulebook import Policy
from rules.terms import Term, TermSettings, Until
from tests.contract.samples import NAMES, golden
from tests.unit.clocks import at
from tests.unit.courts import rulebook
from tests.unit.yiyang import party

FIRST = at("2026-02-09")
STEP = timedelta(hours=6)
DELAYS = [timedelta(), timedelta(), STEP, timedelta(days=1), timedelta(days=9)]
IDS = st.sampled_from(["a", "a", "b"])
DAYS = st.sampled_from(["2026-02-20", "2026-03-14"])
REF_TYPES = ("asset", "lot", "matter", "document", "payment", "payout", "enquiry", "check")
REFS = st.builds("{}:{}".format, st.sampled_from(REF_TYPES), IDS)
LISTS_OF_IDS = ("settled_payments", "asset_ids", "removed", "with")
"""Fields that name things, beside those that end with `_id`."""
ASSET = {"party_id": "a", "valued": True, "value_fen": 100, "place": "outside", "online": True, "disposable": "yes"}
PLAIN = {
    "PartiesChanged": {"added": []},
    "PerformanceRecorded": {"kind": "instalment", "amount_fen": 1, "full": False},
    "TermSuspended": {"clocks": []},
    "TermResumed": {"clocks": []},
}
"""What the fold of a case reads of events of which no golden example stands."""


@cache
def policy(court: str) -> Policy:
    return rulebook(court).on(FIRST.date())


@cache
def plain_clocks(court: str) -> tuple[Clock, ...]:
    """The clocks with the words of their terms (`at_once`, `in_time`) replaced by what the court's settings say."""
    settings = policy(court).settings
    return tuple(
        clock.model_copy(update={"term": _plain(clock.term, settings), "delay": _plain(clock.delay, settings)})
        for clock in policy(court).clocks
    )


def _plain(term: Term | None, settings: TermSettings) -> Any:
    if isinstance(term, Until):
        return term.model_copy(update={"otherwise": _plain(term.otherwise, settings)})
    return {"at_once": settings.at_once, "in_time": settings.in_time}.get(term, term) if isinstance(term, str) else term


@cache
def patterns(court: str, clock: str) -> tuple[Pattern, ...]:
    """What a clock listens to, its starts twice, and its suspensions."""
    [rule] = [each for each in policy(court).clocks if each.id == clock]
    parts = [rule.start, rule.start, rule.stop, *([rule.void_by] if rule.void_by else [])]
    for pause in policy(court).suspensions:
        parts += [pause.start, pause.end] if set(pause.cause) & set(rule.suspended_by) else []
    return tuple(pattern for part in parts for pattern in part.patterns)


@st.composite
def histories(draw, court: str) -> list[Fact]:
    """Filing, hand-over and property, then what a few of the court's clocks listen to; some late, some corrected."""
    chosen = draw(st.lists(st.sampled_from([each.id for each in policy(court).clocks]), min_size=1, max_size=3))
    heard = [pattern for clock in chosen for pattern in patterns(court, clock)]
    told = draw(st.lists(st.sampled_from(heard), min_size=1, max_size=12))
    facts = [draw(_fact(number, "CaseFiled", {})) for number in range(draw(st.integers(0, 1)))]
    facts += [draw(_event(10 + number, pattern)) for number, pattern in enumerate(told)]
    facts += [draw(_extension(30 + n, chosen)) for n in range(draw(st.integers(0, 2)))]
    corrected = draw(st.lists(st.sampled_from(facts), max_size=2))
    return [*facts, *(draw(_correction(40 + n, each)) for n, each in enumerate(corrected))]


@st.composite
def _event(draw, number: int, pattern: Pattern) -> Fact:
    fields = {path: draw(_matching(value)) for path, value in pattern.fields.items()}
    return draw(_fact(number, pattern.event, {path: value for path, value in fields.items() if value is not None}))


@st.composite
def _fact(draw, number: int, name: str, fields: Mapping[str, Any]) -> Fact:
    time = FIRST + draw(st.integers(0, 120)) * STEP
    day = draw(st.integers(0, 4)) == 0
    if day:
        time = time.astimezone(SHANGHAI).replace(hour=0)
    data, envelope = {}, {"post": "judge"}
    for path, value in {**draw(_basis(name)), **fields}.items():
        envelope.update({path[3:]: value}) if path.startswith("by.") else _put(data, path, value)
    return Fact(
        id=f"f{number}", source="/t/x", type=name, court="t", subject="case/t-1", time=time, data=data,
        recorded_at=time + draw(st.sampled_from(DELAYS)), position=number, day_precision=day, **envelope,
    )  # fmt: skip


@st.composite
def _basis(draw, name: str) -> dict[str, Any]:
    """The golden event with ids of few things, so that events meet."""
    data = (golden(name) if name in NAMES else {}) | PLAIN.get(name, {})
    for field in BY_NAME[name].model_fields:
        if field in LISTS_OF_IDS:
            data[field] = draw(st.lists(IDS, max_size=2, unique=True))
        elif field.endswith("_id") and field not in ("to_case_id",):
            data[field] = draw(IDS)
    data |= {"about": draw(REFS)} if "about" in BY_NAME[name].model_fields else {}
    data |= {field: draw(DAYS) for field in ("due_on", "expires_on") if field in BY_NAME[name].model_fields}
    if name == "CaseFiled":
        data["parties"] = [party("c", "creditor"), party("a"), party("b")]
    if name == "AssetsFound":
        kinds = draw(st.lists(st.sampled_from(["deposit", "real_estate"]), min_size=1, max_size=2))
        data["assets"] = [{"asset_id": id, "kind": kind, **ASSET} for id, kind in zip("ab", kinds, strict=False)]
    if name == "PartiesChanged":
        data["added"] = [party(id) for id in draw(st.lists(IDS, max_size=1))]
    return data


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        data[name] = data = {**data.get(name, {})}
    data[last] = value


def _matching(value: Any) -> st.SearchStrategy[Any]:
    """A value that satisfies a test of a matcher; None: the field is absent."""
    if isinstance(value, list):
        return st.sampled_from(value)
    if not isinstance(value, dict):
        return st.just(value)
    [(operator, operand)] = value.items()
    satisfied = {"has": [operand], "min": operand, "max": operand, "not": None, "empty": None}
    return st.just(satisfied[operator])


@st.composite
def _extension(draw, number: int, clocks: list[str]) -> Fact:
    asked = FIRST + draw(st.integers(0, 120)) * STEP
    occurrence, unit = draw(st.sampled_from(["", "a", "b"])), draw(st.sampled_from(["days", "working_days"]))
    data = {
        "clock": draw(st.sampled_from(clocks)), "occurrence": occurrence, "unit": unit,
        "amount": draw(st.integers(1, 9)), "asked_on": asked.isoformat(),
    }  # fmt: skip
    return Fact(
        id=f"f{number}", source="/t/x", type="TermExtended", court="t", subject="case/t-1", time=asked,
        recorded_at=asked + draw(st.sampled_from(DELAYS)), position=number, data=data,
    )  # fmt: skip


@st.composite
def _correction(draw, number: int, of: Fact) -> Fact:
    recorded = of.recorded_at + draw(st.sampled_from(DELAYS))
    data: dict[str, Any] = {"corrects": of.id, "how": draw(st.sampled_from(["void", "amend"])), "reason": "x"}
    if data["how"] == "amend":
        data |= {"data": of.data, "time": (of.time - draw(st.integers(0, 20)) * STEP).isoformat()}
    return Fact(
        id=f"f{number}", source=of.source, type="FactCorrected", court="t", subject=of.subject, time=recorded,
        recorded_at=recorded, position=number, data=data,
    )  # fmt: skip


def moments() -> st.SearchStrategy[Any]:
    return st.integers(0, 200).map(lambda n: FIRST + n * STEP)
