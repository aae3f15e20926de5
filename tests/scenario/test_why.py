"""为何如此: what `why` says of a term: its place in the scheme, the law's beside it, and extensions without effect."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.families import HandoverAccepted
from contracts.funds import FundsReceived
from contracts.triage import TermExtended
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.contract.samples import golden
from tests.court_case import courts_of
from tests.services import START, Bench, bench

CASE = "nanzhao-1"
CHIEF = Principal("nanzhao-chief", "nanzhao", ("chief",), "centre")
JUDGE = Principal("nanzhao-judge", "nanzhao", ("judge",), "first_1")


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    """Given money that came in for a case somebody holds."""
    async with bench(database, [SUPERVISION], courts=courts_of("nanzhao")) as running:
        accepted = golden("HandoverAccepted") | {"what": "case", "to_team": "first_1", "to_member": JUDGE.member}
        await running.tell("triage", HandoverAccepted.model_validate(accepted), CASE, who=JUDGE)
        money = golden("FundsReceived") | {"payment_id": "p1", "into": "case_account", "purpose": "performance"}
        await running.tell("funds", FundsReceived.model_validate(money | {"lot_id": None}), CASE, who=CHIEF)
        await running.settle()
        yield running


async def why(b: Bench, rule: str) -> dict[str, Any]:
    found = await b.get("supervision", f"/cases/{CASE}/why", who=CHIEF, params={"clock": rule})
    [clock] = found["clocks"]
    return clock


@pytest.mark.clause("N18")
async def test_the_laws_term_stands_beside_the_courts_own_of_the_same_payment(b: Bench) -> None:
    own, law = await why(b, "nanzhao.payout"), await why(b, "cn.payout")
    assert (own["type"], own["clause"], law["type"]) == ("service", "N18", "legal")
    assert own["at"]
    [beside] = own["beside"]
    assert (beside["rule"], beside["relation"], beside["due"]) == ("cn.payout", "within", law["due"])
    assert [(each["rule"], each["relation"]) for each in law["beside"]] == [("nanzhao.payout", "served_by")]


async def test_an_extension_asked_for_too_late_is_told_as_such(b: Bench) -> None:
    # given a term that has run out, extended after that
    await b.advance(days=40)
    asked = START + timedelta(days=39)
    extension = {
        "extension_id": "e1", "clock": "cn.payout", "occurrence": "p1", "unit": "days", "amount": 10,
        "asked_on": asked.isoformat(), "approval_id": "a1", "reason": "objection",
    }  # fmt: skip
    await b.tell("triage", TermExtended.model_validate(extension), CASE, who=JUDGE)
    await b.settle()
    # then it stays late, and why says which extension had no effect
    clock = await why(b, "cn.payout")
    assert (clock["state"], clock["standing"]) == ("breached", "standing")
    [refused] = clock["extensions"]
    assert (refused["reason"], refused["amount"], refused["told"]["event"]) == ("late", 10, "TermExtended")
    assert [(share["holder"]["member"], share["counted"]) for share in clock["shares"]] == [(JUDGE.member, 30)]
