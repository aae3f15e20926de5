"""Whatever crashes, parts, comes late or twice: nothing is lost, nothing has its effect twice, and all adds up.

Fresh histories at every run, for 20 seconds, in CI for three minutes. A seed that fails is printed; it is played again
by `./zhixing test tests/simulation --seed N`.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from kernel.timers import Timers
from tests.simulation.broker import Broker
from tests.simulation.database import Database
from tests.simulation.faults import Faults
from tests.simulation.history import run
from tests.simulation.plan import plan
from tests.simulation.plants import PLANTS
from tests.simulation.runs import for_seconds, told
from tests.simulation.world import World

SECONDS = {True: 180.0, False: 20.0}  # in CI, and elsewhere
JOURNAL_LINES = 200
SAME = range(100, 102)
SOON_S = 60.0


def test_fresh_histories(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    seed, seconds = pytestconfig.getoption("--seed", None), pytestconfig.getoption("--simulate", None)
    if seed is not None:
        outcome = run(plan(seed), journal=True)
        assert not outcome.violations, told(outcome, "mixed", JOURNAL_LINES)
        return
    first = secrets.randbelow(10**12)
    tally, failed = for_seconds(seconds or SECONDS[bool(os.environ.get("CI"))], first, "mixed")
    with capsys.disabled():
        print(f"\nsimulated: seeds {first} to {tally.next - 1}, {tally.events:,} events, {tally.faults:,} faults, "
              f"{tally.events_a_minute:,} events a minute of processor time")  # fmt: skip
    assert failed is None, told(failed, "mixed")


def test_the_same_seed_is_the_same_history_in_every_process() -> None:
    tell = f"from tests.simulation.test_simulation import digests; print(digests({SAME.start}, {SAME.stop}))"
    salted = {**os.environ, "PYTHONHASHSEED": "1"}
    there = subprocess.run([sys.executable, "-c", tell], env=salted, capture_output=True, check=True)
    assert there.stdout.decode().strip() == str(digests(SAME.start, SAME.stop))


def digests(first: int, end: int) -> list[str]:
    return [run(replace(plan(seed), kafka=seed % 2 == 0, commands=60, bulk=2)).digest for seed in range(first, end)]


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_found(name: str, record_property: Callable[[str, object], None]) -> None:
    """And the code without it passes the same histories."""
    plant = PLANTS[name]
    seeds = range(plant.first, plant.first + plant.within)
    found = next((seed for seed in seeds if fails(name, seed)), None)
    assert found is not None, f"not found with seeds {seeds}"
    record_property("found with seed", found)
    for seed in range(seeds.start, found + 1):
        outcome = run(plant.plan(seed))
        assert not outcome.violations, told(outcome, "brief")


def fails(name: str, seed: int) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        PLANTS[name].set(patch)
        return bool(run(PLANTS[name].plan(seed)).violations)


def dies(*_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("where", "name"),
    [(Faults, "kill"), (World, "_parked"), (Broker, "heartbeat"), (Database, "receive"), (Timers, "run")],
)
def test_what_dies_is_told_at_once(monkeypatch: pytest.MonkeyPatch, where: type, name: str) -> None:
    """A part of the simulation, or a task of the kernel that nobody awaits."""
    monkeypatch.setattr(where, name, dies)
    outcome = run(replace(plan(1), kafka=True, faults=("kill",), poison=20))
    assert any("ZeroDivisionError" in each for each in outcome.violations)
    assert outcome.simulated_s < SOON_S
