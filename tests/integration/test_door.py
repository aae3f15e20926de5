"""A command goes straight to its route: what it is answered is what the applications would have answered."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from funds.service import SERVICE as FUNDS
from infra.host import http_app
from tests.services import COURT, Bench, bench, person
from tests.told import CASE, filed

RECEIPTS = f"/funds/cases/{CASE}/receipts"
RECEIPT = b'{"payment_id":"yiyang-p1","into":"case_account","amount_fen":5,"purpose":"performance","payer":"debtor"}'
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", RECEIPTS, {"content": RECEIPT}),
    ("POST", RECEIPTS, {"content": RECEIPT.replace(b"5", b"6")}),
    ("POST", RECEIPTS, {"content": b"{"}),
    ("POST", RECEIPTS, {"content": b"{}"}),
    ("POST", RECEIPTS, {"content": b" " * 1_100_000}),
    ("POST", RECEIPTS, {"content": RECEIPT, "headers": {"authorization": "Bearer x"}}),
    ("POST", RECEIPTS, {"content": RECEIPT, "headers": {"idempotency-key": ""}}),
    ("POST", RECEIPTS + "/", {"content": RECEIPT}),
    ("POST", RECEIPTS.replace(CASE, f"{CASE}%2F1"), {"content": RECEIPT}),
    ("POST", RECEIPTS.replace(COURT, "shihe"), {"content": RECEIPT}),
    ("POST", "/funds/nothing", {"content": RECEIPT}),
    ("POST", "/nothing/cases", {"content": RECEIPT}),
    ("POST", "/", {}),
    ("GET", RECEIPTS, {}),
    ("PUT", RECEIPTS, {"content": RECEIPT}),
    ("GET", f"/funds/cases/{CASE}/account", {}),
    ("POST", "/funds/parked/x/release", {"content": b" " * 1_100_000}),
]


@pytest.fixture
async def funds(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS]) as b:
        await filed(b)  # which opens its account
        yield b


async def test_an_answer_is_the_same_straight_and_through_the_applications(funds: Bench) -> None:
    # given a process's door, and the applications without it
    services = {name: running.http for name, running in funds.running.items()}
    straight = httpx.ASGITransport(http_app(services))
    through = httpx.ASGITransport(Starlette(routes=[Mount(f"/{name}", app) for name, app in services.items()]))
    token = funds.host.issuer.token(person("funds_officer"))
    async with (
        httpx.AsyncClient(transport=straight, base_url="http://z") as one,
        httpx.AsyncClient(transport=through, base_url="http://z") as other,
    ):
        for method, path, request in REQUESTS:
            # when the same request, with the same key, comes both ways
            headers = {"authorization": f"Bearer {token}", "idempotency-key": "the-key"} | request.get("headers", {})
            asked = request | {"headers": headers}
            answers = [await way.request(method, path, **asked) for way in (one, other)]
            # then it is one request: carried out once, and answered alike
            assert answers[0].status_code == answers[1].status_code, path
            if answers[0].status_code not in (404, 405) or path.startswith("/funds/cases"):
                assert answers[0].content == answers[1].content, path
    assert [e["type"].split(".")[1] for e in await funds.events("funds")] == ["AccountOpened", "FundsReceived"]
