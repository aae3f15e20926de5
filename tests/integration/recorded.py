"""Events as the six services really produce them: a small caseload played through their HTTP APIs, then read back."""

from datetime import datetime
from pathlib import Path

from infra.demo.play import Plan, play
from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from kernel.clock import SimulatedClock
from kernel.embedded import Tail
from kernel.feed import Event

PLAN = Plan("yiyang", days=24, cases=14, seed=7)
ALL = 1_000_000


async def record(dsn: str, folder: Path) -> tuple[list[Event], datetime]:
    """All contract events of the caseload, and the instant at which it ended."""
    clock = SimulatedClock(PLAN.begin)
    async with (
        hosting(dsn, load_installation(folder), clock, list(SERVICES.values())) as hosted,
        serving(hosted, 0) as address,
    ):
        await play(hosted, address, PLAN, lambda _: None)
        events: list[Event] = []
        for running in hosted.running.values():
            units, _ = await Tail(running.log).read(0, ALL)
            events += [event for unit in units for event in unit.events]
    assert not [event for event in events if event.data is None]
    return events, clock.now()
