"""Many histories, one after another."""

import gc
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from tests.simulation.history import Outcome, run
from tests.simulation.plan import plan

COLLECTED_EVERY = 10_000  # events, about


@dataclass
class Tally:
    """What was played from seed `first` up to, not including, `next`; `processor_s` is what it took."""

    profile: str
    first: int
    next: int
    histories: int = 0
    events: int = 0
    faults: int = 0
    simulated_s: float = 0.0
    processor_s: float = 0.0
    failed: list[int] = field(default_factory=list[int])

    @property
    def events_a_minute(self) -> int:
        return round(self.events / max(self.processor_s, 1e-9) * 60)

    def add(self, outcome: Outcome, processor_s: float) -> None:
        self.histories += 1
        self.next = outcome.plan.seed + 1
        self.events += outcome.events
        self.faults += outcome.faults
        self.simulated_s += outcome.simulated_s
        self.processor_s += processor_s
        if outcome.violations:
            self.failed.append(outcome.plan.seed)


def played(tally: Tally) -> Iterator[Outcome]:
    """One history after another, for ever; each is in the tally when it is given."""
    uncollected = 0
    gc.disable()  # what a history leaves behind is collected between histories
    try:
        while True:
            began = time.process_time()
            outcome = _run(tally.next, tally.profile)
            uncollected += outcome.events
            if uncollected > COLLECTED_EVERY:
                gc.collect()
                uncollected = 0
            tally.add(outcome, time.process_time() - began)
            yield outcome
    finally:
        gc.enable()


def _run(seed: int, profile: str) -> Outcome:
    try:
        return run(plan(seed, profile))
    except BaseException as error:
        error.add_note(f"with seed {seed}; {_again(seed, profile)}")
        raise


def for_seconds(seconds: float, first: int, profile: str) -> tuple[Tally, Outcome | None]:
    """Until time is up, or a history fails: that one is given too."""
    tally, until = Tally(profile, first, first), time.monotonic() + seconds
    for outcome in played(tally):
        if outcome.violations:
            return tally, outcome
        if time.monotonic() >= until:
            break
    return tally, None


def until_events(events: int, first: int, profile: str, progress: Path) -> Tally:
    """Goes on where the progress file says; failed histories are noted in it, and the rest goes on."""
    tally = Tally(**orjson.loads(progress.read_bytes())) if progress.exists() else Tally(profile, first, first)
    for _ in played(tally):
        _note(tally, progress)
        if tally.events >= events:
            break
    return tally


def _note(tally: Tally, progress: Path) -> None:
    fresh = progress.with_suffix(".fresh")
    fresh.write_bytes(orjson.dumps(asdict(tally)) + b"\n")
    fresh.replace(progress)


def told(outcome: Outcome, profile: str, journal_lines: int = 0) -> str:
    """A history that failed, and how to play it again."""
    lines = outcome.journal[-journal_lines:] if journal_lines else ()
    head = f"seed {outcome.plan.seed} fails; {_again(outcome.plan.seed, profile)}"
    return "\n".join([head, *outcome.violations[:5], str(outcome.plan), *lines])


def _again(seed: int, profile: str) -> str:
    return f"again: python -m tests.simulation --profile {profile} --seed {seed} --journal"
