"""What a service answers when Prometheus asks: how far behind it is, and what stands still."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from kernel.backlog import Backlog
from kernel.courts import Courts
from kernel.feed import REFERENCE_LANE, Feed, Lag
from kernel.metrics import LAG_EVENTS, LAG_SECONDS, PARKED, SLOT_LAG_EVENTS, SLOT_LAG_SECONDS, Sample


def lag(service: str, feed: Feed, now: datetime) -> Iterator[Sample]:
    """By log, and by slot over all logs. A log's lanes lag by the same events: the most counts, not the sum."""
    of_logs: dict[str, list[Lag]] = {log: [] for log in feed.seen()}
    of_slots: dict[str, list[Lag]] = defaultdict(list)
    for each in feed.lagging():
        of_logs[each.log].append(each)
        of_slots["reference" if each.lane == REFERENCE_LANE else str(each.lane)].append(each)
    for log, lags in of_logs.items():
        yield Sample(LAG_EVENTS, (service, log), max((each.events for each in lags), default=0))
        yield Sample(LAG_SECONDS, (service, log), _age_s(lags, now))
    for slot, lags in of_slots.items():
        yield Sample(SLOT_LAG_EVENTS, (service, slot), sum(each.events for each in lags))
        yield Sample(SLOT_LAG_SECONDS, (service, slot), _age_s(lags, now))


def _age_s(lags: Sequence[Lag], now: datetime) -> float:
    return max((max(0.0, (now - each.since).total_seconds()) for each in lags if each.since), default=0.0)


def parked(service: str, backlog: Backlog, courts: Courts) -> Iterator[Sample]:
    count = Counter(dict.fromkeys(courts, 0))
    count.update(court for court, _ in backlog.parked_subjects)
    for court, subjects in count.items():
        yield Sample(PARKED, (service, court), subjects)
