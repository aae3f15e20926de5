"""The database can go at any moment: what was acknowledged is stored once, and the service comes back by itself."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from kernel.call import Call
from kernel.consumer import Reaction
from kernel.database import open_pool, until_available
from kernel.embedded import Tail
from kernel.feed import Event
from kernel.kafka.relay import Relay
from kernel.kafka.wire import Topics
from kernel.log import LogReader
from kernel.principals import Principal
from kernel.problems import Unavailable
from kernel.tracing import Telemetry
from tests.kernel_example import LOG, Example, Till, call, contracts, example, until
from tests.proxy import Moment, Proxy, proxy

NO_BROKER = "127.0.0.1:1"


@contextlib.asynccontextmanager
async def behind(database: str) -> AsyncIterator[tuple[Proxy, Example]]:
    async with proxy(database) as wire, example(wire.dsn) as one:
        yield wire, one


@pytest.fixture
async def wired(database: str) -> AsyncIterator[tuple[Proxy, Example]]:
    async with behind(database) as both:
        yield both


async def times_stored(one: Example, command: str) -> int:
    return await one.log.pool.fetchval(
        f"SELECT count(*) FROM {LOG}.events WHERE convert_from(state, 'UTF8')::json->'by'->>'command_id' = $1", command
    )


@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_the_writers_connection_is_lost(wired: tuple[Proxy, Example], moment: Moment) -> None:
    """Before, during and after its COMMIT: the command and its neighbours are acknowledged once and stored once."""
    wire, one = wired
    await one.till.open(call(), "a")
    wire.lose(moment, b"command-lost")

    answers = await asyncio.gather(
        one.till.receive(call("command-lost"), "a", 100), *(one.till.open(call(f"c{n}"), f"b{n}") for n in range(20))
    )

    assert wire.lost == 1
    assert await one.till.receive(call("command-lost"), "a", 100) == answers[0]
    assert await one.till.balance_fen("a") == 100
    assert [await times_stored(one, name) for name in ("command-lost", *(f"c{n}" for n in range(20)))] == [1] * 21
    assert sorted(a.position for a in answers) == list(range(2, 23))


@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_observers_know_every_row_once_before_its_caller_does(
    wired: tuple[Proxy, Example], moment: Moment
) -> None:
    """Else a service's own facts would be missing from its next decision."""
    wire, one = wired
    await one.till.open(call(), "a")
    told: list[int] = []
    one.log.observers.append(lambda places: told.extend(position for position, _, _ in places))
    wire.lose(moment, b"command-lost")

    async def received(n: int) -> None:
        answer = await one.till.receive(call(f"command-lost-{n}"), "a", 100)
        assert answer.position in told

    await asyncio.gather(*map(received, range(20)))
    assert wire.lost == 1
    assert told == list(range(2, 22))


async def test_observers_know_what_a_lost_connection_stored_though_its_caller_was_told_to_ask_again(
    wired: tuple[Proxy, Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, one = wired
    monkeypatch.setattr(one.log, "_patience_s", 0.0)
    await one.till.open(call(), "a")
    told: list[int] = []
    one.log.observers.append(lambda places: told.extend(position for position, _, _ in places))
    wire.lose("after", b"command-lost")

    with pytest.raises(Unavailable):
        await one.till.receive(call("command-lost"), "a", 100)
    await until(lambda: one.log.ready)
    assert told == [2]


@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_a_refusal_whose_connection_is_lost_is_recorded_once(
    wired: tuple[Proxy, Example], moment: Moment
) -> None:
    wire, one = wired
    await one.till.open(call(), "a")
    wire.lose(moment, b"command-lost")

    outcome = (await asyncio.gather(one.till.refuse(call("command-lost"), "a"), return_exceptions=True))[0]

    assert getattr(outcome, "code", outcome) == "refused"
    assert await times_stored(one, "command-lost") == 1


async def test_the_backend_of_the_writer_is_terminated_under_load(database: str) -> None:
    async with example(database) as one:
        await asyncio.gather(*(one.till.open(call(), f"a{n}") for n in range(8)))

        async def receive(n: int) -> None:
            for m in range(40):
                await one.till.receive(call(f"r{n}-{m}"), f"a{n}", 1)

        load = asyncio.gather(*map(receive, range(8)))
        while not load.done():
            await _terminate_writers(one)
            await asyncio.wait([load], timeout=0.05)
        await load
        assert [await one.till.balance_fen(f"a{n}") for n in range(8)] == [40] * 8


async def _terminate_writers(one: Example) -> None:
    with contextlib.suppress(asyncpg.PostgresError, OSError, asyncpg.InterfaceError):
        await one.log.pool.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE query LIKE '%append_batch%' AND pid <> pg_backend_pid() AND datname = current_database()"""
        )


async def test_the_database_is_away_for_a_while(wired: tuple[Proxy, Example]) -> None:
    """A short while nobody notices: commands wait."""
    wire, one = wired
    await one.till.open(call(), "a")
    wire.go_away()
    waiting = asyncio.create_task(one.till.receive(call("r"), "a", 100))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    wire.come_back()

    await waiting
    assert one.log.ready
    assert await one.till.balance_fen("a") == 100


async def test_the_database_stays_away(wired: tuple[Proxy, Example], monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the service is not ready, answers 503 at once, and recovers when the database is back."""
    wire, one = wired
    monkeypatch.setattr(one.log, "_patience_s", 0.3)
    await one.till.open(call("o"), "a")
    wire.go_away()

    waiting = [asyncio.create_task(one.till.receive(call(f"r{n}"), "a", 100)) for n in range(3)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert {type(o) for o in outcomes} == {Unavailable}
    assert not one.log.ready
    assert await one.running.waits_for() == ["the database"]
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await one.till.open(call(), "b")
    assert time.monotonic() - began < 5

    wire.come_back()
    await until(lambda: one.log.ready)
    await asyncio.gather(*(one.till.receive(call(f"r{n}"), "a", 100) for n in range(3)))
    assert await one.till.balance_fen("a") == 300
    assert await one.running.waits_for() == []


async def test_http_says_503_while_the_database_is_away(
    wired: tuple[Proxy, Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, one = wired
    monkeypatch.setattr(one.log, "_patience_s", 0.1)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(one.running.http, raise_app_exceptions=False), base_url="http://x"
    ) as client:
        assert (await client.get("/health/ready")).status_code == 200
        wire.go_away()
        await asyncio.gather(one.till.open(call(), "a"), return_exceptions=True)
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["waits_for"]) == (503, ["the database"])
        assert (await client.get("/health/live")).status_code == 200
        token = one.host.issuer.token(Principal("yiyang-m1", "yiyang", ("chief",)))
        answer = await client.get("/work-items", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        wire.come_back()
        await until(lambda: one.log.ready)
        assert (await client.get("/health/ready")).status_code == 200


FULL = """ALTER TABLE {log}.work_items RENAME TO stored;
CREATE FUNCTION {log}.full_disk() RETURNS SETOF {log}.stored LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE VIEW {log}.work_items AS SELECT * FROM {log}.full_disk();"""


async def test_http_says_503_while_the_databases_disk_is_full(database: str) -> None:
    async with example(database) as one:
        await one.log.pool.execute(FULL.format(log=LOG))
        transport = httpx.ASGITransport(one.running.http, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            token = one.host.issuer.token(Principal("yiyang-m1", "yiyang", ("chief",)))
            answer = await client.get("/work-items", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_reactions_outlive_an_outage(database: str) -> None:
    """The consumer neither parks, nor drops, nor dies: it goes on where it was."""

    async def count(till: Till, by: Call, event: Event, _: str) -> None:
        await till.receive(by, "counted", 1)

    reaction = Reaction(contracts.FundsReceived, "count", count, when=lambda e: e.amount_fen > 1)
    async with proxy(database) as wire, example(wire.dsn, reactions=[reaction]) as one:
        for key in ("a", "counted"):
            await one.till.open(call(), key)
        for n in range(10):
            await one.till.receive(call(), "a", 100)
            await asyncio.sleep(0.005 * n)
            wire.go_away()
            wire.come_back()
        await one.settled()
        assert await until_available(lambda: one.till.balance_fen("counted")) == 10
        assert await one.running.parts.backlog.parked("yiyang") == []


async def test_a_relay_that_loses_the_database_as_it_begins_begins_again(database: str) -> None:
    async with proxy(database) as wire, open_pool(wire.dsn) as pool:
        await pool.execute(f"CREATE SCHEMA {LOG}")
        wire.lose("before", f"TABLE IF NOT EXISTS {LOG}.relay".encode())
        tail = Tail(LogReader(pool, LOG))

        relaying = asyncio.create_task(Relay(NO_BROKER, Topics("t"), pool, LOG, tail.grown, Telemetry()).run())

        await until(lambda: pool.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{LOG}.relay"))
        assert wire.lost == 1
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
