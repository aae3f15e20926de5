"""财产处置: the handler's instruction, who takes it on, and the methods of pricing in their order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from auction.lot import Lot
from auction.service import SERVICE as AUCTION
from contracts.asset_control import AssetsFound, FoundAsset
from kernel.call import system_call
from kernel.problems import Refused
from tests.services import COURT, START, Bench, bench, installation
from tests.told import CASE, DEBTOR, closed, filed, held

SUBJECT = f"case/{CASE}"
HANDLER = "o1-judge"
OFFICER = "auction_officer"
FLAT = "yiyang-flat"
ASKED = {"kind": "disposal", "to_post": OFFICER, "about": f"asset:{FLAT}", "urgent": False, "items": 1,
         "requirement": True, "materials": []}  # fmt: skip


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    """A case with a flat, in the hands of an ordinary team after its second assignment."""
    async with bench(database, [AUCTION]) as running:
        await filed(running)
        flat = FoundAsset(
            asset_id=FLAT, party_id=DEBTOR, kind="real_estate", valued=False, value_fen=0, place="in_county",
            online=False, disposable="yes",
        )  # fmt: skip
        found = AssetsFound(find_id="yiyang-find", source="enquiry", assets=(flat,))
        await running.tell("asset-control", found, CASE)
        await held(running, who=HANDLER, reason="second_assignment")
        yield running


async def asked(b: Bench, **changes: Any) -> str:
    return (await b.post("auction", f"/cases/{CASE}/matters", ASKED | changes, who=HANDLER))["matter_id"]


async def accepted(b: Bench) -> str:
    """The lot that the disposal taken on became."""
    matter = await asked(b)
    await b.post("auction", f"/matters/{matter}/accept", who=OFFICER)
    await b.settle()
    return matter


async def failed(b: Bench, lot: str, reason: str = "no_agreement") -> None:
    await b.post("auction", f"/lots/{lot}/pricings/fail", {"reason": reason}, who=OFFICER)
    await b.settle()


async def methods(b: Bench, name: str = "PricingStarted") -> list[tuple[str, int]]:
    return [(e["data"]["method"], e["data"]["attempt"]) for e in await b.events("auction", SUBJECT, name)]


@pytest.mark.clause("Y20")
async def test_the_handler_of_the_second_assignment_instructs_the_disposal_of_an_asset(b: Bench) -> None:
    matter = await asked(b)
    [event] = await b.events("auction", SUBJECT, "MatterAsked")
    assert (event["actor"], event["data"]["matter_id"]) == (f"yiyang-{HANDLER}", matter)
    assert (event["data"]["kind"], event["data"]["about"]) == ("disposal", f"asset:{FLAT}")
    await b.settle()
    assert await b.names("auction", SUBJECT) == ["MatterAsked"]  # nothing starts before it is taken on


@pytest.mark.clause("Y10", "Y21")
async def test_taken_on_by_the_centralised_team_its_pricing_starts_at_once(b: Bench) -> None:
    lot = await accepted(b)
    assert await b.names("auction", SUBJECT) == ["MatterAsked", "MatterAccepted", "PricingStarted"]
    started = (await b.events("auction", SUBJECT, "PricingStarted"))[0]
    assert (started["actor"], started["ruleid"], started["pack"]) == ("system", "cn.p.pricing", "national")
    assert started["data"] | {"pricing_id": ""} == {
        "lot_id": lot, "pricing_id": "", "asset_ids": [FLAT], "asset_kind": "real_estate", "method": "agreement",
        "attempt": 1, "matter_id": lot,
    }  # fmt: skip


@pytest.mark.clause("Y21")
async def test_each_method_that_fails_gives_way_to_the_next_of_the_order(b: Bench) -> None:
    lot = await accepted(b)
    await failed(b, lot)
    await failed(b, lot, "no_government_price")
    assert await methods(b) == [("agreement", 1), ("targeted", 2), ("network", 3)]
    assert await methods(b, "PricingFailed") == [("agreement", 1), ("targeted", 2)]
    seen = await b.get("auction", f"/lots/{lot}", who=OFFICER)
    assert [(p["method"], p["reason"]) for p in seen["pricings"]] == [
        ("agreement", "no_agreement"), ("targeted", "no_government_price"), ("network", ""),
    ]  # fmt: skip


@pytest.mark.clause("Y21")
async def test_after_the_last_method_a_person_has_to_go_on(b: Bench) -> None:
    lot = await accepted(b)
    for _ in range(4):
        await failed(b, lot)
    assert [method for method, _ in await methods(b)] == ["agreement", "targeted", "network", "appraisal"]
    [item] = await b.work_items("auction", who=OFFICER)
    assert (item["state"], item["reaction"]) == ("refused", "go_on_pricing")
    await b.post("auction", f"/lots/{lot}/pricings", {"method": "agreement"}, who=OFFICER)  # the parties agree at last
    assert (await methods(b))[-1] == ("agreement", 5)


async def test_a_price_is_sought_by_one_method_at_a_time(b: Bench) -> None:
    lot = await accepted(b)
    problem = await b.refused(409, "auction", f"/lots/{lot}/pricings", {"method": "appraisal"}, who=OFFICER)
    assert problem["type"].endswith("wrong-state")


def test_a_method_out_of_turn_is_refused_by_the_rule_of_the_order() -> None:
    order = installation().courts.policy(COURT, START).pricing_order
    lot = Lot.empty("lot1").draft(system_call(COURT, "c1", correlation_id="c1", causation_id="c1", now=START).by)
    lot.open(SUBJECT, "asset1", "real_estate")
    lot.start_pricing("p1", order, "agreement")
    lot.fail_pricing("no_agreement")
    with pytest.raises(Refused) as refusal:
        lot.start_pricing("p2", order, "appraisal")
    assert (refusal.value.act, refusal.value.rule) == ("start_pricing", "cn.p.pricing")
    assert refusal.value.lacking == ("targeted", "network")


async def test_what_is_lacking_sends_a_disposal_back_and_it_can_be_asked_again(b: Bench) -> None:
    matter = await asked(b)
    await b.refused(409, "auction", f"/cases/{CASE}/matters", ASKED, who=HANDLER)
    back = {"reason": "incomplete", "lacking": ["title"]}
    await b.post("auction", f"/matters/{matter}/decline", back, who=OFFICER)
    assert await asked(b) != matter
    await b.settle()
    assert await methods(b) == []


async def test_auction_help_is_asked_without_a_lot(b: Bench) -> None:
    matter = await asked(b, kind="auction_help", sub="survey", about=None)
    await b.post("auction", f"/matters/{matter}/accept", who=OFFICER)
    await b.settle()
    assert await b.names("auction", SUBJECT) == ["MatterAsked", "MatterAccepted"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"about": None}, 422),
        ({"about": "case:yiyang-case1"}, 422),
        ({"about": "asset:yiyang-unknown"}, 404),
        ({"about": "asset:\u0000"}, 422),
        ({"to_post": "field_officer"}, 422),
        ({"to_post": "emperor"}, 422),
        ({"kind": "network_control"}, 422),
        ({"kind": "party"}, 422),
        ({"items": -1}, 422),
        ({"items": 10**30}, 422),
        ({"urgent": "yes"}, 422),
        ({"at": "2026-03-03T01:00:00Z"}, 422),
        ({"price": 1}, 422),
    ],
)
async def test_a_disposal_that_cannot_be_is_not_asked(b: Bench, change: dict[str, Any], status: int) -> None:
    await b.refused(status, "auction", f"/cases/{CASE}/matters", ASKED | change, who=HANDLER)
    assert await b.events("auction", SUBJECT) == []


@pytest.mark.clause("Y20")
async def test_only_who_holds_the_case_asks_and_only_the_auction_staff_takes_on(b: Bench) -> None:
    await b.refused(403, "auction", f"/cases/{CASE}/matters", ASKED, who="f1-judge")
    await b.refused(403, "auction", "/cases/yiyang-none/matters", ASKED, who=HANDLER)
    await b.refused(403, "auction", "/cases/horqin-none/matters", ASKED, who=HANDLER)
    matter = await asked(b)
    await b.refused(403, "auction", f"/matters/{matter}/accept", who=HANDLER)
    await b.refused(404, "auction", "/matters/yiyang-none/accept", who=OFFICER)


async def test_nothing_more_is_disposed_of_in_a_closed_case(b: Bench) -> None:
    lot = await accepted(b)
    await closed(b)
    await b.refused(409, "auction", f"/cases/{CASE}/matters", ASKED, who=HANDLER)
    await failed(b, lot)
    await b.refused(409, "auction", f"/lots/{lot}/pricings", {"method": "targeted"}, who=OFFICER)
    assert len(await methods(b)) == 1


async def test_an_unknown_lot_and_what_is_no_reason_are_refused(b: Bench) -> None:
    await b.refused(404, "auction", "/lots/yiyang-none/pricings", {"method": "agreement"}, who=OFFICER)
    await b.refused(404, "auction", "/lots/yiyang-none/pricings/fail", {"reason": "none"}, who=OFFICER)
    lot = await accepted(b)
    for body in ({}, {"reason": ""}, {"reason": "因为"}, {"reason": 7}, {"reason": "x", "method": "agreement"}):
        await b.refused(422, "auction", f"/lots/{lot}/pricings/fail", body, who=OFFICER)
    await b.refused(422, "auction", f"/lots/{lot}/pricings", {"method": "dice"}, who=OFFICER)
    assert len(await methods(b)) == 1
    assert (await b.call("GET", "auction", "/lots/yiyang-none", who=OFFICER)).status_code == 404
