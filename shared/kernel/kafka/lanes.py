"""What a consumer has taken, by log and lane: nothing is lost and nothing passed, whatever Kafka's offsets say.

Offsets reset to zero bring what was taken already; a topic that was re-created may hold less than was produced. So a
record counts only if the position before it in its lane was taken; any other is left, for it comes again.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from contracts.envelope import SLOTS
from kernel.feed import LANES, Event, Lag, Unit
from kernel.kafka.wire import Link, Progress

MOST_TOLD = 1_000


class Lanes:
    """Taken, unfinished and finished. A unit holds the events that one position has in one lane."""

    def __init__(self) -> None:
        self._taken: dict[str, list[int]] = defaultdict(lambda: [0] * LANES)
        self._arriving: dict[tuple[str, int], tuple[Event, ...]] = {}  # the first parts of a lane's next position
        self._unfinished: dict[str, dict[Unit, int]] = defaultdict(dict)  # with its lane, in the order taken
        self._progress: dict[str, Progress] = {}
        self._told: dict[str, deque[tuple[int, datetime]]] = defaultdict(deque)  # heads not reached, and since when
        self._reached: dict[str, list[int]] = {}  # by log, until something changes
        self.missed = False  # a record came whose predecessor did not

    @property
    def has_unfinished(self) -> bool:
        return any(self._unfinished.values())

    @property
    def is_at_rest(self) -> bool:
        """Everything that came was taken and finished."""
        return not self._arriving and not self.has_unfinished

    def accept(self, link: Link, read: Callable[[], Event]) -> Unit | None:
        """The unit that this record completes, once."""
        taken, at = self._taken[link.log], (link.log, link.lane)
        if link.position <= taken[link.lane]:
            return None
        arrived = self._arriving.get(at, ()) if link.part > 1 else ()
        if link.follows > taken[link.lane] or len(arrived) < link.part - 1:
            self.missed = True
            return None
        events = (*arrived[: link.part - 1], read())
        if link.part < link.parts:
            self._arriving[at] = events
            return None
        self._arriving.pop(at, None)
        unit = Unit(link.log, link.position, events)
        taken[link.lane] = link.position
        self._unfinished[link.log][unit] = link.lane
        self._reached.pop(link.log, None)
        return unit

    def finished(self, unit: Unit) -> None:
        self._unfinished[unit.log].pop(unit, None)
        self._reached.pop(unit.log, None)

    def progressed(self, progress: Progress, at: datetime) -> None:
        """A relay told so, at that time."""
        before = self._progress.get(progress.log)
        if before is None or before.head <= progress.head:
            self._progress[progress.log] = progress
            self._reached.pop(progress.log, None)
            self._note(progress, at)

    def _note(self, progress: Progress, at: datetime) -> None:
        told, seen = self._told[progress.log], self.seen(progress.log)
        while told and told[0][0] <= seen:
            told.popleft()
        if len(told) < MOST_TOLD:
            told.append((progress.head, at))

    def learn(self, marks: Mapping[str, list[int]], besides: Collection[int] = ()) -> None:
        """What stands at or below a stored mark is done, whoever did it; lanes that this process sees to left out."""
        for log, stored in marks.items():
            taken = self._taken[log]
            both = enumerate(zip(taken, stored, strict=True))
            self._taken[log] = [took if lane in besides else max(took, mark) for lane, (took, mark) in both]
        self._reached.clear()

    def forget_cases(self, marks: Mapping[str, list[int]]) -> None:
        """Their lanes go to whichever process gets them: only what is marked counts as taken."""
        for log, taken in self._taken.items():
            taken[:SLOTS] = marks[log][:SLOTS]
        self._arriving = {at: events for at, events in self._arriving.items() if at[1] >= SLOTS}
        for units in self._unfinished.values():
            for unit in [unit for unit, lane in units.items() if lane < SLOTS]:
                del units[unit]
        self._reached.clear()

    def reached(self, log: str) -> list[int]:
        """By lane: everything up to here is finished."""
        if log not in self._reached:
            self._reached[log] = self._compute_reached(log)
        return self._reached[log]

    def _compute_reached(self, log: str) -> list[int]:
        taken = self._taken[log]
        reached = taken.copy()
        if progress := self._progress.get(log):
            reached = [max(t, progress.head) if t >= p else t for t, p in zip(taken, progress.lasts, strict=True)]
        for unit, lane in reversed(self._unfinished[log].items()):
            reached[lane] = unit.position - 1
        return reached

    def all_reached(self) -> dict[str, list[int]]:
        return {log: self.reached(log) for log in self._taken}

    def seen(self, log: str) -> int:
        """Everything up to here is finished, in every lane."""
        return min(self.reached(log))

    def heads(self) -> dict[str, int]:
        """How far each log has come, of those whose relay has told."""
        return {log: progress.head for log, progress in self._progress.items()}

    def lagging(self, log: str, lanes: Iterable[int]) -> Iterator[Lag]:
        """Of these lanes those in which something is not finished, or has not come though the relay has told of it."""
        reached, taken, progress = self.reached(log), self._taken[log], self._progress.get(log)
        head, lasts = max(taken), [0] * LANES
        if progress:
            head, lasts = max(head, progress.head), progress.lasts
        first = {lane: unit for unit, lane in reversed(self._unfinished[log].items())}
        for lane in lanes:
            if lane in first:
                yield Lag(log, lane, head - reached[lane], first[lane].recorded_at)
            elif taken[lane] < lasts[lane]:
                since = next((at for told, at in self._told[log] if told > reached[lane]), None)
                yield Lag(log, lane, head - reached[lane], since)

    def lacks(self, lanes: Iterable[int]) -> bool:
        """Some of what has left a log was not taken in these lanes."""
        wanted = list(lanes)
        return any(self._taken[p.log][lane] < p.lasts[lane] for p in self._progress.values() for lane in wanted)
