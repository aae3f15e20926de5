"""The host of the services: it settles only when every event has had its effects."""

import tempfile
from pathlib import Path

import httpx

from infra.host import SERVICES, hosting
from infra.installation import load_installation
from infra.introduction import introduce
from kernel.clock import SimulatedClock
from tests.services import COURT, START


async def test_settling_waits_for_what_was_appended(database: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        installation = load_installation(Path(folder))
        async with hosting(database, installation, SimulatedClock(START), list(SERVICES.values())) as hosted:
            # when packs and postings are told
            await introduce(hosted)
            await hosted.settled()
            # then the heads are those of the logs, every service has seen them, and every one is ready
            heads = {name: await running.log.head() for name, running in hosted.running.items()}
            assert hosted.heads == {name.replace("-", "_"): head for name, head in heads.items()}
            assert hosted.heads["supervision"] == len(installation.courts[COURT].packs)
            assert all(running.has_seen(hosted.heads) for running in hosted.running.values())
            assert [await running.waits_for() for running in hosted.running.values()] == [[]] * len(SERVICES)
            # and what no service answers is a problem as everywhere
            async with httpx.AsyncClient(transport=httpx.ASGITransport(hosted.http()), base_url="http://z") as http:
                answer = await http.get("/nothing")
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
