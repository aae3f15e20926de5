"""What the tests of clocks share: packs of a few clocks, facts in few words, and what was derived of them."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.calendar import SHANGHAI
from rules.derive import derive
from rules.derived import Clock, Derived
from rules.fact import Fact
from rules.packs import Origin, Pack
from rules.reference import Reference
from rules.rulebook import Rulebook

DAY = timedelta(days=1)
TEAMS = [{"id": id, "kind": "simple", "zh": "团队", "en": "team"} for id in ("affairs", "fast", "slow")]
STRUCTURE = {
    "posts": {"judge": "法官"},
    "kinds": [{"kind": "simple", "zh": "速执", "en": "fast", "clause": "Y14"}],
    "teams": TEAMS,
    "initial_holder": "affairs",
}
RULED = {
    "id": "t.ruled", "clause": "Y01", "cause": ["ruling", "settlement"],
    "start": {"event": "TermSuspended"}, "end": {"event": "TermResumed"}, "pair": "suspension_id",
}  # fmt: skip

_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """An instant in Shanghai, `2026-03-02T10:00`; a bare day is its midnight."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def fact(
    type: str, time: str, recorded: str | None = None, /, *, id: str | None = None, day: bool = False, **data: Any
) -> Fact:
    """An event; recorded when it happened unless said otherwise. `by_…` go to the envelope."""
    number = next(_numbers)
    envelope = {name.removeprefix("by_"): data.pop(name) for name in list(data) if name.startswith("by_")}
    return Fact(
        id=id or f"{type}-{number}", source="/t/x", type=type, court="t", subject="case/t-1", time=at(time),
        recorded_at=at(recorded or time), position=number, data=data, day_precision=day, **envelope,
    )  # fmt: skip


def void(of: Fact, recorded: str) -> Fact:
    return fact("FactCorrected", recorded, corrects=of.id, how="void", reason="x")


def amended(of: Fact, recorded: str, time: str | None = None, **data: Any) -> Fact:
    extra = {"time": at(time).isoformat()} if time else {}
    return fact("FactCorrected", recorded, corrects=of.id, how="amend", data={**of.data, **data}, reason="x", **extra)


def clock(id: str = "t.c", **fields: Any) -> dict[str, Any]:
    """Begun → Done within 7 days, unless said otherwise."""
    basis = {
        "id": id, "clause": "Y06", "zh": "节点", "en": "node", "type": "service", "answers": "holder",
        "start": {"event": "Begun"}, "stop": {"event": "Done"}, "term": {"days": 7},
    }  # fmt: skip
    if "repeat" in fields:
        del basis["term"]
    return basis | fields


def pack(*clocks: dict[str, Any], version: str = "1.0.0", since: str = "2020-01-01", **sections: Any) -> Pack:
    document = {
        "pack": "t", "name": {"zh": "法院", "en": "Court"}, "source": {"title": "x"}, "version": version,
        "effective": {"from": since}, "structure": STRUCTURE, "clocks": list(clocks), "suspensions": [RULED],
    }  # fmt: skip
    return Pack.model_validate(document | sections, context=Origin("t", version, "digest"))


def rules(*clocks: dict[str, Any], **sections: Any) -> Rulebook:
    return Rulebook([pack(*clocks, **sections)])


def derived(book: Rulebook, facts: Iterable[Fact], as_of: str, known_at: str | None = None, **more: Any) -> Derived:
    reference = more.pop("reference", None) or Reference()
    known = at(known_at) if known_at else None
    return derive(facts, book, as_of=at(as_of), known_at=known, reference=reference, **more)


def clocks(
    book: Rulebook, facts: Iterable[Fact], as_of: str, known_at: str | None = None, **more: Any
) -> dict[str, Clock]:
    """Clocks by occurrence text; `rule:text` where the book has several rules."""
    found = derived(book, facts, as_of, known_at, **more).clocks
    several = len({each.rule for each in found}) > 1
    return {f"{each.rule}:{each.occurrence}" if several else each.occurrence: each for each in found}


def only(book: Rulebook, facts: Iterable[Fact], as_of: str, known_at: str | None = None, **more: Any) -> Clock:
    [found] = clocks(book, facts, as_of, known_at, **more).values()
    return found


def spells(record: Clock) -> list[tuple[str, str | None]]:
    """The breach record as local times of K."""
    return [(_text(each.since), _text(each.until) if each.until else None) for each in record.record]


def _text(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%dT%H:%M")
