"""`./zhixing up` and `serve` over Kafka: whoever outgrows one machine changes an option, and nothing else."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from infra.host import SERVICES
from infra.kafka.broker import LocalKafka
from infra.shared_server import ServerFolder
from kernel.metrics import BATCH, LAG_EVENTS, RELAY_DELAY
from tests.commands import Commands, addresses, interrupted, killed, until
from tests.integration.test_cli import Office, supervised
from tests.integration.test_metrics import Told
from tests.kafka import Broker, choose
from tests.spans import Collector, Span, collecting

pytestmark = pytest.mark.kafka


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as at_work:
        for name, value in at_work.environment.items():
            monkeypatch.setenv(name, value)
        yield at_work


def opened(collector: Collector) -> int:
    """Cases for which funds opened the account, some perhaps told again, as far as spans of it have come."""
    return len({span.trace for span in collector.spans if is_opening(span)})


def is_opening(span: Span) -> bool:
    return (span.service, span.name) == ("funds", "react open_account")


def require_one_trace(spans: Sequence[Span]) -> None:
    """From the filing of the last case through intake's relay to what funds did of it, and through funds' relay on."""
    name = "POST /intake/cases/{case_id}/filing"
    *_, filing = (span for span in spans if (span.service, span.name, span.kind) == ("intake", name, "SERVER"))
    of_it = [span for span in spans if span.trace == filing.trace]
    [opened] = [span for span in of_it if is_opening(span)]
    assert (opened.parent, opened.links) == (filing.id, (filing.id,))
    for service, cause in (("intake", filing), ("funds", opened)):
        sent = [span for span in of_it if span.service == service and span.name.startswith("send ")]
        assert any((span.parent, span.links) == (cause.id, (cause.id,)) for span in sent)
        assert [span.service for span in of_it if (span.name, span.parent) == ("append", cause.id)] == [service]
    taken = {span.service for span in spans if span.name == "process events" and filing.id in span.links}
    assert taken == set(SERVICES)


def metrics(at: dict[str, str]) -> dict[str, Told]:
    """What each process tells."""
    bases = {service: at[service].removesuffix(f"/{service}") for service in SERVICES}
    return {service: Told(httpx.get(f"{base}/metrics", trust_env=False).text) for service, base in bases.items()}


def nobody_lags(at: dict[str, str]) -> bool:
    return all(set(told.values(LAG_EVENTS).values()) == {0} for told in metrics(at).values())


def require_own_metrics(at: dict[str, str]) -> None:
    for service, told in metrics(at).items():
        assert {labels[0] for labels in told.values(LAG_EVENTS)} == {service}
        if service in ("intake", "supervision"):  # who has published in any case
            assert told.value(BATCH, service, "relay", part="_count") > 0
            assert told.value(RELAY_DELAY, service, part="_count") > 0


def file_and_follow(office: Office) -> str:
    """A case filed in one service; the others do their part."""
    for service in SERVICES:
        until(office.sees(service, "/health/ready"))
    case_id = office.file_case()
    until(office.sees("funds", f"/cases/{case_id}/account"))
    until(office.sees("triage", f"/cases/{case_id}", lambda case: case["status"] == "filed"))
    until(office.sees("asset-control", f"/cases/{case_id}/enquiries"))
    until(office.sees("supervision", f"/cases/{case_id}/why", supervised))
    return case_id


def test_six_processes_over_kafka_are_one_system(commands: Commands, kafka: Broker, collector: Collector) -> None:
    where = f"{kafka.bootstrap}/six-{uuid4().hex[:8]}"
    processes = {service: commands.start("serve", service, "--kafka", where) for service in SERVICES}
    at: dict[str, str] = {}
    for service, process in processes.items():
        at |= addresses(process, {service})
    file_and_follow(Office(commands.home, at))
    until(lambda: opened(collector) == 1)
    # when one is killed and begins again, then it takes part as before
    killed(processes["funds"])
    processes["funds"] = commands.start("serve", "funds", "--kafka", where)
    at |= addresses(processes["funds"], {"funds"})
    file_and_follow(Office(commands.home, at))
    # and once all is handled nobody lags
    until(lambda: opened(collector) == 2)  # it has waited for the partitions of the killed one
    until(lambda: nobody_lags(at))
    require_own_metrics(at)
    # and each ends by Ctrl-C
    for process in processes.values():
        code, _, errors = interrupted(process)
        assert code == 0, errors
        assert "Traceback" not in errors
    require_one_trace(collector.spans)


def test_one_process_with_a_broker_of_its_own_then_without_goes_on_with_the_same_data(commands: Commands) -> None:
    if choose().kind != "local":
        pytest.skip("Kafka's artifacts are not here: another broker was chosen")
    process = commands.start("up", "--port", 0, "--kafka", "local")
    case_id = file_and_follow(Office(commands.home, addresses(process, set(SERVICES))))
    code, _, errors = interrupted(process)
    assert (code, "Traceback" in errors) == (0, False), errors
    assert ServerFolder(commands.home / "data" / "kafka").server.is_free(), "the broker ends with its last user"
    # when it is started without Kafka, then all is as it was
    process = commands.start("up", "--port", 0)
    office = Office(commands.home, addresses(process, set(SERVICES)))
    assert office.sees("funds", f"/cases/{case_id}/account")()
    file_and_follow(office)


def test_a_broker_serves_all_its_users_at_one_address(tmp_path: Path) -> None:
    if choose().kind != "local":
        pytest.skip("Kafka's artifacts are not here: another broker was chosen")
    with LocalKafka(tmp_path) as first:
        bootstrap = first.bootstrap
    with LocalKafka(tmp_path) as again, LocalKafka(tmp_path) as shared:
        assert again.bootstrap == shared.bootstrap == bootstrap
    assert ServerFolder(tmp_path).server.is_free()
