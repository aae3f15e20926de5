"""One case as people live it: from the application to the closed file, through the services' HTTP APIs alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from infra.demo.caseload import TOWNSHIPS, Agenda, Profile
from infra.demo.client import People
from infra.demo.timeline import Timeline
from kernel.clock import COURT_ZONE
from rules.calendar import Calendar

PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
FORMS = ("enforcement_notice", "report_order")
APPROVED = {"decision": "approved", "in_person": True, "channel": "online"}
SCOPE = ["deposit", "securities", "real_estate", "vehicle", "equity"]
NOTHING = {"scope": SCOPE, "result": "nothing", "assets": []}
PLAIN_MATTER = {"urgent": False, "items": 1, "requirement": True, "materials": []}


class Story:
    """Tells one case. Acts that number or share something out happen at an instant that is this case's own."""

    def __init__(self, profile: Profile, people: People, timeline: Timeline, calendar: Calendar, seed: int) -> None:
        self.profile, self.people, self.timeline = profile, people, timeline
        self.chance = random.Random(f"{seed}/{profile.number}/story")
        self.agenda = Agenda(calendar, self.chance)
        self.keys = 0
        self.case_id = ""
        self.debtors: list[str] = []
        self.creditor = ""
        self.asset_id = ""
        self.measure_id = ""

    # -- how people act

    async def do(self, member: str, path: str, body: dict[str, Any], at: datetime | None = None) -> Any:
        self.keys += 1
        return await self.people.do(member, path, f"case {self.profile.number} act {self.keys}", body, at)

    async def see(self, member: str, path: str) -> Any:
        return await self.people.see(member, path)

    def who(self, post: str, team: str | None = None) -> str:
        """The same case goes to the same one of several who hold a post."""
        holders = self.people.holding(post, team)
        return holders[self.profile.number % len(holders)]

    @property
    def now(self) -> datetime:
        return self.timeline.clock.now()

    async def later(self, days: float, *, alone: bool = False) -> None:
        """Waits for office hours about so many days on; `alone`: at an instant of this case's own."""
        instant = self.agenda.after(self.now, days * self.chance.uniform(0.6, 1.4))
        await self.timeline.until(instant + timedelta(seconds=self.profile.number + 1) if alone else instant)

    async def _before_entry(self) -> datetime | None:
        """When it happened, for an act that is entered only days later; None for one that is entered at once."""
        if not self.profile.entered_late:
            return None
        happened = self.now
        await self.later(self.profile.entered_late, alone=True)
        return happened

    def days(self, act: str, in_time: float, late: float) -> float:
        return late if self.profile.tardy == act else in_time

    # -- the case

    async def tell(self) -> None:
        await self.timeline.until(self.agenda.on_day(self.profile.day) + timedelta(seconds=self.profile.number + 1))
        if not await self.file():
            return
        await self.send_forms()
        await self.prepare()
        held = await self.hand_over("first", None)
        await self.later(0.8)
        await self.hear(held, "phone", "property_clue")
        if self.profile.found == "deposit":
            await self.collect(held)
        elif self.profile.found in ("real_estate", "vehicle"):
            await self.dispose(held)
        else:
            await self.keep_looking(held)

    async def file(self) -> bool:
        filing = self.who("filing_officer")
        received = await self.do(filing, "/intake/applications", self._application())
        self.case_id = received["case_id"]
        self.creditor, *self.debtors = received["party_ids"]
        await self.later(1)
        if self.profile.refused:
            lacking = {"result": "failed", "lacking": ["effective_instrument"]}
            await self.do(filing, f"/intake/cases/{self.case_id}/application/review", lacking)
            reasons = {"reasons": ["instrument_not_in_force"]}
            await self.do(self.who("director"), f"/intake/cases/{self.case_id}/application/refusal", reasons)
            return False
        passed = {"result": "passed", "lacking": []}
        await self.do(filing, f"/intake/cases/{self.case_id}/application/review", passed)
        await self.later(0.5, alone=True)
        await self.do(filing, f"/intake/cases/{self.case_id}/filing", self._filing())
        return True

    async def send_forms(self) -> None:
        """Notice and report order to every debtor: made by the service officer, signed by the team's judge (Y03)."""
        await self.later(self.days("documents", 1.0, 11), alone=True)
        service, judge = self.who("service_officer"), self.who("judge", "affairs")
        documents = f"/intake/cases/{self.case_id}/documents"
        for kind in FORMS:
            body = {"kind": kind, "party_ids": self.debtors, "states": [], "checked_against_file": True}
            document = (await self.do(service, documents, body))["document_id"]
            signed = {"in_person": True, "key_owner": True, "sealed": True}
            await self.do(judge, f"{documents}/{document}/signature", signed)
            for debtor in self.debtors:
                sent = {"party_id": debtor, "way": "electronic", "address": "confirmed"}
                await self.do(service, f"{documents}/{document}/sendings", sent)

    async def prepare(self) -> None:
        """The seven pieces of work before the first assignment (Y17); with the last, the system assigns."""
        await self.later(self.days("pre_steps", 1.2, 7), alone=True)
        for kind in PRE_STEPS:
            body = {"kind": kind, "result": "passed", "lacking": []}
            await self.do(self.who("general_officer"), f"/triage/cases/{self.case_id}/pre-steps", body)
        officer = self.who("enquiry_officer")
        [enquiry] = await self.see(officer, f"/asset-control/cases/{self.case_id}/enquiries")
        await self.later(0.8, alone=True)
        happened = await self._before_entry()
        answer = await self.do(
            officer,
            f"/asset-control/cases/{self.case_id}/enquiries/{enquiry['enquiry_id']}/answer",
            self._answer(),
            happened,
        )
        self.asset_id = next(iter(answer.get("asset_ids", [])), "")

    async def hand_over(self, stage: str, basis: str | None, former: str = "") -> str:
        """From the centralised team to the team assigned, of which a `former` handler tells the creditor. Gives the
        member who holds the case from then on."""
        tardy = {"first": ("handover", 1.0, 6), "second": ("second_handover", 1.5, 6)}[stage]
        await self.later(self.days(*tardy))
        director = self.who("director")
        handling = await self.see(director, f"/triage/cases/{self.case_id}")
        team = handling["assignment"]["team"]
        body = {
            "what": "case", "reason": f"{stage}_assignment", "from_team": "affairs", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": ["case_file"], "pages": 20 + self.profile.number % 60,
            "register_signed": True, "basis": basis,
        }  # fmt: skip
        handed = await self.do(director, f"/triage/cases/{self.case_id}/handovers", body)
        await self.later(0.7)
        if former:
            await self.hear(former, "party_informed", "property", "progress", "new_handler")
        judge = self.who("judge", team)
        await self.do(judge, f"/triage/handovers/{handed['handover_id']}/accept", {})
        return judge

    async def hear(self, member: str, kind: str, *topics: str) -> None:
        """The creditor is told and asked."""
        contact = {
            "kind": kind, "with": [self.creditor], "visitor": "creditor", "identity_checked": True, "topics": topics,
            "registered_before": True, "urgent": False,
        }  # fmt: skip
        await self.do(member, f"/intake/cases/{self.case_id}/contacts", contact)

    # -- simple: deposits cover the claim

    async def collect(self, handler: str) -> None:
        await self.later(2)
        deduct = {
            "kind": "deduct",
            "asset_id": self.asset_id,
            "channel": "online",
            "amount_fen": self.profile.claim_fen,
        }
        await self.do(handler, f"/asset-control/cases/{self.case_id}/measures", deduct)
        await self.later(1.5)
        await self.settle(handler, "deduction")

    async def settle(self, handler: str, purpose: str) -> None:
        """Money arrives, is allocated, approved by the chain (Y16), paid out; then the case closes."""
        money = f"/funds/cases/{self.case_id}"
        receipt = {"into": "case_account", "amount_fen": self.profile.claim_fen, "purpose": purpose, "payer": "bank"}
        payment = (await self.do(self.who("funds_officer"), f"{money}/receipts", receipt))["payment_id"]
        await self.later(0.6)
        finance = self.who("finance_officer")
        await self.do(finance, f"{money}/arrivals", {"payment_id": payment})
        await self.later(self.days("payout", 3, 34))
        line = {
            "payment_id": payment,
            "to": self.creditor,
            "purpose": "principal",
            "amount_fen": self.profile.claim_fen,
        }
        allocation = (await self.do(handler, f"{money}/allocations", {"lines": [line]}))["allocation_id"]
        asked = {
            "act": "payout",
            "proposal": [],
            "amount_fen": self.profile.claim_fen,
            "evidence": ["distribution_plan"],
        }
        approval = (await self.do(handler, f"{money}/approvals", asked))["approval_id"]
        for member in (handler, self.who("chief")):
            await self.later(0.6)
            await self.do(member, f"/funds/approvals/{approval}/decide", APPROVED)
        await self.later(0.6)
        paid = {"allocation_id": allocation, "approval_id": approval, "way": "transfer"}
        await self.do(finance, f"{money}/payouts", paid)
        await self.close(handler)

    async def close(self, handler: str) -> None:
        await self.later(1.5)
        await self.lift(handler)
        review = {"kind": "closing_review", "result": "passed", "lacking": []}
        await self.do(handler, f"/triage/cases/{self.case_id}/reviews", review)
        await self.later(0.6)
        today, fen = self.now.astimezone(COURT_ZONE).date().isoformat(), self.profile.claim_fen
        closing = {
            "way": "performed", "closed_on": today, "cause": "performed", "applied_fen": fen, "closed_fen": fen,
            "waived_fen": 0, "recovered_fen": fen, "funds_settled": True,
        }  # fmt: skip
        await self.do(handler, f"/triage/cases/{self.case_id}/closing", closing)
        await self.archive(handler)

    async def lift(self, handler: str) -> None:
        found = await self.see(handler, f"/asset-control/cases/{self.case_id}/assets")
        for asset in found["assets"]:
            for measure in asset["measures"]:
                body = {"asset_id": asset["id"], "cause": "paid"}
                path = f"/asset-control/cases/{self.case_id}/measures/{measure['measure_id']}/lift"
                await self.do(handler, path, body)

    async def archive(self, handler: str) -> None:
        """The file goes to the file officer, is catalogued, and goes on to trial management (5.1, 33 to 36)."""
        team = self.people.principal(handler).team
        keeper, archivist = self.who("file_officer"), self.who("trial_management")
        await self.later(4)
        await self._give_file(handler, (team, "judge"), keeper, ("affairs", "file_officer"))
        material = {"kind": "whole_file", "medium": "electronic", "pages": 120, "catalogued": True, "pocket": False}
        await self.do(keeper, f"/intake/cases/{self.case_id}/file/materials", material)
        await self.later(3)
        await self._give_file(keeper, ("affairs", "file_officer"), archivist, ("general", "trial_management"))

    async def _give_file(self, giver: str, source: Sequence[str], taker: str, target: Sequence[str]) -> None:
        body = {
            "what": "file", "reason": "archiving", "from_team": source[0], "from_post": source[1],
            "to_team": target[0], "to_post": target[1], "items": ["whole_file"], "pages": 120, "register_signed": True,
        }  # fmt: skip
        handed = await self.do(giver, f"/intake/cases/{self.case_id}/handovers", body)
        await self.later(0.8)
        await self.do(taker, f"/intake/handovers/{handed['handover_id']}/accept", {})

    # -- property that must be sold: second assignment, disposal, pricing

    async def dispose(self, handler: str) -> None:
        route = (await self.see(handler, f"/triage/cases/{self.case_id}"))["route"]
        ordinary = handler if route["track"] == "ordinary" else await self.assign_again(handler)
        await self.later(self.days("disposal", 1, 6))
        happened = await self._before_entry()
        asked = {"kind": "disposal", "to_post": "auction_officer", "about": f"asset:{self.asset_id}", **PLAIN_MATTER}
        matter = (await self.do(ordinary, f"/auction/cases/{self.case_id}/matters", asked, happened))["matter_id"]
        await self.timeline.until(self.now + timedelta(minutes=20))
        if self.profile.tardy == "auction_accepts":
            await self.later(2)
        auctioneer = self.who("auction_officer")
        await self.do(auctioneer, f"/auction/matters/{matter}/accept", {})
        await self.price(auctioneer, matter)  # the disposal taken on becomes the lot

    async def assign_again(self, handler: str) -> str:
        """The handler proposes, the chief approves, the system assigns, the centralised team hands over (Y19, Y07)."""
        await self.later(3)
        await self.do(handler, f"/intake/cases/{self.case_id}/notes", {"marks": {"needs_disposal": True}})
        asked = {"act": "second_assignment", "proposal": ["needs_disposal"], "evidence": []}
        approval = (await self.do(handler, f"/triage/cases/{self.case_id}/approvals", asked))["approval_id"]
        await self.later(0.8, alone=True)
        await self.do(self.who("chief"), f"/triage/approvals/{approval}/decide", APPROVED)
        return await self.hand_over("second", approval, former=handler)

    async def price(self, auctioneer: str, lot_id: str) -> None:
        """The parties do not agree on a price in every second case: the next method starts by itself."""
        if self.chance.random() < 0.5:
            await self.later(5)
            await self.do(auctioneer, f"/auction/lots/{lot_id}/pricings/fail", {"reason": "no_agreement"})

    # -- nothing found

    async def keep_looking(self, handler: str) -> None:
        """A second enquiry: a flat that must be sold, or nothing again; some debtors pay by themselves in the end."""
        is_estate = self.profile.found == "late_estate"
        await self.later(6 if is_estate else 20)
        enquiry = {"channel": "network_national", "purpose": "again", "round": 2, "party_ids": self.debtors}
        officer = self.who("enquiry_officer")
        again = await self.do(officer, f"/asset-control/cases/{self.case_id}/enquiries", enquiry)
        await self.later(2)
        path = f"/asset-control/cases/{self.case_id}/enquiries/{again['enquiry_id']}/answer"
        answer = await self.do(officer, path, self._found("real_estate") if is_estate else NOTHING)
        if is_estate:
            self.asset_id = answer["asset_ids"][0]
            await self.dispose(handler)
        elif self.chance.random() < 0.3:
            await self.later(12)
            await self.settle(handler, "performance")

    # -- what the dice filled in

    def _application(self) -> dict[str, Any]:
        return {
            "kind": "enforcement", "items": ["application", "instrument", "identity"], "agent": "none",
            "parties": [self._party("creditor", 0), *(self._party("debtor", n) for n in range(self.profile.debtors))],
        }  # fmt: skip

    def _party(self, role: str, n: int) -> dict[str, Any]:
        organ = self.profile.organ and role == "debtor"
        code = f"{self.profile.number:05d}-{role}-{n}"
        return {
            "role": role, "kind": "organ" if organ else "person", "state_employee": False, "named_in_instrument": True,
            "area": self.chance.choice(TOWNSHIPS), "whereabouts": "known", "in_custody": "no", "represented": "none",
            "name": f"示例当事人 {code}", "identity_no": f"SAMPLE-{code}", "phones": ["000-0000000"],
            "addresses": {"confirmed": f"示例地址 {code}"},
        }  # fmt: skip

    def _filing(self) -> dict[str, Any]:
        return {
            "instrument": {"kind": "judgment"}, "cause": "other", "earlier_preservation": False, "marked_simple": False,
            "claim": {"money": True, "amount_fen": self.profile.claim_fen, "basis": "instrument",
                      "interest_apart": False, "costs_apart": False, "acts": []},
        }  # fmt: skip

    def _answer(self) -> dict[str, Any]:
        """Of the first enquiry."""
        return NOTHING if self.profile.found in ("nothing", "late_estate") else self._found(self.profile.found)

    def _found(self, kind: str) -> dict[str, Any]:
        is_money = kind == "deposit"
        value = self.profile.claim_fen + self.chance.randrange(1, 50) * 10_000 if is_money else 0
        asset = {
            "party_id": self.debtors[0], "kind": kind, "valued": is_money, "value_fen": value, "place": "in_county",
            "online": True, "disposable": "yes",
        }  # fmt: skip
        return {"scope": SCOPE, "result": "found", "assets": [asset]}
