"""查封、扣押、冻结: terms and renewal, waiting seizures that move up in turn, and what becomes of the property."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from asset_control.service import SERVICE as ASSET_CONTROL
from contracts.auction import (
    AuctionAnnounced,
    AuctionFailed,
    AuctionSold,
    AuctionStopped,
    LotTransferred,
    PricingStarted,
)
from contracts.base import Contract
from tests.property import FIELD, FLAT, asset, data_of, known_assets, lifted, measured, surveyed
from tests.services import Bench, bench
from tests.told import CASE, HANDLER, filed, held

SECOND, THIRD = "yiyang-case2", "yiyang-case3"
HOLDERS = {CASE: "f1-judge", SECOND: "o1-judge", THIRD: "f2-judge"}


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [ASSET_CONTROL]) as running:
        yield running


async def seal(b: Bench, asset_id: str, case_id: str = CASE, **more: Any) -> str:
    return await measured(b, case_id, HOLDERS[case_id], kind="seal", asset_id=asset_id, **more)


async def sealed_flat(b: Bench) -> tuple[str, str]:
    """The asset and the measure."""
    await filed(b)
    await held(b)
    [flat] = await surveyed(b, FLAT)
    return flat, await seal(b, flat)


async def renew(b: Bench, measure_id: str, asset_id: str, **more: Any) -> dict[str, Any]:
    path = f"/cases/{CASE}/measures/{measure_id}/renewals"
    return await b.post("asset-control", path, {"asset_id": asset_id, **more}, who=HANDLER)


# -- terms and renewal


async def test_a_renewal_gives_another_term_as_long_again_from_the_last_day_of_the_one_before(b: Bench) -> None:
    flat, measure = await sealed_flat(b)  # to 2 March 2029
    await b.advance(days=1090)
    assert (await renew(b, measure, flat))["term_no"] == 2
    await b.settle()
    [renewed] = await data_of(b, "MeasureRenewed")
    assert renewed == {
        "measure_id": measure, "kind": "seal", "asset_id": flat, "asset_kind": "real_estate",
        "party_id": "yiyang-debtor", "term_no": 2, "expires_on": "2032-03-02",
    }  # fmt: skip
    # the proposal to renew is done with, and the next one comes up before the new term ends
    assert [done["result"] for done in await data_of(b, "MatterDone")] == ["done"]
    await b.advance(days=1060)
    assert len(await data_of(b, "MatterAsked")) == 1
    await b.advance(days=20)
    assert [asked["due_on"] for asked in await data_of(b, "MatterAsked")] == ["2029-03-02", "2032-03-02"]
    [seen] = (await known_assets(b))["assets"]
    assert (seen["measures"][0]["expires_on"], seen["measures"][0]["term_no"]) == ("2032-03-02", 2)


@pytest.mark.parametrize(
    ("until", "status"), [("2029-03-02", 422), ("2032-03-03", 422), ("2026-01-01", 422), ("soon", 422)]
)
async def test_a_renewal_neither_shortens_a_term_nor_lasts_longer_than_the_law_allows(
    b: Bench, until: str, status: int
) -> None:
    flat, measure = await sealed_flat(b)
    path, body = f"/cases/{CASE}/measures/{measure}/renewals", {"asset_id": flat, "expires_on": until}
    await b.refused(status, "asset-control", path, body, who=HANDLER)
    assert await data_of(b, "MeasureRenewed") == []


async def test_what_does_not_run_out_is_not_renewed_and_what_is_unknown_neither(b: Bench) -> None:
    flat, measure = await sealed_flat(b)
    guard = await measured(b, kind="guard", asset_id=flat)
    path = f"/cases/{CASE}/measures/{{}}/renewals"
    await b.refused(409, "asset-control", path.format(guard), {"asset_id": flat}, who=HANDLER)
    await b.refused(404, "asset-control", path.format("yiyang-none"), {"asset_id": flat}, who=HANDLER)
    await b.refused(404, "asset-control", path.format(measure), {"asset_id": "yiyang-none"}, who=HANDLER)
    await b.refused(403, "asset-control", path.format(measure), {"asset_id": flat}, who="funds_officer")


async def test_the_ladder_proposes_chases_and_ends_a_seizure_that_nobody_renews_also_after_a_restart(
    database: str,
) -> None:
    # given a freeze to 2 March 2027
    async with bench(database, [ASSET_CONTROL]) as b:
        await filed(b)
        await held(b)
        [account] = await surveyed(b, asset())
        await measured(b, kind="freeze", asset_id=account)
        await b.advance(days=334)  # 30 January: the 30 days have not begun
        assert await data_of(b, "MatterAsked") == []
        stopped_at = b.clock.now()
    async with bench(database, [ASSET_CONTROL], start=stopped_at) as b:
        # when 30 days are left, its renewal is proposed to the holder; when 10 are left, that is chased
        await b.advance(days=4)
        [asked] = await data_of(b, "MatterAsked")
        assert (asked["kind"], asked["to_post"], asked["due_on"]) == ("offline_control", "handler", "2027-03-02")
        assert await data_of(b, "MatterProgressed") == []
        await b.advance(days=18)
        assert [chased["step"] for chased in await data_of(b, "MatterProgressed")] == ["chased"]
        # when its last day is over, then the property is free, as of that midnight, and nothing is proposed any more
        await b.advance(days=15)
        [ended] = await b.events("asset-control", f"case/{CASE}", "MeasureLifted")
        assert (ended["data"]["cause"], ended["actor"]) == ("expired", "system")
        assert datetime.fromisoformat(ended["time"]) == datetime(2027, 3, 2, 16, tzinfo=UTC)
        assert [done["result"] for done in await data_of(b, "MatterDone")] == ["not_done"]
        [measure] = await data_of(b, "MeasureTaken")
        path = f"/cases/{CASE}/measures/{measure['measure_id']}/renewals"
        await b.refused(409, "asset-control", path, {"asset_id": account}, who=HANDLER)
        # and it can be frozen anew
        await measured(b, kind="freeze", asset_id=account)


async def test_a_seizure_renewed_in_time_outlives_its_first_term(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = await surveyed(b, asset())
    measure = await measured(b, kind="freeze", asset_id=account)
    await b.advance(days=364)  # the last day but one
    await renew(b, measure, account)
    await b.settle()
    await b.advance(days=30)
    assert await data_of(b, "MeasureLifted") == []
    await b.advance(days=340)
    assert [ended["cause"] for ended in await data_of(b, "MeasureLifted")] == ["expired"]


# -- waiting seizures


async def three_cases(b: Bench) -> tuple[str, list[str]]:
    """One flat, found in three cases of the court: sealed for the first, the others wait. Gives flat and measures."""
    flat, first = await sealed_flat(b)
    measures = [first]
    for case_id in (SECOND, THIRD):
        await filed(b, case_id)
        await held(b, case_id, HOLDERS[case_id])
        assert await surveyed(b, FLAT | {"asset_id": flat}, case_id=case_id) == [flat]
        measures.append(await measured(b, case_id, HOLDERS[case_id], kind="waiting", asset_id=flat))
    return flat, measures


async def queue(b: Bench) -> dict[str, tuple[str, int]]:
    """What each case has in force on the flat: kind and rank."""
    found = {case_id: (await known_assets(b, case_id))["assets"] for case_id in HOLDERS}
    measures = {case_id: each["measures"] for case_id, assets in found.items() for each in assets}
    return {case_id: (each["kind"], each["rank"]) for case_id, some in measures.items() for each in some}


async def test_what_is_seized_in_one_case_is_waited_for_in_the_others(b: Bench) -> None:
    flat, _ = await three_cases(b)
    assert await queue(b) == {CASE: ("seal", 0), SECOND: ("waiting", 1), THIRD: ("waiting", 2)}
    assert "expires_on" not in (await data_of(b, "MeasureTaken", SECOND))[0]  # its term has not begun
    # nobody seizes past another, nor waits behind himself
    measures = f"/cases/{SECOND}/measures"
    body = {"kind": "seal", "asset_id": flat, "channel": "offline"}
    await b.refused(409, "asset-control", measures, body, who=HOLDERS[SECOND])
    await b.refused(422, "asset-control", measures, body | {"kind": "waiting"}, who=HOLDERS[SECOND])


async def test_when_a_seizure_is_lifted_the_next_takes_effect_and_the_others_move_up(b: Bench) -> None:
    flat, (first, second, _) = await three_cases(b)
    await b.advance(days=100)
    await lifted(b, first, asset_id=flat)
    assert await queue(b) == {SECOND: ("seal", 0), THIRD: ("waiting", 1)}
    # then its term begins on that day, and its renewal will be proposed to who holds the second case
    moved = (await b.events("asset-control", f"case/{SECOND}", "MeasureTaken"))[-1]
    assert moved["data"]["measure_id"] == second
    assert (moved["actor"], moved["data"]["expires_on"]) == ("system", "2029-06-10")
    await b.advance(days=1067)
    assert [asked["about"] for asked in await data_of(b, "MatterAsked", SECOND)] == [f"measure:{second}"]


async def test_a_lifting_entered_late_lets_the_next_take_effect_as_of_that_day(b: Bench) -> None:
    flat, (first, _, _) = await three_cases(b)
    lifted_at = b.clock.now()
    await b.advance(days=20)
    await lifted(b, first, asset_id=flat, at=lifted_at.isoformat())
    moved = (await b.events("asset-control", f"case/{SECOND}", "MeasureTaken"))[-1]
    assert (datetime.fromisoformat(moved["time"]), moved["data"]["expires_on"]) == (lifted_at, "2029-03-02")


async def test_when_a_seizure_runs_out_the_next_takes_effect_at_that_midnight_also_after_a_restart(
    database: str,
) -> None:
    async with bench(database, [ASSET_CONTROL]) as b:
        await three_cases(b)
        stopped_at = b.clock.now()
    async with bench(database, [ASSET_CONTROL], start=stopped_at) as b:
        await b.advance(days=1100)
        assert await queue(b) == {SECOND: ("seal", 0), THIRD: ("waiting", 1)}
        moved = (await b.events("asset-control", f"case/{SECOND}", "MeasureTaken"))[-1]
        assert datetime.fromisoformat(moved["time"]) == datetime(2029, 3, 2, 16, tzinfo=UTC)
        assert moved["data"]["expires_on"] == "2032-03-03"


async def test_who_gives_up_waiting_lets_those_behind_move_up(b: Bench) -> None:
    flat, (_, second, _) = await three_cases(b)
    await lifted(b, second, SECOND, HOLDERS[SECOND], asset_id=flat)
    assert await queue(b) == {CASE: ("seal", 0), THIRD: ("waiting", 1)}


async def test_seizures_outside_the_court_are_counted_and_the_registry_tells_when_they_end(b: Bench) -> None:
    # given a flat that two other courts have seized, for which two cases of ours wait
    await filed(b)
    await held(b)
    [flat] = await surveyed(b, FLAT)
    body = {"kind": "waiting", "asset_id": flat, "channel": "offline"}
    await b.refused(422, "asset-control", f"/cases/{CASE}/measures", body, who=HANDLER)  # behind whom?
    first = await measured(b, kind="waiting", asset_id=flat, rank=2)
    await filed(b, SECOND)
    await held(b, SECOND, HOLDERS[SECOND])
    await surveyed(b, FLAT | {"asset_id": flat}, case_id=SECOND)
    await measured(b, SECOND, HOLDERS[SECOND], kind="waiting", asset_id=flat)
    assert await queue(b) == {CASE: ("waiting", 2), SECOND: ("waiting", 3)}
    # when one of them lifts its seizure, both move up; when the other does too, ours takes effect
    path = f"/cases/{CASE}/measures/{first}/rank"
    for wrong in (2, 3):
        await b.refused(422, "asset-control", path, {"asset_id": flat, "rank": wrong}, who=HANDLER)
    await b.post("asset-control", path, {"asset_id": flat, "rank": 1}, who=HANDLER)
    assert await queue(b) == {CASE: ("waiting", 1), SECOND: ("waiting", 2)}
    await b.post("asset-control", path, {"asset_id": flat, "rank": 0}, who=HANDLER)
    assert await queue(b) == {CASE: ("seal", 0), SECOND: ("waiting", 1)}
    assert (await data_of(b, "MeasureTaken"))[-1]["expires_on"] == "2029-03-02"
    await b.refused(422, "asset-control", path, {"asset_id": flat, "rank": 0}, who=HANDLER)


@pytest.mark.clause("Y04")
async def test_what_another_case_has_frozen_is_waited_for_by_itself(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = await surveyed(b, asset())
    await measured(b, kind="freeze", asset_id=account, amount_fen=9_100_000)
    await filed(b, SECOND)
    await held(b, SECOND, HOLDERS[SECOND])
    clue = {"source": "clue", "assets": [asset(asset_id=account)]}
    await b.post("asset-control", f"/cases/{SECOND}/assets", clue, who=HOLDERS[SECOND])
    await b.settle()
    assert await queue(b) == {CASE: ("freeze", 0), SECOND: ("waiting", 1)}


async def test_the_same_thing_is_of_one_kind_in_every_case(b: Bench) -> None:
    flat, _ = await sealed_flat(b)
    await filed(b, SECOND)
    body = {"source": "survey", "assets": [asset("vehicle", asset_id=flat)]}
    await b.refused(404, "asset-control", f"/cases/{SECOND}/assets", body, who=FIELD)


# -- what becomes of it


async def states(b: Bench, case_id: str = CASE) -> list[tuple[str, str]]:
    return [(told["state"], told["place"]) for told in await data_of(b, "AssetStateChanged", case_id)]


@pytest.mark.parametrize(("state", "place"), [("registered", "court_yard"), ("in_custody", "court_yard")])
async def test_the_register_of_seized_things_tells_where_each_is(b: Bench, state: str, place: str) -> None:
    await filed(b)
    [car] = await surveyed(b, asset("vehicle", online=False))
    path, body = f"/cases/{CASE}/assets/{car}/state", {"state": state, "place": place}
    for _ in range(2):  # told again, nothing is new
        await b.post("asset-control", path, body, who=FIELD)
    assert await states(b) == [(state, place)]
    await b.post("asset-control", path, {"state": "returned", "place": "with_owner"}, who=FIELD)
    await b.refused(409, "asset-control", path, body, who=FIELD)
    await b.refused(403, "asset-control", path, body, who="funds_officer")
    await b.refused(404, "asset-control", f"/cases/{CASE}/assets/yiyang-none/state", body, who=FIELD)
    seal_it = {"kind": "seal", "asset_id": car, "channel": "offline"}
    await b.refused(409, "asset-control", f"/cases/{CASE}/measures", seal_it, who=FIELD)


LOT = {"lot_id": "yiyang-lot1", "mode": "auction"}


def priced(*asset_ids: str) -> PricingStarted:
    what = {"pricing_id": "yiyang-pr1", "lot_id": LOT["lot_id"], "asset_kind": "real_estate", "method": "agreement"}
    return PricingStarted.model_validate(what | {"asset_ids": asset_ids, "attempt": 1})


def announced(round_no: int) -> AuctionAnnounced:
    opens, closes = datetime(2026, 4, 1, 2, tzinfo=UTC), datetime(2026, 4, 2, 2, tzinfo=UTC)
    money = {"start_price_fen": 100, "deposit_fen": 10, "notice": "yiyang-n1"}
    what = {**LOT, "round": round_no, "asset_kind": "real_estate", "opens_at": opens, "closes_at": closes, **money}
    return AuctionAnnounced.model_validate(what)


def failed(round_no: int) -> AuctionFailed:
    return AuctionFailed.model_validate({**LOT, "round": round_no, "reason": "no_bid"})


def sold(round_no: int, mode: str = "auction") -> AuctionSold:
    what: Mapping[str, Any] = {**LOT, "mode": mode, "round": round_no, "price_fen": 100, "buyer_id": "yiyang-buyer1"}
    return AuctionSold.model_validate({**what, "balance_due_on": date(2026, 4, 12)})


async def at_auction(b: Bench, *events: Contract) -> None:
    for event in events:
        await b.tell("auction", event, CASE, who="auction_officer")
    await b.settle()


async def test_an_asset_at_auction_follows_its_lot_until_the_buyer_has_it(b: Bench) -> None:
    flat, (_, second, third) = await three_cases(b)
    # when the first round fails and the second sells
    await at_auction(b, priced(flat), announced(1), failed(1), announced(2), sold(2))
    assert await states(b) == [("in_disposal", "on_site"), ("sold", "on_site")]
    assert await queue(b) == {CASE: ("seal", 0), SECOND: ("waiting", 1), THIRD: ("waiting", 2)}
    # when it is delivered, then every seizure on it ends, also those that waited, and every case knows it is gone
    await at_auction(b, LotTransferred(lot_id=LOT["lot_id"], step="taxes_paid"))
    assert len(await states(b)) == 2
    await at_auction(b, LotTransferred(lot_id=LOT["lot_id"], step="delivered"))
    assert (await states(b))[-1] == ("sold", "with_buyer") == (await states(b, SECOND))[-1]
    assert await queue(b) == {}
    ended = {case_id: await data_of(b, "MeasureLifted", case_id) for case_id in (SECOND, THIRD)}
    assert [(each["measure_id"], each["cause"]) for each in (*ended[SECOND], *ended[THIRD])] == [
        (second, "sold"), (third, "sold")
    ]  # fmt: skip
    assert [each["rank"] for each in await data_of(b, "MeasureTaken", SECOND)] == [1]  # it never took effect
    assert await b.work_items("asset-control") == []


async def test_what_nobody_buys_and_what_is_withdrawn_is_in_custody_again(b: Bench) -> None:
    flat, _ = await sealed_flat(b)
    await at_auction(b, priced(flat), announced(1), failed(1), announced(2), failed(2))
    assert (await states(b))[-1][0] == "in_disposal"
    await at_auction(b, announced(3), failed(3))
    assert (await states(b))[-1][0] == "in_custody"
    await at_auction(b, announced(1), sold(1))
    stopped = AuctionStopped.model_validate({**LOT, "round": 1, "cause": "buyer_defaulted"})
    await at_auction(b, stopped)
    assert [state for state, _ in await states(b)][-3:] == ["in_disposal", "sold", "in_custody"]


async def test_what_is_given_in_kind_goes_to_the_creditor(b: Bench) -> None:
    flat, _ = await sealed_flat(b)
    delivered = LotTransferred(lot_id=LOT["lot_id"], step="delivered")
    await at_auction(b, priced(flat), announced(1), sold(1, "in_kind"), delivered)
    assert (await states(b))[-2:] == [("given_in_kind", "on_site"), ("given_in_kind", "with_creditor")]
    assert [ended["cause"] for ended in await data_of(b, "MeasureLifted")] == ["sold"]
