"""Cases on their way through triage, in few words: what the other services tell of them, and what triage is asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from contracts import asset_control, funds, intake
from contracts.families import MatterDone
from tests.services import Bench, bench, installation
from triage.service import SERVICE as TRIAGE

CASE = "yiyang-case1"
PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
PASSED = {"result": "passed", "lacking": []}
CLAIM_FEN = 8_600_000
ASK = {"act": "second_assignment", "proposal": ["needs_disposal"], "evidence": []}
APPROVE = {"decision": "approved", "in_person": True, "channel": "online"}
PANEL = {
    "purpose": "enforcement", "sits_in": [],
    "members": [{"member_id": f"yiyang-{who}", "division": "enforcement"} for who in ("f1-judge", "f2-judge", "chief")],
}  # fmt: skip
EXTENSION = {"clock": "cn.conclude", "occurrence": "", "unit": "months", "amount": 3, "approval_id": "yiyang-a1",
             "reason": "complex"}  # fmt: skip


@contextlib.asynccontextmanager
async def triage(database: str) -> AsyncIterator[Bench]:
    """The service alone, told who belongs to which team."""
    async with bench(database, [TRIAGE]) as b:
        await staffed(b)
        yield b


async def staffed(b: Bench) -> None:
    await asyncio.gather(
        *(
            b.post("triage", f"/members/{m.member}/postings",
                   {"team": m.team, "post": m.posts[0], "reason": "appointed"}, who="director")
            for m in installation().principals("yiyang")
        )
    )  # fmt: skip


def party(party_id: str, role: str, kind: str = "person") -> dict[str, object]:
    return {
        "party_id": party_id, "role": role, "kind": kind, "state_employee": False, "named_in_instrument": True,
        "area": "", "debtor_hash": "0f" * 32 if role == "debtor" else "", "whereabouts": "known", "in_custody": "no",
        "address_confirmed": True, "phone": True, "represented": "none",
    }  # fmt: skip


async def filed(b: Bench, case_id: str = CASE, *, debtor: str = "person", instrument: str = "judgment",
                acts: tuple[str, ...] = (), preserved: bool = False, kind: str = "enforcement") -> None:  # fmt: skip
    case = intake.CaseFiled.model_validate({
        "case_no": "（2026）豫0327执1号", "kind": kind, "application_id": "yiyang-a1", "cause": "other",
        "instrument": {"kind": instrument},
        "claim": {"money": True, "amount_fen": CLAIM_FEN, "basis": "instrument", "interest_apart": False,
                  "costs_apart": False, "acts": acts},
        "parties": [party("yiyang-c", "creditor"), party("yiyang-d", "debtor", debtor)],
        "earlier_preservation": preserved, "marked_simple": False,
    })  # fmt: skip
    await b.tell("intake", case, case_id, who="filing_officer")
    await b.settle()


def asset(kind: str, value_fen: int, disposable: str) -> dict[str, object]:
    return {"asset_id": f"yiyang-{kind}", "party_id": "yiyang-d", "kind": kind, "valued": True, "value_fen": value_fen,
            "place": "in_county", "online": False, "disposable": disposable}  # fmt: skip


DEPOSIT, HOUSE = asset("deposit", 9_100_000, "yes"), asset("real_estate", 90_000_000, "yes")


async def found(b: Bench, case_id: str, *assets: dict[str, object]) -> None:
    event = asset_control.AssetsFound.model_validate({"find_id": f"{case_id}-f", "source": "enquiry", "assets": assets})
    await b.tell("asset-control", event, case_id, who="enquiry_officer")


async def noted(b: Bench, case_id: str, *marks: str) -> None:
    await b.tell("intake", intake.CaseNoted(marks=dict.fromkeys(marks, True)), case_id, who="filing_officer")


async def enquired(b: Bench, case_id: str) -> None:
    answer = asset_control.EnquiryAnswered(
        enquiry_id=f"{case_id}-e", channel="network_national", purpose="first", round=1, scope=("deposit",),
        result="nothing",
    )  # fmt: skip
    await b.tell("asset-control", answer, case_id, who="enquiry_officer")


async def form_documents_sent(b: Bench, case_id: str) -> None:
    done = MatterDone(matter_id=f"{case_id}-m", kind="form_documents", result="done", receipts_complete=True,
                      reported_to_handler=False)  # fmt: skip
    await b.tell("intake", done, case_id)


async def pre_step(b: Bench, kind: str, case_id: str = CASE, result: str = "passed") -> str:
    body = {"kind": kind, "result": result, "lacking": []}
    return (await b.post("triage", f"/cases/{case_id}/pre-steps", body, who="director"))["check_id"]


async def prepared(b: Bench, case_id: str = CASE, *, steps: tuple[str, ...] = PRE_STEPS) -> None:
    """Everything that must come before the first assignment."""
    for kind in steps:
        await pre_step(b, kind, case_id)
    await form_documents_sent(b, case_id)
    await enquired(b, case_id)
    await b.settle()


async def assigned(b: Bench, case_id: str = CASE, stage: str = "first") -> dict[str, Any]:
    [event] = [e for e in await b.events("triage", f"case/{case_id}", "CaseAssigned") if e["data"]["stage"] == stage]
    return event["data"]


def handover(team: str, **other: object) -> dict[str, object]:
    return {"what": "case", "reason": "first_assignment", "from_team": "affairs", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": ["whole_file"], "pages": 12, "register_signed": True,
            **other}  # fmt: skip


async def held(b: Bench, case_id: str = CASE) -> str:
    """The case in the hands of the judge it was assigned to, who is returned."""
    data = await assigned(b, case_id)
    given = await b.post("triage", f"/cases/{case_id}/handovers", handover(data["team"]), who="director")
    judge = data["handler"].removeprefix("yiyang-")
    await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=judge)
    return judge


async def in_a_fast_team(b: Bench) -> str:
    await filed(b)
    await prepared(b)
    return await held(b)


async def to_be_assigned_again(b: Bench, judge: str) -> str:
    asked = await b.post("triage", f"/cases/{CASE}/approvals", ASK, who=judge)
    return asked["approval_id"]


async def ruled(b: Bench, kind: str = "withdrawal_ruling", case_id: str = CASE) -> str:
    """A ruling is signed. Gives its id."""
    document_id = f"{case_id}-{kind}"
    signed = intake.DocumentSigned(document_id=document_id, kind=kind, in_person=True, key_owner=True, sealed=True)
    await b.tell("intake", signed, case_id, who="chief")
    await b.settle()
    return document_id


def closing(way: str, **other: object) -> dict[str, object]:
    return {"way": way, "closed_on": "2026-03-02", "cause": "paid_in_full", "applied_fen": CLAIM_FEN,
            "closed_fen": CLAIM_FEN, "waived_fen": 0, "recovered_fen": CLAIM_FEN if way == "performed" else 0,
            "funds_settled": True, **other}  # fmt: skip


async def paid_in(b: Bench, payment_id: str, amount_fen: int, purpose: str = "deduction") -> None:
    payment = funds.FundsReceived(payment_id=payment_id, into="case_account", amount_fen=amount_fen, purpose=purpose,
                                  payer="bank")  # fmt: skip
    await b.tell("funds", payment, CASE, who="funds_officer")
    await b.settle()


async def paid_out(b: Bench, amount_fen: int, purpose: str = "principal", payment_id: str = "yiyang-p1") -> None:
    line = funds.AllocationLine(payment_id=payment_id, to="yiyang-c", purpose=purpose, amount_fen=amount_fen)
    payout = funds.FundsPaidOut(payout_id="yiyang-o1", approval_id="yiyang-a1", way="transfer", lines=(line,),
                                settled_payments=(), amount_fen=amount_fen)  # fmt: skip
    await b.tell("funds", payout, CASE, who="finance_officer")
    await b.settle()


def commands(case_id: str = CASE) -> list[tuple[str, dict[str, object], str]]:
    """(path, body, who) of every command on a case."""
    paid = {"kind": "paid", "amount_fen": 1, "full": False, "on_the_spot": False}
    return [
        (f"/cases/{case_id}/pre-steps", {"kind": "contacts", **PASSED}, "director"),
        (f"/cases/{case_id}/reviews", {"kind": "closing_review", **PASSED}, "director"),
        (f"/cases/{case_id}/routes", {"stage": "second"}, "director"),
        (f"/cases/{case_id}/assignments", {"stage": "second"}, "director"),
        (f"/cases/{case_id}/assignments/manual", {"handler": "yiyang-f1-officer"}, "f1-judge"),
        (f"/cases/{case_id}/assignments/again", {"handler": "yiyang-o1-judge"}, "director"),
        (f"/cases/{case_id}/handovers", handover("fast_1"), "director"),
        (f"/cases/{case_id}/approvals", ASK, "handler"),
        (f"/cases/{case_id}/performances", paid, "director"),
        (f"/cases/{case_id}/panels", PANEL, "director"),
        (f"/cases/{case_id}/suspensions", {"cause": "settlement", "clocks": []}, "handler"),
        (f"/cases/{case_id}/extensions", EXTENSION, "handler"),
        (f"/cases/{case_id}/closing", closing("withdrawn"), "handler"),
    ]
