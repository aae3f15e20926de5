"""What a process tells Prometheus of itself: one table of metrics; no label holds a person, a case or a command.

Histograms are observed as things happen. All others are looked up when Prometheus asks, by the sources.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from kernel.database import AWAY

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
_REQUESTS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
_DELAYS_S = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 20, 60, 600)


class Metric(NamedTuple):
    """One line of the table. With buckets it is a histogram, else a gauge."""

    name: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        return "histogram" if self.buckets else "gauge"


HTTP = Metric(
    "zhixing_http_request_duration_seconds",
    ("service", "route", "method", "status"),
    "HTTP requests by template of the route (empty: none) and class of status (2xx).",
    _REQUESTS_S,
)
BATCH = Metric(
    "zhixing_batch_size",
    ("service", "stage"),
    "Events handled together: appended to the log, relayed into Kafka (relay), taken from the feed (consume).",
    _COUNTS,
)
RELAY_DELAY = Metric(
    "zhixing_relay_delay_seconds",
    ("service",),
    "From an event's recording until Kafka has it: of the oldest event of each batch. Over Kafka only.",
    _DELAYS_S,
)
LAG_EVENTS = Metric(
    "zhixing_lag_events",
    ("service", "log"),
    "Events of a log after the last up to which this service has finished all.",
)
LAG_SECONDS = Metric(
    "zhixing_lag_seconds",
    ("service", "log"),
    "How long ago the first event of a log that this service has not finished was recorded; 0: there is none.",
)
SLOT_LAG_EVENTS = Metric(
    "zhixing_slot_lag_events",
    ("service", "slot"),
    "Events after the slot's mark, of all logs; only slots that lag. Slot: 0 to 255, or reference.",
)
SLOT_LAG_SECONDS = Metric(
    "zhixing_slot_lag_seconds",
    ("service", "slot"),
    "How long ago the first event of the slot that is not finished was recorded; only slots that lag.",
)
PARKED = Metric(
    "zhixing_parked_subjects",
    ("service", "court"),
    "Subjects that stand still because an event could not be decoded or applied (court empty: nobody can tell whose).",
)
OPEN_DEADLINES = Metric(
    "zhixing_open_deadlines",
    ("court", "state"),
    "Clocks that have not ended: running, pending (not begun), suspended, uncertain. Told by supervision.",
)
BREACHES = Metric(
    "zhixing_breaches",
    ("court", "standing"),
    "Clocks with a breach on record (节点超期): standing, or cured by later records. Told by supervision.",
)
TABLE = (
    HTTP,
    BATCH,
    RELAY_DELAY,
    LAG_EVENTS,
    LAG_SECONDS,
    SLOT_LAG_EVENTS,
    SLOT_LAG_SECONDS,
    PARKED,
    OPEN_DEADLINES,
    BREACHES,
)


class Sample(NamedTuple):
    """A gauge's value now, for these values of its labels."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


Source = Callable[[], Awaitable[Iterable[Sample]]]


class Metrics:
    """Of one process, whatever services it runs."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._histograms = {
            metric: Histogram(metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=self._registry)
            for metric in TABLE
            if metric.buckets
        }
        ProcessCollector(registry=self._registry)  # memory, processor time, files: process_…
        self._sources: list[Source] = []

    def observer(self, metric: Metric, *labels: str) -> Callable[[float], None]:
        """Takes values of a histogram under these labels. To be kept: looking it up costs more than using it."""
        return self._histograms[metric].labels(*labels).observe

    @contextlib.contextmanager
    def told_by(self, *sources: Source) -> Generator[None]:
        """These are asked for their gauges while the context lasts."""
        self._sources += sources
        try:
            yield
        finally:
            self._sources = [each for each in self._sources if each not in sources]

    async def exposition(self) -> bytes:
        """Prometheus' text format. What a source cannot tell while the database is away is left out."""
        samples: list[Sample] = []
        for source in self._sources:
            try:
                samples += await source()
            except AWAY:
                continue
        return generate_latest(_Gathered(self._registry, samples))


class _Gathered(Collector):
    """The histograms, and the gauges as they are now."""

    def __init__(self, registry: CollectorRegistry, samples: Iterable[Sample]) -> None:
        self._registry, self._samples = registry, samples

    def collect(self) -> Iterator[Family]:
        yield from self._registry.collect()
        by_metric: dict[Metric, list[Sample]] = defaultdict(list)
        for sample in self._samples:
            by_metric[sample.metric].append(sample)
        for metric, samples in by_metric.items():
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for sample in samples:
                family.add_metric(sample.labels, sample.value)
            yield family
