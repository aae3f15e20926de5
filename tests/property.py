"""Property of debtors and measures on it, in few words: what asset-control is asked, and what it has published."""

from typing import Any

from tests.services import Bench
from tests.told import CASE, DEBTOR, HANDLER

OFFICER, FIELD = "enquiry_officer", "field_officer"


def asset(kind: str = "deposit", **other: Any) -> dict[str, Any]:
    known = {"party_id": DEBTOR, "kind": kind, "valued": True, "value_fen": 9_100_000, "place": "in_county",
             "online": True, "disposable": "yes"}  # fmt: skip
    return known | other


FLAT = asset("real_estate", valued=False, value_fen=0, online=False)


async def surveyed(b: Bench, *assets: dict[str, Any], case_id: str = CASE) -> list[str]:
    """Found on the spot: nothing is done about it by itself. Gives the assets' ids."""
    body = {"source": "survey", "assets": list(assets)}
    found = await b.post("asset-control", f"/cases/{case_id}/assets", body, who=FIELD)
    await b.settle()
    return found["asset_ids"]


async def measured(b: Bench, case_id: str = CASE, who: str = HANDLER, **body: Any) -> str:
    measures = f"/cases/{case_id}/measures"
    ids = await b.post("asset-control", measures, {"channel": "offline"} | body, who=who)
    await b.settle()
    return ids["measure_id"]


async def lifted(b: Bench, measure_id: str, case_id: str = CASE, who: str = HANDLER, **body: Any) -> None:
    path = f"/cases/{case_id}/measures/{measure_id}/lift"
    await b.post("asset-control", path, {"cause": "released"} | body, who=who)
    await b.settle()


async def data_of(b: Bench, name: str, case_id: str = CASE) -> list[dict[str, Any]]:
    return [e["data"] for e in await b.events("asset-control", f"case/{case_id}", name)]


async def known_assets(b: Bench, case_id: str = CASE) -> dict[str, Any]:
    return await b.get("asset-control", f"/cases/{case_id}/assets", who="director")


async def reasons(b: Bench) -> list[str]:
    return [item["reason"] for item in await b.work_items("asset-control")]
