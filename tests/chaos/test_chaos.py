"""Real faults on real processes: whatever breaks, nothing acknowledged is lost and nothing is done twice.

Fresh faults at every run but CI's, for two minutes. A run that fails tells its seed, with the command that plays it
again: `./zhixing test -m chaos [--chaos-minutes 60] [--chaos-seed N] [--chaos-fault NAME]...`
"""

import asyncio
import random
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.checks import Checks
from tests.chaos.clerks import Book, Office, clerks
from tests.chaos.court import Court, court
from tests.chaos.faults import Fault
from tests.chaos.plan import Plan
from tests.chaos.plants import PLANTS, plant
from tests.kafka import require_artifacts

pytestmark = [pytest.mark.chaos, pytest.mark.kafka]
QUIET_S = (1.0, 4.0)  # of work before and after a fault
TOGETHER_S = 2.0
MEGABYTES, MEGABYTES_A_MINUTE = 400, 20


async def test_whatever_breaks_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path, chaos: Plan) -> None:
    require_artifacts()
    megabytes = MEGABYTES + int(MEGABYTES_A_MINUTE * chaos.minutes)
    try:
        async with court(tmp_path / "home", megabytes) as broken:
            await broken.made.ready()
            await played(broken, chaos)
    except BaseException as error:
        error.add_note(f"again: {chaos.again}")
        raise


async def played(court: Court, chaos: Plan) -> None:
    chance = random.Random(chaos.seed)
    office = Office(court.at, court.installation, Book())
    checks = Checks(court, office)
    ends_at = time.monotonic() + 60 * chaos.minutes
    async with clerks(office, chaos.seed):
        for faults in chaos.rounds(chance):
            await one_round(court, office, checks, faults, chance)
            if time.monotonic() > ends_at:
                break
    assert len(office.book.filed) > 0
    await plant(court)
    assert set(await Checks(court, office).wrong()) == set(PLANTS), "the checks find what is planted"


async def one_round(court: Court, office: Office, checks: Checks, faults: list[Fault], chance: random.Random) -> None:
    """Work, faults, work, rest: then all must be as it was promised."""
    names, began = " and ".join(fault.__name__ for fault in faults), time.monotonic()
    office.open()
    await asyncio.sleep(chance.uniform(*QUIET_S))
    await asyncio.gather(*(after_a_moment(fault, court, random.Random(chance.getrandbits(64))) for fault in faults))
    await asyncio.sleep(chance.uniform(*QUIET_S))
    async with court.recovered():
        await office.close()
        await checks.settled()
        wrong = await checks.wrong()
    print(
        f"{names}: {len(office.book.acknowledged)} commands acknowledged; {time.monotonic() - began:.0f} s",
        file=sys.stderr,
    )
    assert wrong == {}, names


async def after_a_moment(fault: Fault, court: Court, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0, TOGETHER_S))
    await fault(court, chance)
