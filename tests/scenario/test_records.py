"""台账: what a scheme wants kept is read from the events themselves, by whoever keeps it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.asset_control import EnquiryAnswered
from contracts.families import HandedOver, HandoverAccepted
from supervision.service import SERVICE as SUPERVISION
from tests import told
from tests.contract.samples import golden
from tests.services import Bench, bench

HANDOVERS, COUNTER = "yiyang.rec.handovers", "yiyang.rec.counter"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [SUPERVISION]) as running:
        yield running


async def entries(b: Bench, record: str, who: str = "director", **query: Any) -> dict[str, Any]:
    return await b.get("supervision", "/records/entries", who=who, params={"record": record, **query})


@pytest.mark.clause("Y01")
async def test_both_sides_of_a_hand_over_stand_in_the_ledger_with_who_did_it_in_which_post(b: Bench) -> None:
    # given a case handed over by the affairs team and accepted by the judge; and one handed over only
    for case_id in (told.CASE, "yiyang-other"):
        await told.filed(b, case_id)
        given = golden("HandedOver") | {"what": "case", "reason": "first_assignment", "from_team": "affairs"}
        await b.tell("triage", HandedOver.model_validate(given), case_id, who="general_officer")
        await b.advance(hours=1)
    accepted = HandoverAccepted.model_validate(given | {"to_member": f"yiyang-{told.HANDLER}"})
    await b.tell("triage", accepted, told.CASE, who=told.HANDLER)
    await b.settle()
    # when who keeps the ledger reads it
    ledger = await entries(b, HANDOVERS)
    # then every act is there, the newest first, on its case
    assert (ledger["clause"], ledger["keeper"]["post"], ledger["count"]) == ("Y01", "director", 3)
    of_case = [entry for entry in ledger["entries"] if entry["subject"] == f"case/{told.CASE}"]
    assert [(entry["event"], entry["post"], entry["actor"]) for entry in of_case] == [
        ("HandoverAccepted", "judge", f"yiyang-{told.HANDLER}"),
        ("HandedOver", "general_officer", "yiyang-general-1"),
    ]
    assert of_case[0]["time"] > of_case[1]["time"]
    assert of_case[1]["fields"]["from_team"] == "affairs"
    assert all(entry["lacking"] == [] for entry in ledger["entries"])
    # and a limit leaves the older ones out, but tells how many there are
    newest = await entries(b, HANDOVERS, limit=1)
    assert (newest["count"], [entry["event"] for entry in newest["entries"]]) == (3, ["HandoverAccepted"])


@pytest.mark.clause("Y05")
async def test_an_entry_that_does_not_say_what_the_rule_wants_is_told_as_faulty(b: Bench) -> None:
    await told.filed(b)
    for scope in ([], ["vehicle"]):
        answered = golden("EnquiryAnswered") | {"channel": "counter", "scope": scope}
        await b.tell("asset-control", EnquiryAnswered.model_validate(answered), told.CASE, who="field_officer")
    await b.settle()
    assert [entry["lacking"] for entry in (await entries(b, COUNTER))["entries"]] == [[], ["scope"]]


async def test_a_ledger_is_read_by_who_keeps_it_and_by_posts_of_supervision_only(b: Bench) -> None:
    def named(found: list[dict[str, Any]]) -> set[str]:
        return {each["record"] for each in found}

    assert {HANDOVERS, COUNTER} <= named(await b.get("supervision", "/records", who="director"))
    assert named(await b.get("supervision", "/records", who="field_officer")) == {COUNTER}
    assert HANDOVERS not in named(await b.get("supervision", "/records", who=told.HANDLER))
    asked = f"/records/entries?record={HANDOVERS}"
    assert (await b.call("GET", "supervision", asked, who=told.HANDLER)).status_code == 403
    unknown = await b.call("GET", "supervision", "/records/entries?record=yiyang.first_assignment", who="director")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "no rule in force is a ledger of this name")
