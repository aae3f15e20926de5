"""The kernel's example service: accounts that receive and pay out. It runs as `funds`, whose language it speaks.

async with example(database) as one:
    await one.till.receive(call("r1"), "a", 100)
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from contracts import funds as contracts
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.clock import Clock, SimulatedClock
from kernel.consumer import Projection, Reaction
from kernel.corrections import evolve
from kernel.courts import Courts
from kernel.database import open_pool, until_available
from kernel.domain import Aggregate, Circumstances, DomainEvent, stream_id
from kernel.embedded import Tails
from kernel.feed import Carrier
from kernel.log import Log, LogReader
from kernel.principals import LocalIssuer
from kernel.problems import NotFound, Refused, WrongState
from kernel.publishing import Published, as_contract
from kernel.service import Extra, Host, Running, Service, run_service
from kernel.timers import TimerCommand
from kernel.tracing import Telemetry

COURT = "yiyang"
LOG = "funds"
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
SECRET = b"s" * 32
PATIENCE_S = 30
_keys = itertools.count(1)


class AccountOpened(DomainEvent, contracts.AccountOpened):
    TOPIC = "example:AccountOpened.1"


class FundsReceived(DomainEvent, contracts.FundsReceived):
    TOPIC = "example:FundsReceived.1"


class PaidOut(DomainEvent):
    TOPIC = "example:PaidOut.1"
    payout_id: str
    amount_fen: int


class Account(Aggregate):
    """Holds what came in and was not paid out, in fen."""

    KIND = "example"

    def __init__(self) -> None:
        self.balance_fen = 0
        self.payments: set[str] = set()

    def open(self) -> dict[str, str]:
        if not self.exists:
            self.record(AccountOpened, subject=f"case/{self.key}", account_id=self.key)
        return {"account_id": self.key}

    def receive(self, payment_id: str, amount_fen: int) -> dict[str, str]:
        if not self.exists:
            raise NotFound("no such account")
        if payment_id not in self.payments:
            self.record(
                FundsReceived,
                payment_id=payment_id,
                into="case_account",
                amount_fen=amount_fen,
                purpose="performance",
                payer="debtor",
            )
        return {"payment_id": payment_id}

    def pay_out(self, payout_id: str, amount_fen: int) -> dict[str, str]:
        if amount_fen > self.balance_fen:
            raise WrongState("the account does not hold so much")
        self.record(PaidOut, payout_id=payout_id, amount_fen=amount_fen)
        return {"payout_id": payout_id}

    def ask_too_much(self, lacking: str) -> None:
        raise Refused("more is needed", act="pay_out", rule="example.1", lacking=[lacking], wanted_by="chief")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case FundsReceived():
                self.balance_fen += event.amount_fen
                self.payments.add(event.payment_id)
            case PaidOut():
                self.balance_fen -= event.amount_fen
            case _:
                pass


PUBLISHED: Published = {
    AccountOpened: as_contract(contracts.AccountOpened),
    FundsReceived: as_contract(contracts.FundsReceived),
}


class Till(Application):
    """Commands on accounts."""

    SERVICE = "funds"

    async def open(self, call: Call, key: str) -> Answer:
        return await self.change(call, Account, key, Account.open)

    async def receive(self, call: Call, key: str, amount_fen: int, payment_id: str | None = None) -> Answer:
        payment = payment_id or call.mint("payment")
        return await self.change(call, Account, key, lambda a: a.receive(payment, amount_fen))

    async def pay_out(self, call: Call, key: str, amount_fen: int) -> Answer:
        return await self.change(call, Account, key, lambda a: a.pay_out(call.mint("payout"), amount_fen))

    async def refuse(self, call: Call, key: str, lacking: str = "leave") -> Answer:
        return await self.change(call, Account, key, lambda a: a.ask_too_much(lacking))

    async def move(self, call: Call, giver: str, taker: str, amount_fen: int) -> Answer:
        """From one account to another, in one append."""

        def decide(one: Account, other: Account) -> dict[str, str]:
            one.pay_out(call.mint("payout"), amount_fen)
            return other.receive(call.mint("payment"), amount_fen)

        return await self.change_all(call, [(Account, giver), (Account, taker)], decide)

    async def balance_fen(self, key: str) -> int:
        return (await self.read(Account, key)).balance_fen


def call(command_id: str | None = None, *, body: bytes = b"body", now: datetime = START) -> Call:
    """A command of somebody at `now`; its own unless an id is given."""
    name = command_id or f"command-{next(_keys)}"
    by = Circumstances(
        court=COURT,
        actor="yiyang-m1",
        post="funds_officer",
        team="",
        command_id=name,
        correlation_id=name,
        causation_id=name,
        decided_at=now,
        happened_at=None,
        timeprecision="instant",
        pack="",
        packversion="",
        traceparent="",
        facts_up_to={},
    )
    return Call(by, body.ljust(32))


@dataclass(frozen=True)
class Example:
    """The service at work."""

    running: Running
    host: Host
    till: Till

    @property
    def log(self) -> Log:
        return self.running.log

    async def settled(self) -> None:
        """Returns once every event of the log has had all its effects, and these theirs."""
        await until(self._is_settled)

    async def _is_settled(self) -> bool:
        return self.running.has_seen({LOG: await until_available(self.log.head)})


def service(
    reactions: Sequence[Reaction] = (),
    projections: Sequence[Projection] = (),
    timers: Mapping[str, TimerCommand] | None = None,
) -> Service:
    async def extra(_: object) -> Extra:
        return Extra(projections)

    return Service(
        name=LOG,
        title="Example",
        application=Till,
        published=PUBLISHED,
        private=frozenset({PaidOut}),
        may={},
        routers=[],
        reactions=reactions,
        timers=timers or {},
        extra=extra,
    )


NO_COURTS = Courts({}, {}, {})


def embedded(_: asyncpg.Pool, __: Tails) -> None:
    """The tails themselves are the carrier."""


@contextlib.asynccontextmanager
async def example(
    dsn: str,
    *,
    clock: Clock | None = None,
    courts: Courts = NO_COURTS,
    logs: Sequence[str] = (LOG,),
    carrier: Callable[[asyncpg.Pool, Tails], Carrier | None] = embedded,
    telemetry: Telemetry | None = None,
    **tables: Any,
) -> AsyncIterator[Example]:
    """Runs the service over a database, with the reactions, projections and timers given."""
    async with open_pool(dsn, min_size=2, max_size=12) as pool:
        clock = clock or SimulatedClock(START)
        tails = Tails(pool, logs)
        told = telemetry or Telemetry()
        host = Host(pool, clock, courts, SECRET, LocalIssuer(SECRET), tails, carrier(pool, tails), told)
        async with run_service(service(**tables), host) as running:
            following = asyncio.create_task(tails.run())
            try:
                yield Example(running, host, running.parts.application)
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


async def folded(reader: LogReader, key: str) -> Account:
    """The account from scratch."""
    return evolve(Account.empty(key), await reader.stream(stream_id(Account, key)))


async def until(condition: Callable[[], Any]) -> None:
    """Returns once the condition holds; it may be a coroutine function."""
    async with asyncio.timeout(PATIENCE_S):
        while not await _value(condition()):  # noqa: ASYNC110 (any condition: no one event tells of it)
            await asyncio.sleep(0.005)


async def _value(found: Any) -> Any:
    return await found if asyncio.iscoroutine(found) else found


async def rows(pool: asyncpg.Pool, query: str) -> list[tuple[Any, ...]]:
    return [tuple(r) for r in await pool.fetch(query)]
