"""案款: money in, allocated, approved by the chain of the pack, and paid out."""

from collections.abc import AsyncIterator

import pytest

from contracts.families import HandoverAccepted
from contracts.intake import PartiesChanged
from funds.service import SERVICE as FUNDS
from tests.contract.samples import golden
from tests.services import VERSION, Bench, bench
from tests.told import CASE, CREDITOR, DEBTOR, HANDLER, filed

RECEIPT = {"payment_id": "yiyang-p1", "into": "case_account", "amount_fen": 8_600_000, "purpose": "deduction",
           "payer": "bank"}  # fmt: skip


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS]) as running:
        await filed(running)  # which opens its account
        await held_by_the_handler(running)
        yield running


async def held_by_the_handler(b: Bench) -> None:
    accepted = HandoverAccepted(
        handover_id="yiyang-h1", what="case", reason="first_assignment", from_team="affairs", from_post="director",
        to_team="fast_1", to_post="judge", items=(), pages=0, register_signed=True, to_member=f"yiyang-{HANDLER}",
    )  # fmt: skip
    await b.tell("triage", accepted, CASE, who=HANDLER)
    await b.settle()


async def with_money(b: Bench, **other: object) -> None:
    await b.post("funds", f"/cases/{CASE}/receipts", RECEIPT | other, who="funds_officer")


def line(fen: int, to: str = CREDITOR, purpose: str = "principal") -> dict[str, object]:
    return {"payment_id": "yiyang-p1", "to": to, "purpose": purpose, "amount_fen": fen}


async def allocated(b: Bench, *lines: dict[str, object]) -> str:
    body = {"lines": list(lines) or [line(8_500_000), line(100_000, "court", "enforcement_fee")]}
    return (await b.post("funds", f"/cases/{CASE}/allocations", body, who=HANDLER))["allocation_id"]


async def asked(b: Bench) -> str:
    body = {"act": "payout", "proposal": [], "amount_fen": 8_600_000, "evidence": []}
    return (await b.post("funds", f"/cases/{CASE}/approvals", body, who=HANDLER))["approval_id"]


async def decided(b: Bench, approval: str, who: str) -> None:
    await b.post("funds", f"/approvals/{approval}/decide", DECISION, who=who)


DECISION = {"decision": "approved", "in_person": True, "channel": "online"}


@pytest.mark.clause("Y16")
async def test_money_is_paid_out_after_the_handler_and_the_chief_approved(b: Bench) -> None:
    # given money in the case's account, allocated whole
    await with_money(b)
    allocation = await allocated(b)
    # when the chain of the pack, handler then chief, has approved, and the finance office pays creditor and court
    approval = await asked(b)
    await decided(b, approval, HANDLER)
    await decided(b, approval, "chief")
    body = {"allocation_id": allocation, "approval_id": approval}
    for way in ("transfer", "fee"):
        await b.post("funds", f"/cases/{CASE}/payouts", body | {"way": way}, who="finance_officer")
    # then every fen has left, and the payment is settled with the last
    assert (await b.get("funds", f"/cases/{CASE}/account", who=HANDLER))["held_fen"] == 0
    paid = [each["data"] for each in await b.events("funds", name="FundsPaidOut")]
    assert [each["settled_payments"] for each in paid] == [[], ["yiyang-p1"]]
    assert [each["amount_fen"] for each in paid] == [8_500_000, 100_000]


@pytest.mark.clause("Y16")
async def test_a_step_of_the_chain_belongs_to_its_post_and_the_refusal_is_a_fact(b: Bench) -> None:
    await with_money(b)
    approval = await asked(b)
    # when the chief decides while the handler's step is open
    problem = await b.refused(409, "funds", f"/approvals/{approval}/decide", DECISION, who="chief")
    # then the refusal names rule and post, and is recorded before the chief was told
    assert (problem["rule"], problem["wanted_by"]) == ("yiyang.a.payout", "handler")
    [refused] = await b.events("funds", name="ActRefused")
    assert refused["data"]["act"] == "decide_approval/payout"
    assert refused["actor"] == "yiyang-chief"
    # and what was asked and refused says by which version of the court's rules
    [asked_for] = await b.events("funds", name="ApprovalAsked")
    assert {(e["pack"], e["packversion"], e["ruleid"]) for e in (asked_for, refused)} == {
        ("yiyang", VERSION, "yiyang.a.payout")
    }


async def test_nothing_is_paid_without_an_approval_of_this_payout(b: Bench) -> None:
    await with_money(b)
    allocation, approval = await allocated(b), await asked(b)
    await decided(b, approval, HANDLER)
    body = {"allocation_id": allocation, "approval_id": approval, "way": "transfer"}
    await b.refused(409, "funds", f"/cases/{CASE}/payouts", body, who="finance_officer")
    assert await b.events("funds", name="FundsPaidOut") == []


async def test_a_retried_payout_is_answered_as_before_though_the_money_is_gone(b: Bench) -> None:
    await with_money(b)
    allocation, approval = await allocated(b), await asked(b)
    await decided(b, approval, HANDLER)
    await decided(b, approval, "chief")
    body = {"allocation_id": allocation, "approval_id": approval, "way": "transfer"}
    first = await b.post("funds", f"/cases/{CASE}/payouts", body, who="finance_officer", key="once")
    again = await b.post("funds", f"/cases/{CASE}/payouts", body, who="finance_officer", key="once")
    other = await b.refused(409, "funds", f"/cases/{CASE}/payouts", body, who="finance_officer", key="twice")
    assert first == again
    assert other["type"].endswith("wrong-state")
    assert len(await b.events("funds", name="FundsPaidOut")) == 1


async def test_more_than_is_left_of_a_payment_cannot_be_allocated(b: Bench) -> None:
    await with_money(b)
    await allocated(b, line(8_000_000))
    await b.refused(409, "funds", f"/cases/{CASE}/allocations", {"lines": [line(600_001)]}, who=HANDLER)
    await allocated(b, line(600_000))


@pytest.mark.parametrize(
    ("lines", "field", "reason"),
    [
        ([], "body.lines", "allocates nothing"),
        ([line(1), line(0)], "body.lines.1.amount_fen", "a line is more than nothing"),
        ([line(1, "yiyang-stranger")], "body.lines.0.to", "is neither a party of the case nor the court"),
        ([line(1), line(1, "Court")], "body.lines.1.to", "is neither a party of the case nor the court"),
    ],
)
async def test_money_goes_to_parties_of_the_case_and_the_court_only(
    b: Bench, lines: list[dict[str, object]], field: str, reason: str
) -> None:
    await with_money(b)
    problem = await b.refused(422, "funds", f"/cases/{CASE}/allocations", {"lines": lines}, who=HANDLER)
    assert problem["errors"] == [{"field": field, "reason": reason}]
    assert await b.events("funds", name="FundsAllocated") == []
    await allocated(b, line(1), line(1, DEBTOR, "surplus"), line(1, "court", "enforcement_fee"))


async def test_who_joins_the_case_can_be_paid_and_who_leaves_it_no_more(b: Bench) -> None:
    # given a new creditor in the place of the old one, by a ruling
    await with_money(b)
    joined = golden("CaseFiled")["parties"][0] | {"party_id": "yiyang-heir"}
    change = {"added": [joined], "removed": [CREDITOR], "ruling": "yiyang-d1", "on_application": True}
    await b.tell("intake", PartiesChanged.model_validate(change), CASE, who="filing_officer")
    await b.settle()
    # then the money is the new one's
    path = f"/cases/{CASE}/allocations"
    problem = await b.refused(422, "funds", path, {"lines": [line(1)]}, who=HANDLER)
    assert [e["field"] for e in problem["errors"]] == ["body.lines.0.to"]
    await allocated(b, line(1, "yiyang-heir"))


async def test_an_account_opened_twice_and_a_payment_told_twice_change_nothing(b: Bench) -> None:
    await b.post("funds", f"/cases/{CASE}/account", who="funds_officer")
    await with_money(b)
    await with_money(b)
    assert await b.names("funds") == ["AccountOpened", "FundsReceived"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"amount_fen": -1}, 422, "body.amount_fen"),
        ({"amount_fen": 0}, 422, "body.amount_fen"),
        ({"amount_fen": 10**30}, 422, "body.amount_fen"),
        ({"amount_fen": "many"}, 422, "body.amount_fen"),
        ({"payer": "nobody"}, 422, "body.payer"),
        ({"into": "main_account"}, 422, "body.into"),
        ({"payment_id": "a\x00b"}, 422, "body.payment_id"),
        ({"payment_id": "x" * 200}, 422, "body.payment_id"),
        ({"surprise": 1}, 422, "body.surprise"),
        ({"at": "2027-01-01T00:00:00Z"}, 422, "body.at"),
        ({"at": "2026-03-02T00:00:00"}, 422, "body.at"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_recorded(
    b: Bench, change: dict[str, object], status: int, field: str
) -> None:
    problem = await b.refused(status, "funds", f"/cases/{CASE}/receipts", RECEIPT | change, who="funds_officer")
    assert [e["field"] for e in problem["errors"]] == [field]
    assert "nobody" not in str(problem)
    assert await b.names("funds") == ["AccountOpened"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"\xff\xfe", 400), (b"[" * 10_000 + b"]" * 10_000, 400), (b"x" * (2 << 20), 413), (b"null", 422),
     (b'{"amount_fen": ' + b"9" * 5000 + b"}", 400)],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_a_clear_4xx(b: Bench, content: bytes, status: int) -> None:
    answer = await b.call("POST", "funds", f"/cases/{CASE}/receipts", who="funds_officer", content=content,
                          headers={"content-type": "application/json"})  # fmt: skip
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await b.names("funds") == ["AccountOpened"]


async def test_who_calls_decides_what_is_open(b: Bench) -> None:
    await with_money(b)
    path = f"/cases/{CASE}/receipts"
    await b.refused(403, "funds", path, RECEIPT, who="clerk")
    await b.refused(403, "funds", "/cases/shihe-case1/receipts", RECEIPT, who="funds_officer")
    await b.refused(403, "funds", f"/cases/{CASE}/allocations", {"lines": [line(1)]}, who="f2-judge")
    anonymous = await b.call("POST", "funds", path, who="clerk", json=RECEIPT, headers={"authorization": "Bearer x"})
    assert anonymous.status_code == 401


async def test_a_key_used_again_with_another_body_is_refused(b: Bench) -> None:
    await b.post("funds", f"/cases/{CASE}/receipts", RECEIPT, who="funds_officer", key="k")
    problem = await b.refused(422, "funds", f"/cases/{CASE}/receipts", RECEIPT | {"amount_fen": 1},
                              who="funds_officer", key="k")  # fmt: skip
    assert problem["type"].endswith("idempotency-key-reused")


async def test_of_a_command_of_today_only_the_day_may_be_told(b: Bench) -> None:
    # when somebody tells that it was today, without an instant
    await with_money(b, timeprecision="day")
    # then everybody can read it: it stands at the beginning of the day in Shanghai
    await b.settle()
    [received] = await b.events("funds", name="FundsReceived")
    assert (received["time"], received["timeprecision"]) == ("2026-03-01T16:00:00.000000Z", "day")


@pytest.mark.clause("Y16")
async def test_no_other_amount_is_paid_out_than_the_chain_has_approved(b: Bench) -> None:
    # given an approval of 8,600,000 fen, and an allocation of less
    await with_money(b)
    allocation, approval = await allocated(b, line(8_599_999)), await asked(b)
    await decided(b, approval, HANDLER)
    await decided(b, approval, "chief")
    # when the finance office pays the allocation out under it, then it is not carried out
    body = {"allocation_id": allocation, "approval_id": approval, "way": "transfer"}
    await b.refused(409, "funds", f"/cases/{CASE}/payouts", body, who="finance_officer")
    assert await b.events("funds", name="FundsPaidOut") == []


async def test_an_account_holds_no_more_than_an_amount_can_say(b: Bench) -> None:
    await with_money(b, amount_fen=2**63 - 1)
    more = RECEIPT | {"payment_id": "yiyang-p2", "amount_fen": 1}
    problem = await b.refused(422, "funds", f"/cases/{CASE}/receipts", more, who="funds_officer")
    assert [e["field"] for e in problem["errors"]] == ["body.amount_fen"]
