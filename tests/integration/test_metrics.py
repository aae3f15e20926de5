"""What `/metrics` tells is so: after a known history its values are those that the services themselves answer."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from funds.service import SERVICE as FUNDS
from kernel.feed import SERVICES as LOGS
from kernel.metrics import (
    BATCH,
    BREACHES,
    HTTP,
    LAG_EVENTS,
    LAG_SECONDS,
    OPEN_DEADLINES,
    PARKED,
    TABLE,
    Metric,
    Metrics,
    Sample,
)
from kernel.problems import Unavailable
from tests import papers, told
from tests.architecture.checkout import ROOT
from tests.services import COURT, Bench, bench
from tests.walks import system

OPEN = ("running", "pending", "suspended", "uncertain")
DAYS = 9


class Told:
    """What was told, by name and labels."""

    def __init__(self, text: str) -> None:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        self._values = {(each.name, frozenset(each.labels.items())): each.value for each in samples}

    def value(self, metric: Metric, *labels: str, part: str = "") -> float:
        return self._values[metric.name + part, frozenset(zip(metric.labels, labels, strict=True))]

    def values(self, metric: Metric) -> dict[tuple[str, ...], float]:
        """By the labels' values, in the table's order."""
        return {
            tuple(dict(labels)[label] for label in metric.labels): value
            for (name, labels), value in self._values.items()
            if name == metric.name
        }

    def names(self) -> set[str]:
        return {name for name, _ in self._values}


async def asked(b: Bench) -> Told:
    answer = await b.outside.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return Told(answer.text)


async def test_after_a_known_history_what_is_told_is_so(database: str) -> None:
    # given a case that was filed, and left alone until deadlines ran out
    async with system(database) as b:
        filed = await papers.file_case(b)
        await b.settle()
        await b.advance(days=DAYS)
        told = await asked(b)
        # then nobody lags, and nothing stands still
        pairs = {(service, log): 0 for service in b.running for log in LOGS}
        assert told.values(LAG_EVENTS) == told.values(LAG_SECONDS) == pairs
        assert set(told.values(PARKED).values()) == {0}
        # deadlines and breaches are those that supervision answers
        breaches = await b.get("supervision", "/breaches", who="director")
        broken = {place: count for place, count in told.values(BREACHES).items() if place[0] == COURT}
        assert breaches
        assert broken == {(COURT, "standing"): len(breaches), (COURT, "cured"): 0}
        nodes = (await b.get("supervision", "/summary", who="director"))["nodes"]
        assert {state: told.value(OPEN_DEADLINES, COURT, state) for state in OPEN} == {
            state: sum(node[state] for node in nodes) for state in OPEN
        }
        # and every event was appended, taken, and asked for by somebody
        appended = {name: told.value(BATCH, name, "append", part="_sum") for name in b.running}
        assert appended == {name: await each.log.head() for name, each in b.running.items()}
        route = "intake", "/cases/{case_id}/filing", "POST", "2xx"
        assert told.value(HTTP, *route, part="_count") == 1
        assert told.value(HTTP, *route, part="_sum") > 0
        assert filed.case_id not in (await b.outside.get("/metrics")).text


async def test_a_parked_subject_is_counted_until_it_is_released(database: str) -> None:
    async with bench(database, [FUNDS]) as b:
        b.may_park = True
        await told.filed(b)
        await b.tell("triage", told.Unheard(), told.CASE)
        await told.filed(b, "yiyang-other")
        assert (await asked(b)).value(PARKED, "funds", COURT) == 1


async def test_callers_cannot_make_up_series(database: str) -> None:
    async with bench(database, [FUNDS]) as b:
        for method, path in (("BREW", "/funds/x"), ("GET", "/funds/x/1"), ("GET", "/x/2"), ("GET", "/"), ("PUT", "/y")):
            await b.outside.request(method, path)
        series = {(name, labels) for name, labels in (await asked(b))._values if name == f"{HTTP.name}_count"}
    assert {tuple(dict(labels)[label] for label in HTTP.labels) for _, labels in series} == {
        ("funds", "", "_OTHER", "4xx"),
        ("funds", "", "GET", "4xx"),
        ("", "", "GET", "4xx"),
        ("", "", "PUT", "4xx"),
    }


async def test_while_a_source_cannot_tell_the_others_do() -> None:
    async def away() -> Iterable[Sample]:
        raise Unavailable("the database does not answer")

    async def there() -> Iterable[Sample]:
        return [Sample(PARKED, ("funds", COURT), 3)]

    metrics = Metrics()
    with metrics.told_by(away, there):
        assert Told((await metrics.exposition()).decode()).value(PARKED, "funds", COURT) == 3
    assert Told((await metrics.exposition()).decode()).values(PARKED) == {}


@pytest.mark.fast
def test_the_table_of_metrics_is_the_one_that_is_documented() -> None:
    page = (ROOT / Path("docs/operations.md")).read_text("utf-8")
    documented = [line for line in page.splitlines() if line.startswith("| `zhixing_")]
    assert documented == [f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.help} |" for each in TABLE]


@pytest.mark.fast
def test_no_label_can_hold_a_person_a_case_or_a_command() -> None:
    bounded = {"service", "log", "slot", "court", "route", "method", "status", "stage", "state", "standing"}
    assert {label for each in TABLE for label in each.labels} == bounded
