"""Those who call: they try again with the same id until they have an answer, and remember what they were told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from kernel.call import Answer, Call
from kernel.problems import KeyReused, NotFound, Problem, Refused, Unavailable, WrongState
from tests.kernel_example import call
from tests.simulation.bureau import FUNDS, SMALL_FEN, Teller
from tests.simulation.plan import Plan
from tests.simulation.process import Lost, Process
from tests.simulation.watcher import Watcher

PATIENCE_S = 20.0
GIVES_UP = 0.03  # how often somebody does not try again
TWICE = 0.08  # how often two commands are sent at once under one id
Command = Callable[[Teller, datetime], Awaitable[Answer]]


@dataclass(frozen=True)
class Asked:
    """One command. `events`: how many it may be; `keys`: the accounts it is about; `needs_fen`: of the first."""

    id: str
    keys: tuple[str, ...]
    events: tuple[int, ...]
    carry_out: Command
    needs_fen: int = 0


@dataclass(frozen=True)
class Told:
    """An answer: when the log had `before` events the command was sent, and it had `after` when the answer came."""

    asked: Asked
    outcome: Answer | Problem
    before: int
    after: int


class World(Protocol):
    """What clients see of it."""

    watcher: Watcher

    def head(self, log: str) -> int: ...

    async def process_of(self, log: str) -> Process: ...


class Client:
    """Sends one command after another."""

    def __init__(self, world: World, number: int, chance: Random, plan: Plan) -> None:
        self._world, self._name, self._chance = world, f"c{number}", chance
        self._accounts, self._bulk, self._small = plan.accounts, plan.bulk, plan.small
        self._weights = [plan.bulk if asks is Client._receive_each else weight for asks, weight in _ASKS.items()]
        self._to_open = [f"a{n}" for n in range(number, plan.accounts, plan.clients)]
        self._count = 0
        self.told: list[Told] = []
        self.unsure: set[str] = set()  # commands that he gave up, or never got an answer to

    async def run(self, commands: int) -> None:
        for _ in range(commands):
            await asyncio.gather(*map(self._insist, self._together(self._next())))
            if self._chance.random() < 0.3:
                await asyncio.sleep(self._chance.expovariate(20))

    def _together(self, asked: Asked) -> Sequence[Asked]:
        """It alone, twice, or with another under the same id, which must be refused."""
        if self._chance.random() >= TWICE:
            return [asked]
        other = f"a{self._chance.randrange(self._accounts)}"
        mistaken = Asked(asked.id, (other,), (1,), lambda till, now: till.receive(_other(asked.id, now), other, 1))
        return [asked, self._chance.choice((asked, mistaken))]

    async def _insist(self, asked: Asked) -> None:
        while True:
            before = self._world.head(FUNDS)
            try:
                outcome = await self._send(asked)
            except (Unavailable, Lost):
                self.unsure.add(asked.id)
                if self._chance.random() < GIVES_UP:
                    return
                await asyncio.sleep(self._chance.random())
            else:
                self._note(Told(asked, outcome, before, self._world.head(FUNDS)))
                return

    async def _send(self, asked: Asked) -> Answer | Problem:
        process = await self._world.process_of(FUNDS)
        try:
            return await process.call(FUNDS, asked.carry_out, PATIENCE_S)
        except (WrongState, NotFound, Refused, KeyReused) as problem:
            return problem

    def _note(self, told: Told) -> None:
        position = told.outcome.position if isinstance(told.outcome, Answer) else told.outcome.code
        self._world.watcher.note(f"{told.asked.id} is told {position}")
        self.told.append(told)

    # -- what is asked

    def _next(self) -> Asked:
        self._count += 1
        if self._to_open:
            key = self._to_open.pop()
            return self._open(f"{self._name}-{self._count}", key)
        asks = self._chance.choices(list(_ASKS), self._weights)[0]
        return asks(self, f"{self._name}-{self._count}", self._key())

    def _key(self) -> str:
        return f"a{self._chance.randrange(self._accounts)}"

    def _amount(self) -> int:
        is_small = self._chance.random() < self._small
        return self._chance.randint(1, SMALL_FEN) if is_small else self._chance.randint(SMALL_FEN + 1, 99)

    def _open(self, id: str, key: str) -> Asked:
        return Asked(id, (key,), (0, 1), lambda till, now: till.open(call(id, now=now), key))

    def _receive(self, id: str, key: str) -> Asked:
        fen = self._amount()
        return Asked(id, (key,), (1,), lambda till, now: till.receive(call(id, now=now), key, fen))

    def _receive_each(self, id: str, key: str) -> Asked:
        amounts = [self._amount() for _ in range(self._chance.randint(1, self._bulk))]
        return Asked(id, (key,), (len(amounts),), lambda till, now: till.receive_each(call(id, now=now), key, amounts))

    def _pay_out(self, id: str, key: str) -> Asked:
        fen = self._chance.randint(1, 60)
        return Asked(id, (key,), (1,), lambda till, now: till.pay_out(call(id, now=now), key, fen), fen)

    def _move(self, id: str, key: str) -> Asked:
        taker, fen = self._key(), self._chance.randint(1, 60)
        if taker == key:
            return self._pay_out(id, key)
        return Asked(id, (key, taker), (2,), lambda till, now: till.move(call(id, now=now), key, taker, fen), fen)

    def _refuse(self, id: str, key: str) -> Asked:
        return Asked(id, (key,), (0, 1), lambda till, now: till.refuse(call(id, now=now), key))


def _other(id: str, now: datetime) -> Call:
    """A call with the id of another."""
    return call(id, body=b"another body", now=now)


_ASKS: dict[Callable[[Client, str, str], Asked], int] = {
    Client._open: 2,
    Client._receive: 8,
    Client._receive_each: 5,
    Client._pay_out: 4,
    Client._move: 4,
    Client._refuse: 1,
}
