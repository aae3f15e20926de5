"""The court's cash book (现金日记账): what came to and left its bank account, day by day, over all cases.

A read model over the events of this service. What moves between the main account and a case's stays inside the bank
account, and is no movement; what was handed over on the spot never was there; cash is, from the day it is handed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from funds.ledger import ARRIVAL
from kernel.clock import COURT_ZONE
from kernel.feed import Event
from kernel.service import Parts
from rules.fact import Fact

OF_MONEY = ("FundsReceived", "FundsPaidOut", "FundsIdentified", "CheckRecorded")
SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.cashbook (
    court text NOT NULL, id text NOT NULL, payee text NOT NULL, subject text NOT NULL, day date,
    amount_fen bigint NOT NULL, receipt_no text NOT NULL, unclaimed_fen bigint NOT NULL,
    PRIMARY KEY (court, id, payee));
CREATE INDEX IF NOT EXISTS cashbook_day ON {schema}.cashbook (court, day);
CREATE INDEX IF NOT EXISTS cashbook_subject ON {schema}.cashbook (court, subject);
CREATE INDEX IF NOT EXISTS cashbook_unclaimed ON {schema}.cashbook (court, day) WHERE unclaimed_fen > 0;
"""
INSERT = "INSERT INTO {schema}.cashbook VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"


class Movement(NamedTuple):
    """In fen; what leaves is negative. `id`: of the payment, or of the payout with its `payee`.

    `day` is None while it has not come to the bank.
    """

    id: str
    payee: str
    subject: str
    day: date | None
    amount_fen: int
    receipt_no: str
    unclaimed_fen: int = 0


class Cashbook:
    """Follows the service's own log; a correction makes its subject's movements anew."""

    def __init__(self, parts: Parts) -> None:
        self._pool, self._schema, self._facts = parts.pool, parts.schema, parts.facts

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))

    async def project(self, events: Sequence[Event]) -> None:
        by_court: defaultdict[str, list[Fact]] = defaultdict(list)
        corrected: set[tuple[str, str]] = set()
        for event in events:
            if event.log == self._schema and event.name == "FactCorrected":
                corrected.add((event.court, event.subject))
            elif event.log == self._schema and event.name in OF_MONEY:
                by_court[event.court].append(event.fact)
        for court, facts in by_court.items():
            await self._add(court, facts)
        for court, subject in sorted(corrected):
            await self._renew(court, subject)

    async def _add(self, court: str, facts: Sequence[Fact]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._write(connection, court, facts)

    async def _renew(self, court: str, subject: str) -> None:
        known = await self._facts.known(court, subject)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                f"DELETE FROM {self._schema}.cashbook WHERE court = $1 AND subject = $2", court, subject
            )
            await self._write(connection, court, [f for f in known.facts if f.type in OF_MONEY])

    async def _write(self, connection: Any, court: str, facts: Sequence[Fact]) -> None:
        rows = [(court, *movement) for fact in facts for movement in movements_of(fact)]
        await connection.executemany(INSERT.format(schema=self._schema), rows)
        handed_in = [(court, payment, day_of(fact)) for fact in facts if (payment := _handed_in(fact))]
        await connection.executemany(
            f"UPDATE {self._schema}.cashbook SET day = $3 WHERE court = $1 AND id = $2 AND day IS NULL", handed_in
        )
        claims = [(court, f.data["payment_id"], f.data["rest_fen"]) for f in facts if f.type == "FundsIdentified"]
        await connection.executemany(
            f"""UPDATE {self._schema}.cashbook SET unclaimed_fen = least(unclaimed_fen, $3)
                WHERE court = $1 AND id = $2""",
            claims,
        )

    async def movements(self, court: str, first: date, last: date) -> list[Movement]:
        rows = await self._pool.fetch(
            f"""SELECT id, payee, subject, day, amount_fen, receipt_no, unclaimed_fen FROM {self._schema}.cashbook
                WHERE court = $1 AND day BETWEEN $2 AND $3 ORDER BY day, id, payee""",
            court,
            first,
            last,
        )
        return [Movement(*row) for row in rows]

    async def balance_before(self, court: str, day: date) -> int:
        """What lay at the bank as the day began, in fen."""
        return int(
            await self._pool.fetchval(
                f"SELECT coalesce(sum(amount_fen), 0) FROM {self._schema}.cashbook WHERE court = $1 AND day < $2",
                court,
                day,
            )
        )

    async def subject_of(self, court: str, payment_id: str) -> str | None:
        """Where a payment stands: on its case, or on money/… of its own."""
        return await self._pool.fetchval(
            f"SELECT subject FROM {self._schema}.cashbook WHERE court = $1 AND id = $2", court, payment_id
        )

    async def unclaimed(self, court: str, limit: int) -> list[dict[str, Any]]:
        """Money in the main account that is not claimed whole, the oldest first."""
        rows = await self._pool.fetch(
            f"""SELECT id, day, amount_fen, unclaimed_fen FROM {self._schema}.cashbook
                WHERE court = $1 AND unclaimed_fen > 0 ORDER BY day, id LIMIT $2""",
            court,
            limit,
        )
        return [
            {"payment_id": r["id"], "day": r["day"], "amount_fen": r["amount_fen"], "rest_fen": r["unclaimed_fen"]}
            for r in rows
        ]


def day_of(fact: Fact) -> date:
    return fact.time.astimezone(COURT_ZONE).date()


def movements_of(fact: Fact) -> Iterable[Movement]:
    """What the event moves at the bank."""
    data = fact.data
    if fact.type == "FundsReceived":
        yield _received(fact, data["into"])
    elif fact.type == "FundsPaidOut" and data["way"] != "on_the_spot":
        payees: defaultdict[str, int] = defaultdict(int)
        for line in data["lines"]:
            payees[line["to"]] += line["amount_fen"]
        for payee, fen in payees.items():
            yield Movement(data["payout_id"], payee, fact.subject, day_of(fact), -fen, data.get("receipt_no", ""))


def _received(fact: Fact, into: str) -> Movement:
    data = fact.data
    moved = 0 if into == "on_the_spot" or "origin_payment_id" in data else data["amount_fen"]
    day = None if into == "cash" else day_of(fact)
    unclaimed = data["amount_fen"] if into == "main_account" else 0
    return Movement(data["payment_id"], "", fact.subject, day, moved, "", unclaimed)


def _handed_in(fact: Fact) -> str:
    if fact.type != "CheckRecorded" or fact.data["kind"] != ARRIVAL:
        return ""
    return fact.data.get("about", "").partition(":")[2]
