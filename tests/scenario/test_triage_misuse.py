"""Commands out of order, by the wrong people, or with a body that cannot be taken: refused, and nothing recorded."""

from collections.abc import AsyncIterator

import pytest

from tests.handling import (
    APPROVE,
    ASK,
    CASE,
    PASSED,
    PRE_STEPS,
    closing,
    commands,
    filed,
    form_documents_sent,
    handover,
    in_a_fast_team,
    pre_step,
    prepared,
    triage,
)
from tests.services import Bench, installation


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


async def test_an_unknown_case_takes_no_command_and_nothing_is_recorded(b: Bench) -> None:
    before = await b.names("triage")
    for path, body, who in commands("yiyang-nobody"):
        answer = await b.call("POST", "triage", path, who="f1-judge" if who == "handler" else who, json=body)
        assert answer.status_code in (403, 404), path
    assert (await b.call("GET", "triage", "/cases/yiyang-nobody", who="director")).status_code == 404
    assert (await b.call("GET", "triage", "/approvals/yiyang-nothing", who="director")).status_code == 404
    await b.refused(404, "triage", "/handovers/yiyang-nothing/accept", who="f1-judge")
    await b.refused(404, "triage", "/approvals/yiyang-nothing/decide", APPROVE, who="chief")
    assert await b.names("triage") == before


async def test_commands_out_of_order_are_refused(b: Bench) -> None:
    await filed(b)
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover("fast_1"), who="director")
    await b.refused(409, "triage", f"/cases/{CASE}/assignments", {"stage": "second"}, who="director")
    await prepared(b)
    await b.refused(409, "triage", f"/cases/{CASE}/assignments", {"stage": "first"}, who="director")
    await b.refused(422, "triage", f"/cases/{CASE}/assignments", {"stage": "returned"}, who="director")


async def test_the_same_command_again_gets_the_same_answer_and_assigns_once(b: Bench) -> None:
    await filed(b)
    for kind in PRE_STEPS:
        await pre_step(b, kind)
    await form_documents_sent(b, CASE)
    await b.settle()
    problem = {"stage": "first"}
    first, again = [
        await b.call("POST", "triage", f"/cases/{CASE}/assignments", who="director", json=problem, key="once")
        for _ in range(2)
    ]
    assert (first.status_code, first.content) == (again.status_code, again.content) == (409, first.content)
    assert (await b.names("triage", f"case/{CASE}")).count("ActRefused") == 1


BAD = {
    "a stage that does not exist": ("routes", {"stage": "third"}, "director"),
    "a field that does not exist": ("assignments", {"stage": "first", "team": "fast_1"}, "director"),
    "a check that is no pre-step": ("pre-steps", {"kind": "arrival_confirmed", **PASSED}, "director"),
    "a result of another type": ("pre-steps", {"kind": "contacts", "result": 1, "lacking": []}, "director"),
    "a negative amount": (
        "performances", {"kind": "paid", "amount_fen": -1, "full": True, "on_the_spot": False}, "director"),
    "a huge amount": (
        "performances", {"kind": "paid", "amount_fen": 2**63, "full": True, "on_the_spot": False}, "director"),
    "an amount in words": (
        "performances", {"kind": "paid", "amount_fen": "1", "full": True, "on_the_spot": False}, "director"),
    "a time in the future": ("routes", {"stage": "first", "at": "2027-01-01T00:00:00Z"}, "director"),
    "a time without zone": ("routes", {"stage": "first", "at": "2026-01-01T00:00:00"}, "director"),
    "a NUL byte": ("assignments/manual", {"handler": "yiyang-f1\x00"}, "f1-judge"),
    "no body": ("routes", [], "director"),
    "a way that does not exist": ("closing", closing("lost"), "f1-judge"),
    "a day that does not exist": ("closing", closing("withdrawn", closed_on="2026-02-30"), "f1-judge"),
    "an approval for an unknown act": ("approvals", {**ASK, "act": "nonsense"}, "f1-judge"),
}  # fmt: skip


async def test_bad_input_is_told_apart_and_leaves_no_trace(b: Bench) -> None:
    await filed(b)
    before = await b.names("triage")
    for name, (path, body, who) in BAD.items():
        problem = await b.refused(422, "triage", f"/cases/{CASE}/{path}", body, who=who)
        assert problem["errors"][0]["field"].startswith("body"), name
    assert await b.names("triage") == before


async def test_a_closing_in_the_future_or_a_post_that_is_none_is_refused(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    body = closing("withdrawn", closed_on="2026-03-03")
    problem = await b.refused(422, "triage", f"/cases/{CASE}/closing", body, who=judge)
    assert problem["errors"][0]["field"] == "body.closed_on"
    posting = {"team": "fast_1", "post": "handler", "reason": "appointed"}
    await b.refused(422, "triage", "/members/yiyang-f1-clerk/postings", posting, who="chief")
    await b.refused(422, "triage", "/members/yiyang-f1-clerk/postings", {**posting, "post": "clerk", "team": "none"},
                    who="chief")  # fmt: skip


async def test_deep_nesting_and_malformed_json_are_refused(b: Bench) -> None:
    await filed(b)
    path, headers = f"/cases/{CASE}/routes", {"content-type": "application/json"}
    for content, status in (
        (b"[" * 10_000, 400),
        (b"{", 400),
        (b'{"stage": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 422),
    ):
        answer = await b.call("POST", "triage", path, who="director", content=content, headers=headers)
        assert answer.status_code in (400, status), answer.text
    assert await b.names("triage") == ["MemberPosted"] * len(installation().principals("yiyang"))


async def test_only_the_posts_a_command_is_for_may_give_it(b: Bench) -> None:
    await filed(b)
    for path, body, _ in commands():
        if not path.endswith("closing"):
            await b.refused(403, "triage", path, body, who="finance_officer")
