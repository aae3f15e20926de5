"""The read model made anew from all facts, and compared with the live one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from supervision.derivation import Derivation, Moment
from supervision.readmodel import ReadModel, Rows


@dataclass(slots=True)
class Rebuilt:
    """`differences`: what the live read model said otherwise; empty unless it was compared."""

    subjects: int = 0
    facts: int = 0
    clocks: int = 0
    differences: list[str] = field(default_factory=list[str])


async def rebuild(model: ReadModel, derivation: Derivation, now: datetime, *, verify: bool = False) -> Rebuilt:
    """Derives every subject once. Fresh tables take the place of the old; with `verify` they are only compared.

    What arrives while it works is not lost: subjects that have grown meanwhile are derived again under the lock that
    live writers take.
    """
    rows, facts = Rows(), dict[tuple[str, str], int]()
    for court in derivation.courts:
        whole = await derivation.whole(court, Moment(now))
        rows.add(whole.rows)
        facts |= {(court, subject): count for subject, count in whole.facts.items()}
    done = Rebuilt(len(facts), sum(facts.values()), len(rows.clocks))
    async with model.writing() as connection:
        rows = await _caught_up(rows, facts, derivation, now)
        if verify:
            done.differences = list(_differences(rows, await model.all_rows(connection), now))
        else:
            await model.swap(connection, rows)
    return done


async def _caught_up(rows: Rows, facts: dict[tuple[str, str], int], derivation: Derivation, now: datetime) -> Rows:
    grown = {key for key, count in (await derivation.counts()).items() if count != facts.get(key)}
    kept = rows.without(grown)
    for court, subject in grown:
        current = await derivation.read_facts(court, subject)
        kept.add(await derivation.rows_at_all(court, subject, Moment(now), current))
    return kept


def _differences(rebuilt: Rows, live: Rows, now: datetime) -> Iterator[str]:
    """Row by row; subjects that the live one has still to sweep are left out."""
    waiting = {
        (row.court, row.subject) for row in live.subjects if row.next_change is not None and row.next_change <= now
    }
    for (table, ours), (_, theirs) in zip(
        rebuilt.without(waiting).by_table(), live.without(waiting).by_table(), strict=True
    ):
        for row in sorted(ours ^ theirs, key=repr):
            yield f"{table.name}: {'only rebuilt' if row in ours else 'only live'}: {_told(row)}"


def _told(row: Any) -> str:
    return ", ".join(f"{name}={value}" for name, value in row._asdict().items())
