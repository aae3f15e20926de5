"""Walks 5.1 and 5.2 of the published language, leg by leg, through the real APIs of all six services."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from infra.host import SERVICES, Hosted
from infra.introduction import introduce
from tests import papers
from tests.papers import Filed
from tests.services import Bench, bench, installation

PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
SCOPE = ["deposit", "securities", "real_estate", "vehicle", "equity"]
APPROVED = {"decision": "approved", "in_person": True, "channel": "online"}
TOLD_BY = ("kind", "purpose", "act", "what", "stage", "reason")  # what tells events of one name apart, if they have it
CLAIM_FEN = 8_600_000


@contextlib.asynccontextmanager
async def system(database: str, **more: Any) -> AsyncIterator[Bench]:
    """All six services, told what an installation tells them."""
    async with bench(database, list(SERVICES.values()), **more) as b:
        await introduced(b)
        yield b


def hosted(b: Bench) -> Hosted:
    """The bench's services as those of a process."""
    return Hosted(installation(), b.clock, b.host.issuer, b.running, b.host.pool, {}, b.host.telemetry)


async def introduced(b: Bench) -> None:
    await introduce(hosted(b))
    await b.settle()


def asset(party_id: str, kind: str, value_fen: int | None, *, online: bool) -> dict[str, Any]:
    """What an enquiry or a clue tells of an asset."""
    return {
        "party_id": party_id, "kind": kind, "valued": value_fen is not None, "value_fen": value_fen or 0,
        "place": "in_county", "online": online, "disposable": "yes",
    }  # fmt: skip


def told(event: dict[str, Any]) -> str:
    """An event as the walks write it: `HandedOver(case, first_assignment)`."""
    data = event["data"]
    what = ", ".join(data[key] for key in TOLD_BY if isinstance(data.get(key), str))
    name = event["type"].split(".")[1]
    return f"{name}({what})" if what else name


class Walk:
    """One case on its way. Each leg leaves it where the next begins; none of them moves the clock."""

    case: Filed

    def __init__(self, b: Bench, claim_fen: int = CLAIM_FEN) -> None:
        self.b, self.claim_fen = b, claim_fen
        self.judge = ""  # who holds the case
        self._told: dict[str, int] = {}

    # -- how it is walked, and what is seen on the way

    async def do(self, who: str, service: str, path: str, json: Any = None, **more: Any) -> dict[str, Any]:
        """A command on the case."""
        return await self.b.post(service, f"/cases/{self.case.case_id}/{path}", json, who=who, **more)

    async def see(self, service: str, path: str = "", who: str = "director", **query: Any) -> Any:
        return await self.b.get(service, f"/cases/{self.case.case_id}{path}", who=who, params=query)

    async def news(self) -> dict[str, str]:
        """By service: what it has published of the case since it was last asked, in order."""
        await self.b.settle()
        found: dict[str, str] = {}
        for service in self.b.running:
            page = f"/events?limit=1000&after={self._told.get(service, 0)}"
            answer = await self.b.get(service, page, who="director")
            self._told[service] = answer["next"]
            if events := [told(e) for e in answer["events"] if e["subject"] == self.case.subject]:
                found[service] = " · ".join(events)
        return found

    async def why(self, **query: Any) -> list[dict[str, Any]]:
        return (await self.see("supervision", "/why", **query))["clocks"]

    async def clocks(self, **query: Any) -> dict[str, str]:
        """State by rule."""
        return {each["rule"]: each["state"] for each in await self.why(**query)}

    async def clock(self, rule: str, **query: Any) -> dict[str, Any]:
        [found] = await self.why(clock=rule, **query)
        return found

    def deposit(self) -> dict[str, Any]:
        """More than the claim."""
        return asset(self.case.debtors[0], "deposit", self.claim_fen + 500_000, online=True)

    # -- to the first assignment (5.1, 1 to 19)

    async def file(self) -> None:
        received = await papers.receive(self.b)
        case_id = received["case_id"]
        await papers.review(self.b, case_id)
        body = papers.filing(self.claim_fen)
        self.case = Filed(received, await self.b.post("intake", f"/cases/{case_id}/filing", body, who="filing_officer"))

    async def send_forms(self) -> list[str]:
        """Gives their ids."""
        forms = ("enforcement_notice", "report_order")
        return [await papers.send_document(self.b, self.case, kind) for kind in forms]

    async def serve(self, document_id: str) -> None:
        body = {"party_id": self.case.debtors[0], "attempt": 1, "outcome": "served"}
        await self.do("service_officer", "intake", f"documents/{document_id}/services", body)

    async def answer(self, *found: dict[str, Any], **more: Any) -> None:
        """Of the enquiry that is open."""
        officer = "enquiry_officer"
        enquiries = await self.see("asset-control", "/enquiries", who=officer)
        [open_one] = [e["enquiry_id"] for e in enquiries if "result" not in e]
        body = {"scope": SCOPE, "result": "found" if found else "nothing", "assets": list(found), **more}
        await self.do(officer, "asset-control", f"enquiries/{open_one}/answer", body)

    async def prepare(self) -> None:
        """The pre-steps that nothing else completes (Y17)."""
        for kind in PRE_STEPS:
            await self.do("general_officer", "triage", "pre-steps", {"kind": kind, **papers.PASSED})
        await self.b.settle()

    async def hand_over(self, stage: str = "first", basis: str | None = None, **more: Any) -> str:
        """To the team it was assigned to. Gives the hand-over's id."""
        team = (await self.see("triage"))["assignment"]["team"]
        body = {
            "what": "case", "reason": f"{stage}_assignment", "from_team": "affairs", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": ["case_file"], "pages": 20, "register_signed": True,
            "basis": basis, **more,
        }  # fmt: skip
        return (await self.do("director", "triage", "handovers", body))["handover_id"]

    async def accept(self, handover_id: str) -> None:
        """By the judge in whose name the case was assigned: it is that judge's from now on."""
        self.judge = (await self.see("triage"))["assignment"]["handler"].removeprefix("yiyang-")
        await self.b.post("triage", f"/handovers/{handover_id}/accept", who=self.judge)
        await self.b.settle()

    async def ask_for_clues(self) -> None:
        """The creditor, by whoever holds the case now."""
        body = papers.contact("phone", self.case.creditor, topics=["property_clue"])
        await self.do(self.judge, "intake", "contacts", body)

    async def to_first_holder(self, *, deposit: bool) -> None:
        """Filed, prepared, assigned, accepted and the creditor heard, all on one day. Without the deposit, nothing was
        found."""
        await self.file()
        await self.b.settle()
        await self.send_forms()
        await self.answer(*([self.deposit()] if deposit else []))
        await self.prepare()
        await self.accept(await self.hand_over())
        await self.ask_for_clues()

    # -- to the closed file (5.1, 20 to 36)

    async def deduct(self) -> None:
        [found] = (await self.see("asset-control", "/assets"))["assets"]
        body = {"kind": "deduct", "asset_id": found["id"], "channel": "online", "amount_fen": self.claim_fen}
        await self.do(self.judge, "asset-control", "measures", body)

    async def receive(self) -> str:
        """The whole claim, on the case's account. Gives the payment's id."""
        body = {"into": "case_account", "amount_fen": self.claim_fen, "purpose": "deduction", "payer": "bank"}
        payment = (await self.do("funds_officer", "funds", "receipts", body))["payment_id"]
        await self.do("finance_officer", "funds", "arrivals", {"payment_id": payment})
        return payment

    async def allocate(self, payment: str, fee_fen: int = 100_000) -> str:
        whole = {"payment_id": payment, "to": self.case.creditor, "purpose": "principal"}
        fee = {"payment_id": payment, "to": "court", "purpose": "enforcement_fee", "amount_fen": fee_fen}
        body = {"lines": [{**whole, "amount_fen": self.claim_fen - fee_fen}, fee]}
        return (await self.do(self.judge, "funds", "allocations", body))["allocation_id"]

    async def ask_payout(self) -> str:
        body = {"act": "payout", "proposal": [], "amount_fen": self.claim_fen, "evidence": []}
        return (await self.do(self.judge, "funds", "approvals", body))["approval_id"]

    async def approve(self, service: str, approval: str, *who: str) -> None:
        for each in who:
            await self.b.post(service, f"/approvals/{approval}/decide", APPROVED, who=each)

    async def pay_out(self, allocation: str, approval: str) -> None:
        """The creditor's part is transferred, and the court's fee settled."""
        for way in ("transfer", "fee"):
            body = {"allocation_id": allocation, "approval_id": approval, "way": way}
            await self.do("finance_officer", "funds", "payouts", body)
        await self.b.settle()

    async def lift(self) -> None:
        for found in (await self.see("asset-control", "/assets"))["assets"]:
            for measure in found["measures"]:
                path = f"measures/{measure['measure_id']}/lift"
                await self.do(self.judge, "asset-control", path, {"asset_id": found["id"], "cause": "paid"})

    async def close(self) -> None:
        review = {"kind": "closing_review", **papers.PASSED}
        await self.do(self.judge, "triage", "reviews", review)
        fen, today = self.claim_fen, self.b.clock.now().date().isoformat()
        body = {
            "way": "performed", "closed_on": today, "cause": "performed", "applied_fen": fen, "closed_fen": fen,
            "waived_fen": 0, "recovered_fen": fen, "funds_settled": True,
        }  # fmt: skip
        await self.do(self.judge, "triage", "closing", body)
        await self.b.settle()

    async def give_file(self, giver: str, source: str, taker: str, target: str) -> None:
        """The file changes hands: `source` and `target` are `team/post`."""
        (from_team, from_post), (to_team, to_post) = source.split("/"), target.split("/")
        body = {
            "what": "file", "reason": "archiving", "from_team": from_team, "from_post": from_post, "to_team": to_team,
            "to_post": to_post, "items": ["whole_file"], "pages": 120, "register_signed": True,
        }  # fmt: skip
        given = await self.do(giver, "intake", "handovers", body)
        await self.b.post("intake", f"/handovers/{given['handover_id']}/accept", who=taker)

    async def to_closed(self) -> None:
        """From the first holder on."""
        await self.deduct()
        payment = await self.receive()
        allocation, approval = await self.allocate(payment), await self.ask_payout()
        await self.approve("funds", approval, self.judge, "chief")
        await self.pay_out(allocation, approval)
        await self.lift()
        await self.close()

    async def to_archived(self) -> None:
        """From closed on."""
        team = (await self.see("triage"))["team"]
        await self.give_file(self.judge, f"{team}/judge", "file_officer", "affairs/file_officer")
        await self.do("file_officer", "intake", "file/materials", papers.material("whole_file"))
        await self.give_file("file_officer", "affairs/file_officer", "trial_management", "general/trial_management")

    # -- to the start of pricing (5.2, 14 to 28)

    async def find_flat(self) -> str:
        """A second enquiry, at the counter, finds a flat; it is sealed on the spot. Gives the asset's id."""
        officer, again = "enquiry_officer", {"channel": "counter", "purpose": "again", "round": 2}
        await self.do(officer, "asset-control", "enquiries", {**again, "party_ids": self.case.debtors})
        await self.answer(asset(self.case.debtors[0], "real_estate", None, online=False))
        await self.b.settle()
        [flat] = [a for a in (await self.see("asset-control", "/assets"))["assets"] if a["kind"] == "real_estate"]
        seal = {"kind": "seal", "asset_id": flat["id"], "channel": "offline"}
        await self.do("field_officer", "asset-control", "measures", seal)
        return flat["id"]

    async def propose_second_assignment(self) -> str:
        """Gives the approval's id."""
        await self.do(self.judge, "intake", "notes", {"marks": {"needs_disposal": True}})
        body = {"act": "second_assignment", "proposal": ["needs_disposal"], "evidence": []}
        return (await self.do(self.judge, "triage", "approvals", body))["approval_id"]

    async def inform_parties(self, former: str) -> None:
        topics = {"topics": ["property", "progress", "new_handler"]}
        body = papers.contact("party_informed", self.case.creditor, **topics)
        await self.do(former, "intake", "contacts", body)

    async def ask_disposal(self, asset_id: str) -> str:
        """Gives the matter's id."""
        body = {"kind": "disposal", "to_post": "auction_officer", "about": f"asset:{asset_id}", "urgent": False,
                "items": 1, "requirement": True, "materials": []}  # fmt: skip
        return (await self.do(self.judge, "auction", "matters", body))["matter_id"]

    async def take_on(self, matter_id: str, **more: Any) -> None:
        await self.b.post("auction", f"/matters/{matter_id}/accept", more, who="auction_officer")
        await self.b.settle()

    async def fail_pricing(self, lot_id: str) -> None:
        await self.b.post("auction", f"/lots/{lot_id}/pricings/fail", {"reason": "no_agreement"}, who="auction_officer")
        await self.b.settle()

    async def to_pricing(self) -> str:
        """From the first holder on, by the second assignment. Gives the lot's id."""
        flat = await self.find_flat()
        approval = await self.propose_second_assignment()
        await self.approve("triage", approval, "chief")
        await self.b.settle()
        handover = await self.hand_over("second", approval)
        await self.inform_parties(self.judge)
        await self.accept(handover)
        lot = await self.ask_disposal(flat)
        await self.take_on(lot)
        return lot


async def both(b: Bench) -> tuple[Walk, Walk]:
    """A case that is closed and archived, and one whose flat is being priced."""
    paid, priced = Walk(b), Walk(b, 120_000_000)
    await paid.to_first_holder(deposit=True)
    await paid.to_closed()
    await paid.to_archived()
    await priced.to_first_holder(deposit=False)
    await priced.to_pricing()
    await b.settle()
    return paid, priced
