"""The six services together: how a caller follows them, what they say of themselves, and what a flow leaves behind."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog

from infra.host import SERVICES
from kernel.http import command_id_of
from tests import papers
from tests.services import Bench, bench, person
from tests.walks import Walk, both, introduced, system

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVERY = tuple(SERVICES)


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


async def read(b: Bench, service: str, who: str = "director", **query: Any) -> dict[str, Any]:
    return await b.get(service, "/events", who=who, params=query)


# -- health


async def test_a_service_is_ready_once_it_knows_the_policy_of_every_court(database: str) -> None:
    async with bench(database, list(SERVICES.values())) as b:
        for service in EVERY:
            assert await b.get(service, "/health/live", who="clerk") == {"status": "live"}
            answer = await b.call("GET", service, "/health/ready", who="clerk")
            assert answer.status_code == 503
            assert answer.json() == {"status": "waiting", "waits_for": ["the policy of court yiyang"]}
        await introduced(b)
        for service in EVERY:
            assert await b.get(service, "/health/ready", who="clerk") == {"status": "ready", "waits_for": []}


# -- the feed of events


async def test_the_events_of_a_service_can_be_followed_page_by_page(b: Bench) -> None:
    await both(b)
    for service in EVERY:
        whole = (await read(b, service, limit=1000, court="yiyang"))["events"]
        assert whole, service
        found, after = [], 0
        while (page := await read(b, service, after=after, limit=2))["events"]:
            assert {e["position"] for e in page["events"]} <= set(range(after + 1, page["next"] + 1))
            found, after = [*found, *page["events"]], page["next"]
        assert found == whole
        assert (await read(b, service, after=after)) == {"events": [], "next": after}
        assert len({e["id"] for e in whole}) == len(whole)
        assert [e["recordedat"] for e in whole] == sorted(e["recordedat"] for e in whole)


async def test_who_waits_for_events_is_told_as_soon_as_there_is_one(b: Bench) -> None:
    end = (await read(b, "intake", limit=1000))["next"]
    assert (await read(b, "intake", after=end, wait=0.05))["events"] == []
    waiting = asyncio.create_task(read(b, "intake", after=end, wait=30))
    await asyncio.sleep(0)
    await papers.receive(b)
    async with asyncio.timeout(10):  # well before the 30 seconds are over
        [event] = (await waiting)["events"]
    assert event["type"] == "zhixing.ApplicationReceived.v1"


@pytest.mark.parametrize(
    ("query", "status"),
    [("court=horqin", 403), ("after=-1", 422), ("after=x", 422), ("after=" + "9" * 30, 422), ("limit=0", 422),
     ("limit=1001", 422), ("wait=31", 422), ("wait=nan", 422)],
)  # fmt: skip
async def test_a_wrong_question_for_events_is_answered_plainly(b: Bench, query: str, status: int) -> None:
    for service in EVERY:
        answer = await b.call("GET", service, f"/events?{query}", who="director")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert "horqin" not in answer.text


# -- reading one's own writes


async def test_a_service_that_has_not_seen_what_the_caller_saw_says_so(b: Bench) -> None:
    account = {"json": {}, "who": "funds_officer"}
    for service in EVERY:
        ahead = {"zhixing-after": f"{service}:{10**9}"}
        answer = await b.call("POST", "funds", "/cases/yiyang-1/account", headers=ahead, **account)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), service
        assert answer.json()["detail"] == f"the events of {service} have not arrived that far yet"
    assert (await read(b, "funds"))["events"] == []


async def test_a_position_that_was_answered_can_be_waited_for_anywhere(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    deduct = {"kind": "deduct", "asset_id": "", "channel": "online", "amount_fen": 1}
    [found] = (await walk.see("asset-control", "/assets"))["assets"]
    case = f"/cases/{walk.case.case_id}"
    taken = await b.call(
        "POST", "asset-control", f"{case}/measures", who=walk.judge, json=deduct | {"asset_id": found["id"]}
    )
    seen = taken.headers["zhixing-position"]
    assert re.fullmatch(r"asset-control:[1-9][0-9]*", seen)
    await b.settle()
    note = {"marks": {"easy": True}}
    after = {"zhixing-after": f"{seen}, intake:1"}
    await b.post("intake", f"{case}/notes", note, who=walk.judge, headers=after)


@pytest.mark.parametrize("after", ["", "intake", "intake:", "intake:-1", "intake:x", "nobody:1", "intake:1,,funds:1",
                                   "intake:" + "9" * 40])  # fmt: skip
async def test_a_position_that_is_none_is_refused(b: Bench, after: str) -> None:
    answer = await b.call("POST", "funds", "/cases/yiyang-1/account", who="funds_officer", json={},
                          headers={"zhixing-after": after})  # fmt: skip
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.zhixing-after"


# -- what caused what


async def test_a_trace_and_its_causes_go_through_a_chain_of_reactions(b: Bench) -> None:
    # given a case whose enquiry is open
    walk = Walk(b)
    await walk.file()
    await b.settle()
    # when its answer is recorded within a caller's trace
    enquiry = (await walk.see("asset-control", "/enquiries", who="enquiry_officer"))[0]["enquiry_id"]
    body = {"scope": ["deposit"], "result": "found", "assets": [walk.deposit()]}
    path = f"enquiries/{enquiry}/answer"
    await walk.do("enquiry_officer", "asset-control", path, body, key="the answer", headers={"traceparent": TRACE})
    await b.settle()
    # then what it caused belongs to the same flow and trace, and names its own cause
    events = {e["type"].split(".")[1]: e for e in await b.events("asset-control", walk.case.subject)}
    answered, found, taken = (events[name] for name in ("EnquiryAnswered", "AssetsFound", "MeasureTaken"))
    command = command_id_of(person("enquiry_officer"), "the answer")
    assert [e["causationid"] for e in (answered, found, taken)] == [command, command, found["id"]]
    assert {e["correlationid"] for e in (answered, found, taken)} == {command}
    assert {e["traceparent"] for e in (answered, found, taken)} == {TRACE}


async def test_one_filing_is_the_beginning_of_all_that_follows_from_it(b: Bench) -> None:
    walk = Walk(b)
    await walk.file()
    await b.settle()
    [filed] = await b.events("intake", walk.case.subject, "CaseFiled")
    followed = [
        *await b.events("funds", walk.case.subject),
        *await b.events("asset-control", walk.case.subject),
        *await b.events("intake", walk.case.subject, "MatterAsked"),
    ]
    assert len(followed) == 3
    for event in followed:
        assert (event["causationid"], event["correlationid"]) == (filed["id"], filed["correlationid"])
        assert (event["actor"], event["traceparent"]) == ("system", filed["traceparent"])
        assert event["time"] == event["recordedat"]


@pytest.mark.parametrize("given", ["", "x", TRACE.upper(), TRACE + "-00", "00-" + "0" * 70])
async def test_a_trace_that_is_none_is_replaced_by_one(b: Bench, given: str) -> None:
    await b.post("intake", "/applications", papers.application(), who="filing_officer", headers={"traceparent": given})
    [event] = await b.events("intake")
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", event["traceparent"])
    assert event["traceparent"] != given


# -- logs


async def test_logs_tell_of_cases_and_commands_and_of_nobody(b: Bench) -> None:
    with structlog.testing.capture_logs() as lines:
        walk = Walk(b)
        await walk.file()
        await b.settle()
        await walk.send_forms()
        await walk.answer(walk.deposit())
        await walk.prepare()
        bad = papers.application(parties=[papers.debtor(phones=papers.DEBTOR_PHONE)])
        await b.refused(422, "intake", "/applications", bad, who="filing_officer")
    commands = {line["command"]: line for line in lines if line["event"] == "command"}
    assert {"file_case", "draft", "sign", "send", "record_answer", "record_pre_step"} <= commands.keys()
    for name, line in commands.items():
        assert re.fullmatch("[0-9a-f-]{32,36}", line["command_id"]), name
        assert re.fullmatch("[0-9a-f]{32}", line["trace"]), name
    assert commands["file_case"]["case_id"] == walk.case.case_id
    written = str(lines)
    assert [text for text in papers.PERSONAL if text in written] == []
