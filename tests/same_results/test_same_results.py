"""One caseload, played in one process and in six over Kafka: the same events, the same read models, the same money.

What is compared, and what is left out, `stored` says. In CI the caseload is small; for a larger one: `conftest`.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
import pytest_asyncio

from infra.demo.play import Plan, play
from infra.host import SERVICES, hosting, serving
from infra.installation import Installation, load_installation
from kernel.clock import SimulatedClock
from kernel.principals import LocalIssuer
from tests.kafka import Broker
from tests.same_results.stage import Stage, stage
from tests.same_results.stored import Stored, differences, stored

pytestmark = pytest.mark.kafka
COURT, CASES, DAYS, SEED = "yiyang", 16, 30, 7
SECRET = b"s" * 32
PAUSE_S = 60.0
QUESTIONS = [f"supervision/{question}" for question in ("summary", "breaches", "due?days=30", "workload", "duties")]
OF_A_CASE = ("supervision/cases/{}/why", "funds/cases/{}/ledger")
CASE_IDS = "SELECT substr(subject, 6) FROM supervision.subjects WHERE subject LIKE 'case/%' ORDER BY 1"
Answers = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Played:
    """What came of it: everything stored, and what is answered."""

    stored: Stored
    answers: Answers


async def played(pool: asyncpg.Pool, installation: Installation, address_of: Callable[[str], str]) -> Played:
    """`address_of` a service."""
    cases = [row[0] for row in await pool.fetch(CASE_IDS)]
    paths = [*QUESTIONS, *(of_one.format(case) for of_one in OF_A_CASE for case in cases)]
    token = LocalIssuer(installation.secret).token(installation.principal(COURT, "chief"))
    answers: Answers = {}
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=60) as http:
        for path in paths:
            answer = await http.get(f"{address_of(path.split('/')[0])}/{path}")
            answers[path] = answer.status_code, answer.text
    return Played(await stored(pool), answers)


@pytest.fixture(scope="module")
def plan(pytestconfig: pytest.Config) -> Plan:
    cases, days = (pytestconfig.getoption(f"--{name}", None) for name in ("cases", "days"))
    return Plan(COURT, days or DAYS, cases or CASES, SEED)


def made(folder: Path) -> Installation:
    """Ids that are hashed are so with the same secret."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_bytes(SECRET)
    return load_installation(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def embedded(plan: Plan, module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """By one process that follows the logs themselves."""
    installation, services = made(tmp_path_factory.mktemp("embedded")), list(SERVICES.values())
    async with (
        hosting(module_database, installation, SimulatedClock(plan.begin), services) as hosted,
        serving(hosted, 0) as address,
    ):
        await play(hosted, address, plan, lambda _: None)
        return await played(hosted.pool, installation, lambda _: address)


@pytest_asyncio.fixture(loop_scope="module")
async def staged(
    plan: Plan, kafka: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    """With so many processes of supervision."""
    monkeypatch.setenv("ZHIXING_HOME", str(tmp_path))
    folder = tmp_path / "data"
    made(folder)
    async with stage(folder, plan, f"{kafka.bootstrap}/same-{uuid4().hex[:8]}", request.param) as s:
        yield s


async def require_the_same(embedded: Played, staged: Stage) -> None:
    """Each process of supervision answers for every case, whichever sees to it."""
    for at in staged.nodes("supervision"):
        addresses = {service: staged.nodes(service)[0].address for service in SERVICES} | {"supervision": at.address}
        over_kafka = await played(staged.pool, staged.installation, addresses.__getitem__)
        assert differences(embedded.stored, over_kafka.stored) == []
        assert over_kafka.answers == embedded.answers


def test_the_caseload_is_worth_comparing(embedded: Played) -> None:
    """Every service has recorded something, deadlines were kept, missed and reminded of, and money came and went."""
    tables = embedded.stored
    assert all(tables[f"{service.schema}.events"] for service in SERVICES.values())
    assert {row["standing"] for row in map(orjson.loads, tables["supervision.clocks"])} > {"clean"}
    assert any("ReminderSent" in row for row in tables["supervision.order"])
    assert {row["amount_fen"] > 0 for row in map(orjson.loads, tables["funds.cashbook"])} == {True, False}
    assert {status for status, _ in embedded.answers.values()} == {200}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("staged", [1], indirect=True)
async def test_six_processes_over_kafka_come_to_what_one_process_does(embedded: Played, staged: Stage) -> None:
    await staged.play()
    await require_the_same(embedded, staged)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("staged", [3], indirect=True)
async def test_so_do_three_of_supervision_though_one_is_killed_and_one_is_paused(
    embedded: Played, staged: Stage
) -> None:
    await staged.play(
        {
            0.2: lambda: staged.kill("supervision"),
            0.4: lambda: staged.pause("supervision-2"),
            0.7: lambda: staged.wake("supervision-2", PAUSE_S),
        }
    )
    await require_the_same(embedded, staged)
