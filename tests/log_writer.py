"""A process that appends to a log: `python -m tests.log_writer DSN LOG NAME EVENTS`.

Each event is a payment to one of the writer's own accounts, in turn; its amount is its version.
"""

import asyncio
import sys

from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.domain import encode
from kernel.log import Log, Row
from kernel.publishing import envelopes, leaving
from tests.kernel_example import LOG, PUBLISHED, SECRET, START, FundsReceived, call

PER_COMMAND = 20
CLIENTS = 8
ACCOUNTS = 10
BY = call("writer").by


def payment(key: str, version: int) -> Row:
    event = FundsReceived(
        originator_id=f"example/{key}",
        originator_version=version,
        timestamp=START,
        subject=f"case/{key}",
        ruleid="",
        by=BY,
        payment_id=f"p{version}",
        into="case_account",
        amount_fen=version,
        purpose="performance",
        payer="debtor",
    )
    published = envelopes(event, leaving(event, PUBLISHED), LOG)
    return Row(event.originator_id, version, event.TOPIC, encode(event), published)


async def client(log: Log, name: str, events: int) -> None:
    """Appends that many events, some to a command."""
    rows = [payment(f"{name}-{n % ACCOUNTS}", n // ACCOUNTS + 1) for n in range(events)]
    for first in range(0, events, PER_COMMAND):
        await log.append(f"{name}-{first}", b"", 200, b"{}", rows[first : first + PER_COMMAND])


async def write(dsn: str, schema: str, name: str, events: int) -> None:
    async with open_pool(dsn, max_size=4) as pool, Log(pool, schema, SimulatedClock(START), SECRET).open() as log:
        await asyncio.gather(*(client(log, f"{name}-{n}", events // CLIENTS) for n in range(CLIENTS)))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
