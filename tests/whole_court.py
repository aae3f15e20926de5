"""One court at work, with every kind of thing that a path can name; and all routes of the six services."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Set
from dataclasses import dataclass
from typing import Any, get_args

import httpx
from fastapi.routing import APIRoute
from pydantic import BaseModel

from contracts.base import Post
from infra.host import SERVICES
from kernel.app import new_app
from kernel.principals import Principal
from tests.services import Bench
from tests.walks import Walk, both, system

POSTS = get_args(Post)
RELEASE = "/parked/{subject:path}/release"  # of the kernel, for all services


@dataclass(frozen=True)
class Command:
    """A route. `model` is None for queries, and for the few commands that take no body.

    `lines`: of the service's MAY table that its code names.
    """

    service: str
    path: str
    model: type[BaseModel] | None
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.service}{self.path}"

    @property
    def example(self) -> dict[str, Any]:
        assert self.model is not None
        return self.model.model_json_schema()["examples"][0]


def _routes(method: str) -> Iterator[Command]:
    for service in SERVICES.values():
        for route in new_app(service.title, "", service.routers).routes:
            if isinstance(route, APIRoute) and method in route.methods:
                model = route.body_field.field_info.annotation if route.body_field else None
                yield Command(service.name, route.path, model, _lines(route, service.may.keys()))


def _lines(route: APIRoute, table: Set[str]) -> tuple[str, ...]:
    """A command's route names the method that is run, a query's its line of the table."""
    code = route.endpoint.__code__
    named = code.co_names if "do" in code.co_names else code.co_consts if "reads_as" in code.co_names else ()
    return tuple(table & set(named))


COMMANDS, QUERIES = list(_routes("POST")), list(_routes("GET"))


@dataclass
class Court:
    """A court at work, somebody in it who holds a case and every post. `own`: ids of things each service has."""

    b: Bench
    ids: dict[str, str]
    own: dict[str, dict[str, str]]
    who: Principal

    def url(self, command: Command, **ids: str) -> str:
        return command.path.replace(":path", "").format_map({**self.ids_in(command.service), **ids})

    def ids_in(self, service: str) -> dict[str, str]:
        return {**self.ids, **self.own.get(service, {})}

    async def send(self, command: Command, url: str = "", **request: Any) -> httpx.Response:
        call = {"content": b"{}", "headers": {}} | request
        call["headers"] = {"content-type": "application/json"} | call["headers"]
        return await self.b.call("POST", command.service, url or self.url(command), **{"who": self.who, **call})


@contextlib.asynccontextmanager
async def whole_court(database: str, **more: Any) -> AsyncIterator[Court]:
    async with system(database, **more) as b:
        _, priced = await both(b)
        holder = Principal(f"yiyang-{priced.judge}", "yiyang", POSTS, "affairs")
        yield Court(b, await _ids(b, priced), await _own(b, priced), holder)


async def _ids(b: Bench, walk: Walk) -> dict[str, str]:
    """Of real things, by the names that paths give them."""
    [lot] = {e["data"]["lot_id"] for e in await b.events("auction", name="PricingStarted")}
    drafted = await b.events("intake", walk.case.subject, "DocumentDrafted")
    asked = await b.events("triage", walk.case.subject, "ApprovalAsked")
    enquiries = await b.events("asset-control", walk.case.subject, "EnquiryStarted")
    measures = await b.events("asset-control", walk.case.subject, "MeasureTaken")
    handovers = await b.events("triage", walk.case.subject, "HandedOver")
    reminded = await b.events("supervision", name="ReminderSent")
    stopped = await walk.do(walk.judge, "triage", "suspensions", {"cause": "settlement", "clocks": []})
    return {
        "asset_id": measures[0]["data"]["asset_id"], "suspension_id": stopped["suspension_id"],
        "case_id": walk.case.case_id, "party_id": walk.case.debtors[0], "lot_id": lot, "matter_id": lot,
        "round_id": f"{lot}.1",
        "document_id": drafted[0]["data"]["document_id"], "approval_id": asked[0]["data"]["approval_id"],
        "enquiry_id": enquiries[0]["data"]["enquiry_id"], "measure_id": measures[0]["data"]["measure_id"],
        "handover_id": handovers[0]["data"]["handover_id"], "member_id": f"yiyang-{walk.judge}",
        "subject": walk.case.subject, "reminder_id": next((e["data"]["reminder_id"] for e in reminded), "yiyang-r1"),
        **await _money_ids(b, walk),
    }  # fmt: skip


MATTERS = {  # one of each service, besides the disposal: who asks, and what of whom
    "intake": ("general_officer", "answer_appointment", "service_officer"),
    "triage": ("director", "judicial_aid", "judge"),
    "asset-control": ("director", "find_thing", "field_officer"),
    "funds": ("director", "chase_funds", "funds_officer"),
    "supervision": ("chief", "conference_plan", "judge"),
}
PLAIN = {"urgent": False, "items": 1, "requirement": True, "materials": []}
HANDOVER = {"what": "materials", "reason": "resumption_review", "from_team": "affairs", "from_post": "general_officer",
            "to_team": "affairs", "to_post": "director", "items": [], "pages": 1, "register_signed": True}  # fmt: skip


async def _own(b: Bench, walk: Walk) -> dict[str, dict[str, str]]:
    asked = {
        service: await walk.do(who, service, "matters", {"kind": kind, "to_post": to_post, **PLAIN})
        for service, (who, kind, to_post) in MATTERS.items()
    }
    given = await walk.do("general_officer", "intake", "handovers", HANDOVER)
    asked["intake"] |= {"handover_id": given["handover_id"]}
    return asked


async def _money_ids(b: Bench, walk: Walk) -> dict[str, str]:
    """Money without a case, an anomaly of the case, a payout, and a statement of the bank on which nothing moved."""
    unclaimed = {"into": "main_account", "amount_fen": 5, "purpose": "other", "payer": "unknown"}
    money = await b.post("funds", "/money", unclaimed, who="funds_officer")
    anomaly = await walk.do("funds_officer", "funds", "anomalies", {"kind": "no_account", "amount_fen": 5})
    statement = {"first": "2026-02-01", "last": "2026-02-28", "opening": "0", "closing": "0",
                 "content": "ZGF0ZSxyZWZlcmVuY2UsaW4sb3V0Cg=="}  # fmt: skip
    sent = await b.post("funds", "/statements", statement, who="finance_officer")
    paid = await b.events("funds", name="FundsPaidOut")
    return {"payment_id": money["payment_id"], "anomaly_id": anomaly["anomaly_id"],
            "payout_id": paid[0]["data"]["payout_id"], "statement_id": sent["statement_id"]}  # fmt: skip
