"""Commands: carried out exactly once, on what is durable, whoever else changes the same thing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from kernel import application as kernel_application
from kernel import domain
from kernel.problems import KeyReused, NotFound, Problem, Refused, TooLarge, Unavailable, WrongState
from tests.kernel_example import LOG, Account, Example, PaidOut, Till, call, example, folded, until


@pytest.fixture
async def one(database: str) -> AsyncIterator[Example]:
    async with example(database) as one:
        yield one


@contextlib.asynccontextmanager
async def processes(database: str, count: int) -> AsyncIterator[list[Example]]:
    """Several of the service's processes, as far as they are concerned: nothing in memory is shared."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(example(database)) for _ in range(count)]


async def stored(one: Example) -> list[str]:
    rows = await one.log.pool.fetch(f"SELECT topic FROM {LOG}.events ORDER BY notification_id")
    return [r[0].split(":")[1] for r in rows]


async def test_a_retry_is_answered_as_before(one: Example) -> None:
    await one.till.open(call(), "a")
    first = await one.till.receive(call("r"), "a", 100)

    assert await one.till.receive(call("r"), "a", 100) == first
    assert await one.till.balance_fen("a") == 100


async def test_a_payout_retried_after_the_money_is_gone_is_answered_as_before(one: Example) -> None:
    await one.till.open(call(), "a")
    await one.till.receive(call(), "a", 100)
    paid = await one.till.pay_out(call("p"), "a", 100)

    assert await one.till.pay_out(call("p"), "a", 100) == paid
    assert await one.till.balance_fen("a") == 0
    with pytest.raises(WrongState):
        await one.till.pay_out(call("q"), "a", 100)


async def test_a_key_with_another_body_is_refused_whatever_it_would_do(one: Example) -> None:
    await one.till.open(call("o"), "a")
    for body in (b"pay", b"nothing"):
        with pytest.raises(KeyReused):
            await one.till.open(call("o", body=body), "a")
        with pytest.raises(KeyReused):
            await one.till.pay_out(call("o", body=body), "a", 10**9)
        with pytest.raises(KeyReused):
            await one.till.refuse(call("o", body=body), "a")
    assert await stored(one) == ["AccountOpened.1"]


async def test_one_command_sent_twice_at_once_is_done_once(one: Example) -> None:
    await one.till.open(call(), "a")
    answers = await asyncio.gather(*(one.till.receive(call("r"), "a", 100) for _ in range(10)))

    assert len({(a.status, a.body, a.position) for a in answers}) == 1
    assert await one.till.balance_fen("a") == 100


async def test_opening_twice_is_no_error(one: Example) -> None:
    first = await one.till.open(call(), "a")
    again = await one.till.open(call(), "a")

    assert (again.status, again.body) == (200, first.body)
    assert await stored(one) == ["AccountOpened.1"]


async def test_a_decision_to_do_nothing_is_remembered(one: Example) -> None:
    await one.till.open(call(), "a")
    await one.till.receive(call("r"), "a", 100, "p")
    nothing = await one.till.receive(call("n"), "a", 100, "p")

    assert await one.till.receive(call("n"), "a", 100, "p") == nothing
    assert await one.till.balance_fen("a") == 100


async def test_what_is_refused_because_of_a_stale_cache_is_decided_again(database: str) -> None:
    async with processes(database, 2) as (one, other):
        await one.till.open(call(), "a")
        await other.till.receive(call(), "a", 100)

        await one.till.pay_out(call(), "a", 100)

        assert await other.till.balance_fen("a") == 0


async def test_doing_nothing_because_of_a_stale_cache_is_decided_again(database: str) -> None:
    """One process still believes that there is nothing to pay out."""

    def pay_all_out(account: Account) -> None:
        if account.balance_fen:
            account.pay_out("all", account.balance_fen)

    async with processes(database, 2) as (one, other):
        await one.till.open(call(), "a")
        await other.till.receive(call(), "a", 100)

        await one.till.change(call(), Account, "a", pay_all_out)

        assert (await folded(one.log, "a")).balance_fen == 0


async def test_reading_shows_what_another_process_stored(database: str) -> None:
    async with processes(database, 2) as (one, other):
        await one.till.open(call(), "a")
        assert await other.till.balance_fen("a") == 0
        await one.till.receive(call(), "a", 100)
        assert await other.till.balance_fen("a") == 100


async def test_a_reader_never_sees_what_is_not_durable(one: Example) -> None:
    await one.till.open(call(), "a")
    async with one.log.pool.acquire() as holder, holder.transaction():
        await holder.execute(f"LOCK TABLE {LOG}.events IN SHARE MODE")  # nothing can be appended
        waiting = asyncio.create_task(one.till.receive(call(), "a", 777))
        await until(lambda: one.log._connection is not None and not one.log._waiting)
        assert await one.till.balance_fen("a") == 0
    await waiting
    assert await one.till.balance_fen("a") == 777


async def test_an_error_leaves_neither_a_changed_aggregate_nor_a_lock(one: Example) -> None:
    await one.till.open(call(), "a")

    def breaks(account: Account) -> None:
        account.receive("p", 100)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await one.till.change(call(), Account, "a", breaks)
    assert await one.till.balance_fen("a") == 0
    await one.till.receive(call(), "a", 5)
    assert await one.till.balance_fen("a") == 5


async def test_a_cancelled_request_leaves_the_state_as_it_is_stored(one: Example) -> None:
    await one.till.open(call(), "a")
    for steps in range(8):
        task = asyncio.create_task(one.till.receive(call(f"r{steps}"), "a", 1))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await one.till.receive(call(f"r{steps}"), "a", 1)

    assert await one.till.balance_fen("a") == (await folded(one.log, "a")).balance_fen == 8


async def test_several_aggregates_are_saved_in_one_append(one: Example) -> None:
    await asyncio.gather(*(one.till.open(call(), key) for key in "abc"))
    await one.till.receive(call(), "a", 100)
    await asyncio.gather(*(one.till.move(call(), giver, taker, 10) for giver, taker in ("ab", "ac", "ab", "ac")))

    assert [await one.till.balance_fen(key) for key in "abc"] == [60, 20, 20]
    with pytest.raises(WrongState):
        await one.till.move(call(), "b", "c", 21)
    with pytest.raises(NotFound):
        await one.till.move(call(), "a", "nobody", 60)
    assert [await one.till.balance_fen(key) for key in "abc"] == [60, 20, 20]


async def test_moves_in_both_directions_do_not_wait_for_each_other_for_ever(one: Example) -> None:
    for key in "ab":
        await one.till.open(call(), key)
        await one.till.receive(call(), key, 100)
    await asyncio.gather(*(one.till.move(call(), *pair, 1) for pair in ("ab", "ba") * 20))

    assert [await one.till.balance_fen(key) for key in "ab"] == [100, 100]


async def test_processes_that_race_on_one_account_lose_nothing(database: str) -> None:
    async with processes(database, 3) as every:
        await every[0].till.open(call(), "a")
        await asyncio.gather(*(_received(one.till, n) for n in range(30) for one in every))

        assert await every[1].till.balance_fen("a") == 90
        assert len(await stored(every[0])) == 91


async def _received(till: Till, n: int) -> None:
    """Tries again, with the same key, as a client does who is told that many are at it."""
    command = call()
    while True:
        with contextlib.suppress(Unavailable):
            await till.receive(command, "a", 1)
            return


async def test_accounts_stay_within_their_means_when_processes_race(database: str) -> None:
    async with processes(database, 3) as every:
        await every[0].till.open(call(), "a")
        await every[0].till.receive(call(), "a", 10)
        paid = await asyncio.gather(
            *(one.till.pay_out(call(), "a", 1) for _ in range(10) for one in every), return_exceptions=True
        )

        assert sum(not isinstance(p, Exception) for p in paid) == 10
        assert {type(p) for p in paid if isinstance(p, Exception)} == {WrongState}
        assert await every[2].till.balance_fen("a") == 0


async def test_a_refusal_is_recorded_before_it_is_told_and_told_again_the_same(one: Example) -> None:
    await one.till.open(call(), "a")
    told: list[Refused] = []
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await one.till.refuse(call("x"), "a")
        told.append(refused.value)

    assert told[0].body() == told[1].body()
    assert await stored(one) == ["AccountOpened.1", "ActRefused.1"]
    await one.settled()
    facts = await one.running.parts.facts.of("yiyang", "case/a")
    assert {f.type for f in facts} == {"AccountOpened", "ActRefused"}
    assert next(f.data for f in facts if f.type == "ActRefused") == {
        "act": "pay_out",
        "rule": "example.1",
        "lacking": ["leave"],
        "wanted_by": "chief",
    }


async def test_one_refused_command_sent_twice_at_once_is_refused_twice_and_recorded_once(database: str) -> None:
    async with processes(database, 2) as every:
        await every[0].till.open(call(), "a")
        outcomes = await asyncio.gather(
            *(one.till.refuse(call("x"), "a") for one in every for _ in range(5)), return_exceptions=True
        )
        assert {type(o) for o in outcomes} == {Refused}
        assert await stored(every[0]) == ["AccountOpened.1", "ActRefused.1"]


async def test_other_problems_record_nothing(one: Example) -> None:
    with pytest.raises(NotFound):
        await one.till.receive(call("x"), "a", 1)
    assert await stored(one) == []
    await one.till.open(call(), "a")
    await one.till.receive(call("x"), "a", 1)


async def test_a_nul_byte_is_the_commands_own_fault(one: Example) -> None:
    await one.till.open(call(), "a")
    bad, good = await asyncio.gather(
        one.till.open(call(), "a\0b"), one.till.receive(call(), "a", 1), return_exceptions=True
    )
    assert isinstance(bad, Exception)
    assert not isinstance(bad, Problem)
    assert not isinstance(good, Exception)
    assert await one.till.balance_fen("a") == 1


async def test_an_event_past_256_kib_is_refused(one: Example) -> None:
    await one.till.open(call(), "a")
    with pytest.raises(TooLarge, match="262144 bytes"):
        await one.till.change(
            call(), Account, "a", lambda a: a.record(PaidOut, payout_id="x" * 256 * 1024, amount_fen=1)
        )
    assert await stored(one) == ["AccountOpened.1"]


async def test_a_stream_is_as_long_as_it_may_be(one: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    assert domain.MAX_STREAM_EVENTS == 10_000
    monkeypatch.setattr(domain, "MAX_STREAM_EVENTS", 3)
    await one.till.open(call(), "a")
    await one.till.receive(call(), "a", 1)
    await one.till.receive(call(), "a", 1)
    with pytest.raises(TooLarge, match="3 events"):
        await one.till.receive(call(), "a", 1)
    await one.till.open(call(), "b")
    assert await one.till.balance_fen("a") == 2


async def test_the_cache_is_bounded(one: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_application, "MAX_CACHED_AGGREGATES", 10)
    await asyncio.gather(*(one.till.open(call(), f"a{n}") for n in range(50)))
    assert len(one.till._cache) == 10
    await one.till.receive(call(), "a0", 1)
    assert await one.till.balance_fen("a0") == 1


async def test_how_far_the_command_stands_is_where_its_last_event_stands(one: Example) -> None:
    opened = await one.till.open(call(), "a")
    received = await one.till.receive(call(), "a", 100)
    await one.till.open(call(), "b")
    moved = await one.till.move(call(), "a", "b", 1)

    assert [opened.position, received.position, moved.position] == [1, 2, 5]
