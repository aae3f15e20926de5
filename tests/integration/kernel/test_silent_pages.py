"""The embedded carrier over a log whose services write much that never leaves them."""

import asyncio

from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.embedded import EmbeddedFeed, Tails
from kernel.log import Log, Row
from kernel.positions import Positions
from tests.kernel_example import SECRET, START


async def test_a_consumer_reads_on_past_pages_of_events_that_stay_in_their_service(database: str) -> None:
    # given a log that ends in one published event behind pages of private ones, and a consumer that has seen nothing
    async with open_pool(database) as pool, Log(pool, "one", SimulatedClock(START), SECRET).open() as log:
        private = [Row(f"thing/{n}", 1, "example:Nothing.1", b"{}", None) for n in range(25)]
        published = Row("thing/last", 1, "example:Nothing.1", b"{}", b"[{}]")
        await log.append("command", b"h", 200, b"{}", [*private, published])
        positions, tails = Positions(pool, "two"), Tails(pool, ["one"])
        await pool.execute("CREATE SCHEMA two")
        await positions.prepare()
        feed, following = EmbeddedFeed(tails, positions), asyncio.create_task(tails.run())
        # when it takes ten at a time, and the log does not grow
        try:
            async with asyncio.timeout(10):
                units = await feed.take(10)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        # then it is not left waiting behind the first page
        assert [unit.position for unit in units] == [26]
