"""The example service under load in a process of its own: `python -m tests.crash.worker DSN RUN`.

Writes the id of each command to standard output once it was acknowledged: `receive-…` is one event, `move-…` is two.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import Awaitable, Callable

from kernel.call import Call
from kernel.clock import MachineClock
from kernel.consumer import Reaction
from kernel.feed import Event
from kernel.problems import Unavailable
from kernel.telemetry import configure_logs
from tests.kernel_example import Example, Till, call, contracts, example

CLIENTS = 16
ACCOUNTS = 8
COUNTER = "counter"


async def count(till: Till, by: Call, _: Event, __: str) -> None:
    await till.receive(by, COUNTER, 1)


REACTIONS = [Reaction(contracts.FundsReceived, "count", count, when=lambda e: e.amount_fen > 1)]


async def open_accounts(one: Example) -> None:
    for key in (COUNTER, *map(str, range(ACCOUNTS))):
        await one.till.open(call(f"open-{key}"), key)


async def client(one: Example, run: str, number: int, acknowledge: Callable[[str], object]) -> None:
    """Receives, and moves half of it on to the next account, for ever; what fails is tried again with the same id."""
    for n in itertools.count():
        giver, taker = str((number + n) % ACCOUNTS), str((number + n + 1) % ACCOUNTS)
        receive, move = f"receive-{run}-{number}-{n}", f"move-{run}-{number}-{n}"
        await _carried_out(lambda name=receive, key=giver: one.till.receive(call(name), key, 100))
        acknowledge(receive)
        await _carried_out(lambda name=move, keys=(giver, taker): one.till.move(call(name), *keys, 50))
        acknowledge(move)


async def _carried_out(command: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await command()
            return
        except Unavailable:
            await asyncio.sleep(0.05)


def tell(command_id: str) -> None:
    os.write(1, f"{command_id}\n".encode())


async def main(dsn: str, run: str) -> None:
    async with example(dsn, clock=MachineClock(), reactions=REACTIONS) as one:
        await open_accounts(one)
        await asyncio.gather(*(client(one, run, n, tell) for n in range(CLIENTS)))


if __name__ == "__main__":
    configure_logs()  # to standard error: standard output tells what was acknowledged
    asyncio.run(main(sys.argv[1], sys.argv[2]))
