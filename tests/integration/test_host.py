"""The host of the services: it settles only when every event has had its effects."""

import asyncio
import tempfile
from pathlib import Path

import httpx

from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from infra.introduction import introduce
from kernel.clock import SimulatedClock
from tests.services import COURT, START


async def test_an_answer_comes_in_one_piece_and_a_connection_serves_many(database: str) -> None:
    """Head and body apart would cost a system call more here, and wake the caller twice."""
    with tempfile.TemporaryDirectory() as folder:
        installation = load_installation(Path(folder))
        async with (
            hosting(database, installation, SimulatedClock(START), [SERVICES["funds"]]) as hosted,
            serving(hosted, 0) as address,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rsplit(":", 1)[1]))
            for _ in range(20):
                writer.write(b"GET /funds/health/live HTTP/1.1\r\nhost: z\r\n\r\n")
                piece = await reader.read(65536)
                assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
                assert piece.endswith(b'{"status":"live"}')
            # and what asks for it to be closed is answered whole first
            writer.write(b"GET /funds/health/live HTTP/1.1\r\nhost: z\r\nconnection: close\r\n\r\n")
            assert (await reader.read()).endswith(b'{"status":"live"}')
            writer.close()


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
