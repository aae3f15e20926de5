"""Timers: durable, fired once, in order, whatever happens in between."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.call import Call
from kernel.clock import MachineClock, SimulatedClock
from kernel.log import WrongLog
from kernel.problems import Unavailable, WrongState
from kernel.timers import Timer
from kernel.tracing import Telemetry
from tests.kernel_example import LOG, START, Example, Till, call, example, until
from tests.spans import Memory

HOUR = timedelta(hours=1)


async def receive(till: Till, by: Call, data: dict[str, Any]) -> None:
    await till.receive(by, data["account"], data["amount_fen"])


async def refuse(_: Till, __: Call, ___: dict[str, Any]) -> None:
    raise WrongState("not now")


async def fail(_: Till, __: Call, ___: dict[str, Any]) -> None:
    raise ZeroDivisionError


TIMERS = {"receive": receive, "refuse": refuse, "fail": fail}


def timer(name: str, due: datetime = START + HOUR, command: str = "receive", amount_fen: int = 1) -> Timer:
    return Timer(name, due, command, {"account": "a", "amount_fen": amount_fen})


async def outcomes(one: Example) -> dict[str, str | None]:
    return dict(await one.log.pool.fetch(f"SELECT id, outcome FROM {LOG}.timers"))


async def fire(one: Example) -> int:
    return await one.running.parts.timers.fire_due(one.till)


async def test_a_timer_fires_once_when_it_is_due(database: str) -> None:
    clock = SimulatedClock(START)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t"), call().by)
        await one.till.timers.set(timer("t", amount_fen=50), call().by)
        assert await one.till.timers.next_due() == START + HOUR
        assert await fire(one) == 0
        clock.move_to(START + HOUR)
        await fire(one)
        await until(lambda: _all_fired(one))
        assert await one.till.balance_fen("a") == 1
        assert await one.till.timers.next_due() is None


async def _all_fired(one: Example) -> bool:
    return all((await outcomes(one)).values())


async def test_a_timer_outlives_a_restart_and_fires_by_itself(database: str) -> None:
    clock = SimulatedClock(START)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t"), call("cause").by)
    clock.move_to(START + 2 * HOUR)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await until(lambda: _all_fired(one))
        assert await one.till.balance_fen("a") == 1
        _, state = (await one.log.stream("example/a"))[-1]
        assert b'"command_id":"timer-t","correlation_id":"cause","causation_id":"cause"' in state


async def test_a_crash_between_firing_and_marking_has_no_second_effect(database: str) -> None:
    clock = SimulatedClock(START + HOUR)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t"), call().by)
        await until(lambda: _all_fired(one))
        await one.log.pool.execute(f"UPDATE {LOG}.timers SET outcome = NULL")
    async with example(database, clock=clock, timers=TIMERS) as one:
        await until(lambda: _all_fired(one))
        assert await one.till.balance_fen("a") == 1


async def test_timers_fire_in_order_and_one_that_fails_stops_no_other(database: str) -> None:
    clock = SimulatedClock(START)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await one.till.open(call(), "a")
        for n, command in enumerate(["receive", "fail", "receive", "refuse", "receive"]):
            await one.till.timers.set(timer(f"t{4 - n}", START - n * HOUR, command, 10**n), call().by)
        await until(lambda: _all_fired(one))

        assert await outcomes(one) == {
            "t4": "done", "t3": "failed: ZeroDivisionError", "t2": "done", "t1": "refused: wrong-state", "t0": "done",
        }  # fmt: skip
        events = await one.log.stream("example/a")
        assert [e for _, e in events if b'"amount_fen":10000' in e] == [events[1][1]], "the earliest came first"


async def test_a_timer_that_is_not_wanted_any_more_does_not_fire(database: str) -> None:
    clock = SimulatedClock(START)
    async with example(database, clock=clock, timers=TIMERS) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t"), call().by)
        await one.till.timers.drop("t")
        clock.move_to(START + 2 * HOUR)
        assert await fire(one) == 0
        assert await one.till.balance_fen("a") == 0


async def test_a_timer_waits_for_the_database_to_come_back(database: str) -> None:
    tries: list[str] = []

    async def away_at_first(till: Till, by: Call, data: dict[str, Any]) -> None:
        tries.append(by.by.command_id)
        if len(tries) == 1:
            raise Unavailable("away")
        await receive(till, by, data)

    clock = SimulatedClock(START + HOUR)
    async with example(database, clock=clock, timers={"receive": away_at_first}) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t"), call().by)
        await until(lambda: _all_fired(one))
        assert (tries, await one.till.balance_fen("a")) == (["timer-t"] * 2, 1)


async def test_a_service_whose_timers_have_failed_for_good_is_not_ready(database: str) -> None:
    async with example(database) as one:
        assert await one.running.waits_for() == []

        await one.host.pool.execute(f"DROP TABLE {LOG}.timers")

        await until(one.running.waits_for)
        assert await one.running.waits_for() == ["a task that has failed"]


async def test_a_timer_without_a_command_cannot_be_set(database: str) -> None:
    async with example(database, timers=TIMERS) as one:
        with pytest.raises(ValueError, match="no timer command is called nothing"):
            await one.till.timers.set(timer("t", command="nothing"), call().by)


async def test_a_service_whose_log_a_simulated_clock_wrote_refuses_the_machines(database: str) -> None:
    async with example(database) as one:
        await one.till.open(call(), "a")
    with pytest.raises(WrongLog, match="'funds' was written under a simulated clock; a machine clock may not"):
        async with example(database, clock=MachineClock()):
            pass


async def test_a_timer_begins_a_trace_of_its_own(database: str) -> None:
    memory = Memory()
    async with example(database, timers=TIMERS, telemetry=Telemetry(tracing=memory.tracing)) as one:
        await one.till.open(call(), "a")
        await one.till.timers.set(timer("t", due=START), call().by)
        await until(lambda: _all_fired(one))
    [fired] = [span for span in memory.spans if span.name == "timer receive"]
    assert fired.parent == ""
    assert [span.parent for span in memory.spans if span.name == "append" and span.trace == fired.trace] == [fired.id]
