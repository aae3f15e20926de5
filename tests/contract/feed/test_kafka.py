"""What only a broker, its topics and its groups can do to a feed: nothing is lost, nothing comes out of order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.examples import examples
from kernel.embedded import Tails
from kernel.feed import EVERY_LANE, REFERENCE_LANE, Event
from kernel.kafka import feed as kafka_feed
from kernel.kafka import relay as kafka_relay
from kernel.kafka.carrier import Kafka
from kernel.kafka.wire import MAX_RECORD_BYTES, PARTITIONS, Topics
from kernel.tracing import Telemetry
from tests.contract.feed.world import MakesCarrier, Taker, World, envelope, is_in_order, take_all, taking
from tests.integration.kernel.test_reactions import Behaviour, accounts, append_odd, parked, pay, reaction
from tests.kafka import Broker, records
from tests.kernel_example import COURT, call, example, until

pytestmark = pytest.mark.kafka


@contextlib.asynccontextmanager
async def administering(broker: Broker) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def reset_offsets(broker: Broker, group: str, topic: str) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    every = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer.assign(every)
    await consumer.commit(dict.fromkeys(every, 0))
    await consumer.stop()


async def make_anew(broker: Broker, topic: str, partitions: int) -> None:
    async with administering(broker) as admin:
        await admin.delete_topics([topic])
        async with asyncio.timeout(20):
            while True:
                made = await admin.create_topics([NewTopic(topic, partitions, 1)])
                if made.topic_errors[0][1] == 0:
                    return
                await asyncio.sleep(0.05)


def distinct(events: Sequence[Event]) -> list[Event]:
    return list({event.id: event for event in events}.values())


async def test_a_record_is_a_cloud_event_with_its_key_and_its_place(k: World, kafka: Broker, prefix: str) -> None:
    async with k.both() as (_, feed):
        told = envelope("case/yiyang-1")
        position = await k.append("intake", told)
        await take_all(feed, await k.heads())
    [record] = await records(kafka.bootstrap, Topics(prefix).cases)
    assert record.key == b"yiyang/case/yiyang-1"
    assert dict(record.headers)["content-type"] == b"application/cloudevents+json; charset=UTF-8"
    assert dict(record.headers)["zhixing-link"] == f"intake {told['slot']} {position} 0 1 1".encode()
    assert record.partition == told["slot"] % PARTITIONS


# -- offsets and topics


async def test_offsets_reset_to_zero_bring_nothing_twice(k: World, kafka: Broker, prefix: str) -> None:
    async with k.both() as (_, feed):
        await k.publish("intake", 100)
        await take_all(feed, await k.heads())
    await reset_offsets(kafka, f"{prefix}.triage", Topics(prefix).cases)
    async with k.both() as (_, feed):
        await k.publish("intake", 20)
        again = await take_all(feed, await k.heads())
    assert sorted(again.positions("intake")) == list(range(101, 121))


@pytest.mark.parametrize("partitions", [5, PARTITIONS, 20])
async def test_a_topic_made_anew_while_a_consumer_lags(
    k: World, kafka: Broker, prefix: str, partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fewer, as many and more partitions: what had not been taken comes from the log again, in order."""
    monkeypatch.setattr(kafka_feed, "READ_AGAIN_EVERY_S", 1.0)
    monkeypatch.setattr(kafka_feed, "QUIET_S", 0.5)
    async with k.both() as (_, feed), taking(feed) as taker:
        await k.publish("intake", 100)
        heads = await k.heads()
        await until(lambda: taker.has_seen(heads))
        taker.may_go_on.clear()
        await k.publish("intake", 300)
        await until(lambda: taker.is_held_up)
        await make_anew(kafka, Topics(prefix).cases, partitions)
        await k.publish("intake", 100)
        taker.may_go_on.set()
        heads = await k.heads()
        await until(lambda: taker.has_seen(heads))
    assert {event.position for event in taker.events} == set(range(1, 501))
    assert is_in_order(distinct(taker.events))


async def test_reference_data_made_anew_come_again_to_who_lacks_them(
    k: World, kafka: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_feed, "READ_AGAIN_EVERY_S", 1.0)
    async with k.both() as (_, feed), taking(feed) as taker:
        for n in range(5):
            await k.append("intake", posted(n))
        heads = await k.heads()
        await until(lambda: taker.has_seen(heads))
        await make_anew(kafka, Topics(prefix).reference, 1)
        await k.append("intake", posted(5))
        heads = await k.heads()
        await until(lambda: taker.has_seen(heads))
    assert taker.positions("intake") == [1, 2, 3, 4, 5, 6]


def posted(number: int) -> dict[str, Any]:
    return envelope(f"member/{COURT}-m{number}", "MemberPosted", data=examples()["MemberPosted"])


async def test_what_others_produce_into_our_topics_is_left_alone(k: World, kafka: Broker, prefix: str) -> None:
    async with k.both() as (_, feed):
        await k.publish("intake", 20)
        await take_all(feed, await k.heads())
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        for topic in Topics(prefix).cases, Topics(prefix).reference, Topics(prefix).progress:
            await producer.send_and_wait(topic, b"{", key=b"x", headers=[("zhixing-link", b"nonsense")])
            await producer.send_and_wait(topic, b"[]", key=b"x")
        await producer.stop()
        await k.publish("intake", 20)
        again = await take_all(feed, await k.heads())
    assert sorted(again.positions("intake")) == list(range(21, 41))


# -- relays


async def test_a_relay_killed_between_produce_and_position_only_repeats(
    k: World, kafka: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> None:
        """Killed before it could be stored."""

    with monkeypatch.context() as killed:
        killed.setattr(kafka_relay.Relay, "_store_one", lost)
        async with k.both() as (_, feed):
            await k.publish("intake", 100)
            first = await take_all(feed, await k.heads())
    async with k.both() as (_, feed):
        await k.publish("intake", 20)
        again = await take_all(feed, await k.heads())
    assert sorted(first.positions("intake") + again.positions("intake")) == list(range(1, 121))
    assert len(await records(kafka.bootstrap, Topics(prefix).cases)) == 220


async def test_a_relay_killed_between_two_events_of_one_position_loses_neither(
    k: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    add, send = kafka_relay.Batch.add, kafka_relay.Batch.send

    def adds_one(self: Any, record: Any, told: Any) -> bool:
        return self._records.record_count() == 0 and add(self, record, told)

    async def dies(self: Any) -> Any:
        sent.append(self._partition)
        if len(sent) == 2:
            await self._producer.flush()
            raise ConnectionResetError
        return await send(self)

    monkeypatch.setattr(kafka_relay.Batch, "add", adds_one)
    monkeypatch.setattr(kafka_relay.Batch, "send", dies)
    async with k.both() as (_, feed):
        await k.append("intake", envelope("case/a"), envelope("case/a"), envelope("case/b"))
        taken = await take_all(feed, await k.heads())
    assert len(sent) == 2 + 3
    assert sorted((event.subject, len(unit.events)) for unit in taken.units for event in unit.events) == [
        ("case/a", 2),
        ("case/a", 2),
        ("case/b", 1),
    ]


async def test_of_two_relays_of_a_log_one_is_at_work(k: World, kafka: Broker, prefix: str) -> None:
    async with k.service("intake"), k.service("intake"), k.service("triage") as feed:
        await k.publish("intake", 100)
        await take_all(feed, await k.heads())
    assert len(await records(kafka.bootstrap, Topics(prefix).cases)) == 100


async def test_a_process_that_is_paused_does_not_keep_its_relays_turn(
    k: World, kafka: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_relay, "TURN_S", 3)
    grown = Tails(k.pool, ["intake"]).tails["intake"].grown
    paused = kafka_relay.Relay(kafka.bootstrap, Topics(prefix), k.pool, "intake", grown, Telemetry())
    async with paused._at_work(), k.both() as (_, feed):  # it has its turn, and says nothing any more
        await k.publish("intake", 20)
        taken = await take_all(feed, await k.heads())
    assert sorted(taken.positions("intake")) == list(range(1, 21))


async def test_an_event_too_large_for_kafka_parks_its_subject_and_no_other(
    database: str, over_kafka: MakesCarrier
) -> None:
    behaviour = Behaviour()
    async with example(database, carrier=over_kafka, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "a", {"data": {"text": "x" * MAX_RECORD_BYTES}})
        await pay(one, "a", "p1")
        await pay(one, "b", "q1")
        assert behaviour.seen == ["q1"]
        assert await parked(one) == [
            ("case/a", "follows a parked event"),
            ("case/a", "the envelope is wrong in data"),
        ]


# -- groups


async def test_slots_change_hands_while_events_flow(k: World) -> None:
    """A second and a third process come, one goes: together they take everything, each subject in order."""
    async with k.service("intake"), k.service("triage") as first, taking(first) as one:
        publishing = asyncio.create_task(publish_slowly(k, 40))
        await until(lambda: one.units)
        async with k.service("triage") as second, taking(second) as other:
            await until(lambda: other.units)
            async with k.service("triage") as third, taking(third) as last:
                await until(lambda: last.units)
            await publishing
            heads = await k.heads()
            await until(lambda: one.has_seen(heads) and other.has_seen(heads))
    taken = [one, other, last]
    assert {position for each in taken for position in each.positions("intake")} == set(range(1, 801))
    assert all(is_in_order(distinct(each.events)) for each in taken)
    assert all(len(each.units) < 800 for each in taken)


async def publish_slowly(k: World, times: int) -> None:
    for _ in range(times):
        await k.publish("intake", 20)
        await asyncio.sleep(0.1)


async def test_every_process_of_a_group_reads_reference_data_whole(k: World) -> None:
    async with (
        k.service("intake"),
        k.service("triage") as first,
        k.service("triage") as second,
        taking(first) as one,
        taking(second) as other,
    ):
        for n in range(10):
            await k.append("intake", posted(n))
        await until(lambda: [len(each.events) for each in (one, other)] == [10, 10])
        await until(lambda: all(len(each.lanes()) > 1 for each in (first, second)))
        assert first.lanes() | second.lanes() == EVERY_LANE
        assert first.lanes() & second.lanes() == {REFERENCE_LANE}
        await k.publish("intake", 200)
        heads = await k.heads()
        await until(lambda: one.has_seen(heads) and other.has_seen(heads))
        cases = [cases_of(each) for each in (one, other)]
        assert all(cases)
        assert len(cases[0] | cases[1]) == 200


def cases_of(taker: Taker) -> set[int]:
    return {event.position for event in taker.events if not event.is_reference}


# -- load and absence


async def test_what_waits_for_a_slow_consumer_stays_in_kafka(k: World) -> None:
    async with k.both() as (_, feed), taking(feed) as taker:
        await k.append("intake", envelope("case/first"))
        await until(lambda: taker.units)
        taker.may_go_on.clear()
        for n in range(80):
            await k.append("intake", envelope(f"case/{n}", data={"text": "x" * 500_000}))
        await until(lambda: taker.is_held_up)
        fetched = [r for r in feed._cases._fetcher._records.values() if hasattr(r, "_partition_records")]
        waiting = sum(each._partition_records._records.size_in_bytes() for each in fetched)
        assert waiting <= PARTITIONS * kafka_feed.FETCH_BYTES_OF_A_PARTITION
        taker.may_go_on.set()
        heads = await k.heads()
        await until(lambda: taker.has_seen(heads))
        assert len(taker.units) == 81


async def test_the_broker_goes_away_and_comes_back(database: str, kafka: Broker, prefix: str) -> None:
    """For 20 seconds. Commands go on, their events come once it is back."""
    behaviour = Behaviour()

    def over(pool: Any, tails: Tails) -> Kafka:
        return Kafka(f"{kafka.bootstrap}/{prefix}", pool, tails)

    async with example(database, carrier=over, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p0")
        away = asyncio.create_task(asyncio.to_thread(kafka.away, 20))
        paid = 0
        while not away.done():
            paid += 1
            await one.till.receive(call(), "a", 100, f"p{paid}")
            await asyncio.sleep(1)
        await away
        await until(lambda: len(set(behaviour.seen)) == paid + 1)
        assert behaviour.seen == [f"p{n}" for n in range(paid + 1)]
        await one.settled()
        assert await parked(one) == []
