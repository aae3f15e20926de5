"""What all aggregates of all services keep to, shown on those that real walks have left in the caches."""

import enum
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from kernel.domain import CONTAINERS, Aggregate, DomainEvent
from tests import papers
from tests.handling import PANEL
from tests.services import Bench
from tests.walks import Walk, both, system

PLAIN = (str, int, float, bool, bytes, date, datetime, enum.Enum, type(None))
BASE = vars(Aggregate.empty("x")).keys() | {"_pending_events"}  # the library's, and the base class's own


def parts_of(value: Any) -> Iterator[Any]:
    """What an immutable value is made of. Raises TypeError for a value that can be changed."""
    if isinstance(value, PLAIN):
        return
    if isinstance(value, tuple | frozenset):
        yield from value
    elif isinstance(value, MappingProxyType):
        yield from [*value.keys(), *value.values()]
    elif isinstance(value, BaseModel) and value.model_config.get("frozen"):
        circumstances = {"by"} if isinstance(value, DomainEvent) else set()  # one for a whole command
        yield from (getattr(value, name) for name in type(value).model_fields.keys() - circumstances)
    elif is_dataclass(value) and value.__dataclass_params__.frozen:
        yield from (getattr(value, field.name) for field in fields(value))
    else:
        raise TypeError(type(value).__name__)


def changeable(value: Any, path: str) -> Iterator[str]:
    try:
        for part in parts_of(value):
            yield from changeable(part, f"{path}…")
    except TypeError as error:
        yield f"{path}: {error}"


def held(value: Any) -> list[Any]:
    """What a draft does not copy."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, CONTAINERS) else [value]


def faults(aggregate: Aggregate) -> list[str]:
    own = {name: value for name, value in vars(aggregate).items() if name not in BASE}
    return [
        f"{type(aggregate).__name__}.{fault}"
        for name, value in own.items()
        for each in held(value)
        for fault in changeable(each, name)
    ]


def kinds(kind: type[Aggregate]) -> set[str]:
    """The names of all kinds of aggregates that our services keep."""
    below = {name for each in kind.__subclasses__() for name in kinds(each)}
    return below | ({kind.KIND} if kind.KIND and not kind.__module__.startswith("tests") else set())


async def test_what_aggregates_hold_cannot_be_changed_through_a_draft(database: str) -> None:
    async with system(database) as b:
        await walk_everywhere(b)
        aggregates = [a for r in b.running.values() for a in r.parts.application._cache.values()]
    assert sorted({fault for aggregate in aggregates for fault in faults(aggregate)}) == []
    assert {a.KIND for a in aggregates} == kinds(Aggregate)


async def walk_everywhere(b: Bench) -> None:
    """Both walks, and what neither does: a measure on a person, an act the rules refuse."""
    _, priced = await both(b)
    limit = {"kind": "exit_ban", "party_id": priced.case.debtors[0], "channel": "offline"}
    await priced.do(priced.judge, "asset-control", "measures", limit)
    await priced.do(priced.judge, "triage", "suspensions", {"cause": "settlement", "clocks": []})
    await priced.do("director", "triage", "panels", PANEL)
    document = await priced.do("service_officer", "intake", "documents", papers.document("summons"))
    signature = f"/cases/{priced.case.case_id}/documents/{document['document_id']}/signature"
    await b.refused(409, "intake", signature, papers.SIGNED, who="service_officer")
    await money_of_all_kinds(b, priced)
    await b.settle()


async def money_of_all_kinds(b: Bench, walk: Walk) -> None:
    """In the main account, on a bank's statement, and proposed for the creditor."""
    unclaimed = {"into": "main_account", "amount_fen": 5, "purpose": "other", "payer": "unknown"}
    await b.post("funds", "/money", unclaimed, who="funds_officer")
    statement = {"first": "2026-02-01", "last": "2026-02-28", "opening": "0", "closing": "0",
                 "content": "ZGF0ZSxyZWZlcmVuY2UsaW4sb3V0Cg=="}  # fmt: skip
    await b.post("funds", "/statements", statement, who="finance_officer")
    await walk.receive()
    await walk.do(walk.judge, "funds", "allocations/propose", {})


def test_the_look_for_changeable_values_finds_them() -> None:
    aggregate = Aggregate.empty("x")
    aggregate.deep, aggregate.flat, aggregate.other = {"a": {"b": 1}}, {"a": (1, "b")}, object()
    aggregate.nested = {"a": (1, ["b"])}
    assert faults(aggregate) == ["Aggregate.deep: dict", "Aggregate.other: object", "Aggregate.nested…: list"]
