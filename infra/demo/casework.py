"""What every case goes through until somebody holds it, and what whoever holds it may ask for and do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from infra.demo.acting import PLAIN_MATTER, Acting
from infra.demo.caseload import TOWNSHIPS

PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
FORMS = ("enforcement_notice", "report_order")
APPROVED = {"decision": "approved", "in_person": True, "channel": "online"}
PASSED: dict[str, Any] = {"result": "passed", "lacking": []}
SIGNED = {"in_person": True, "key_owner": True, "sealed": True}
SCOPE = ["deposit", "securities", "real_estate", "vehicle", "equity"]


class Casework(Acting):
    """One case. A life is a subclass that says how it goes on once somebody holds it."""

    APPLIES_FOR = "enforcement"
    ITEMS: tuple[str, ...] = ("application", "instrument", "identity")  # that come with the application
    INSTRUMENT = "judgment"
    FOUND = "nothing"  # by the first enquiry: a kind of asset, or nothing
    case_id = ""
    handler = ""  # who holds the case
    asset_id = ""

    async def tell(self) -> None:
        """A case's life."""
        arrival = self.scene.agenda.on_day(self.profile.day)
        await self.timeline.until(arrival + timedelta(seconds=self.profile.number + 1))
        await self.receive_application()
        if self.profile.refused:
            await self.refuse()
            return
        await self.file()
        await self.send_forms()
        await self.prepare()
        await self.hand_over("first", None)
        await self.later(0.8)
        await self.hear("phone", "property_clue")
        if self.profile.corrected:
            await self.correct_last_contact()
        await self.go_on()

    async def go_on(self) -> None:
        """From the first holder on."""

    def of(self, service: str, path: str = "") -> str:
        return f"/{service}/cases/{self.case_id}{path and '/'}{path}"

    # -- filing

    async def receive_application(self, **more: Any) -> None:
        asked = ["investigation_request"] if self.profile.asks_investigation else []
        applied = {"kind": self.APPLIES_FOR, "items": [*self.ITEMS, *asked], "agent": "none", "parties": self.parties()}
        received = await self.do(self.who("filing_officer"), "/intake/applications", {**applied, **more})
        self.case_id = received["case_id"]
        self.creditor, *self.debtors = received["party_ids"]
        await self.later(1)

    async def refuse(self) -> None:
        lacking = {"result": "failed", "lacking": ["effective_instrument"]}
        await self.do(self.who("filing_officer"), self.of("intake", "application/review"), lacking)
        reasons = {"reasons": ["instrument_not_in_force"]}
        await self.do(self.who("director"), self.of("intake", "application/refusal"), reasons)

    async def file(self, **more: Any) -> None:
        filing = self.who("filing_officer")
        await self.do(filing, self.of("intake", "application/review"), PASSED)
        await self.later(0.5, alone=True)
        await self.do(filing, self.of("intake", "filing"), {**self.filing(), **more})
        self.filed_at = self.now

    def parties(self) -> list[dict[str, Any]]:
        return [self.party("creditor", 0), *(self.party("debtor", n) for n in range(self.profile.debtors))]

    def party(self, role: str, n: int) -> dict[str, Any]:
        organ = self.profile.organ and role == "debtor"
        code = f"{self.profile.number:05d}-{role}-{n}"
        return {
            "role": role, "kind": "organ" if organ else "person", "state_employee": False, "named_in_instrument": True,
            "area": self.chance.choice(TOWNSHIPS), "whereabouts": "known", "in_custody": "no", "represented": "none",
            "name": f"示例当事人 {code}", "identity_no": f"SAMPLE-{code}", "phones": ["000-0000000"],
            "addresses": {"confirmed": f"示例地址 {code}"},
        }  # fmt: skip

    def filing(self) -> dict[str, Any]:
        return {
            "instrument": {"kind": self.INSTRUMENT}, "cause": "other", "earlier_preservation": False,
            "marked_simple": False,
            "claim": {"money": True, "amount_fen": self.profile.claim_fen, "basis": "instrument",
                      "interest_apart": False, "costs_apart": False, "acts": []},
        }  # fmt: skip

    # -- to the first assignment

    async def send_forms(self) -> None:
        """Notice and report order to every debtor: made by the service officer, signed by the team's judge (Y03)."""
        await self.later(self.days("documents", 1.0, 11), alone=True)
        for kind in FORMS:
            document = await self.draft(self.who("service_officer"), kind, *self.debtors)
            await self.sign(self.who("judge", "affairs"), document)
            for debtor in self.debtors:
                await self.send(document, debtor)

    async def prepare(self) -> None:
        """The seven pieces of work before the first assignment (Y17); with the last, the system assigns."""
        await self.later(self.days("pre_steps", 1.2, 7), alone=True)
        for kind in PRE_STEPS:
            await self.do(self.who("general_officer"), self.of("triage", "pre-steps"), {"kind": kind, **PASSED})
        await self.later(0.8, alone=True)
        await self.answer_enquiry(self.FOUND, late=True)

    async def answer_enquiry(self, found: str, *, late: bool = False, **which: Any) -> None:
        """The enquiry that is open (`which`: of several); `late`: the answer may be entered only days later."""
        officer = self.who("enquiry_officer")
        enquiries = await self.see(officer, self.of("asset-control", "enquiries"))
        this = next(e for e in enquiries if "result" not in e and which.items() <= e.items())
        happened = await self.before_entry() if late else None
        assets = [] if found == "nothing" else [self.asset(found)]
        body = {"scope": SCOPE, "result": "found" if assets else "nothing", "assets": assets}
        path = self.of("asset-control", f"enquiries/{this['enquiry_id']}/answer")
        answer = await self.do(officer, path, body, happened)
        self.asset_id = next(iter(answer.get("asset_ids", [])), self.asset_id)

    def asset(self, kind: str, *, online: bool = True) -> dict[str, Any]:
        """Money of more than the claim; other property of unknown value."""
        is_money = kind == "deposit"
        value = self.profile.claim_fen + self.chance.randrange(1, 50) * 10_000 if is_money else 0
        return {
            "party_id": self.debtors[0], "kind": kind, "valued": is_money, "value_fen": value, "place": "in_county",
            "online": online, "disposable": "yes",
        }  # fmt: skip

    # -- hand-over

    async def hand_over(self, stage: str, basis: str | None) -> None:
        """From the centralised team to the team assigned, of which the former handler tells the creditor."""
        tardy = {"first": ("handover", 1.0, 6), "second": ("second_handover", 1.5, 6)}[stage]
        await self.later(self.days(*tardy))
        director, former = self.who("director"), self.handler
        team = (await self.see(director, self.of("triage")))["assignment"]["team"]
        body = {
            "what": "case", "reason": f"{stage}_assignment", "from_team": "affairs", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": ["case_file"], "pages": 20 + self.profile.number % 60,
            "register_signed": True, "basis": basis,
        }  # fmt: skip
        handed = await self.do(director, self.of("triage", "handovers"), body)
        await self.later(0.7)
        if former and stage == "second":
            await self.later(self.days("parties_told", 0.3, 8))
            await self.hear("party_informed", "property", "progress", "new_handler")
        self.handler = self.who("judge", team)
        await self.do(self.handler, f"/triage/handovers/{handed['handover_id']}/accept")

    # -- what whoever holds the case does

    async def hear(self, kind: str, *topics: str) -> None:
        """The creditor is told and asked."""
        contact = {
            "kind": kind, "with": [self.creditor], "visitor": "creditor", "identity_checked": True, "topics": topics,
            "registered_before": True, "urgent": False,
        }  # fmt: skip
        await self.do(self.handler, self.of("intake", "contacts"), contact)

    async def correct_last_contact(self) -> None:
        """It was an hour earlier than was entered."""
        await self.later(1.5)
        told = await self.see(self.who("chief"), self.of("supervision", "timeline"))
        wrong = [fact for fact in told["facts"] if fact["event"] == "ContactRecorded"][-1]
        hour_before = f"{wrong['time'][:10]}T00:45:00Z"
        body = {
            "subject": f"case/{self.case_id}", "corrects": wrong["id"], "how": "amend", "reason": "wrong_time",
            "reading": {"data": wrong["data"], "time": hour_before},
        }  # fmt: skip
        await self.do(self.handler, "/intake/corrections", body)

    async def mark(self, **marks: bool) -> None:
        await self.do(self.handler, self.of("intake", "notes"), {"marks": marks})

    async def review(self, *kinds: str) -> None:
        for kind in kinds:
            await self.do(self.handler, self.of("triage", "reviews"), {"kind": kind, **PASSED})

    async def ask(self, service: str, kind: str, to_post: str, **more: Any) -> str:
        """A matter. Gives its id."""
        asked = {**PLAIN_MATTER, "kind": kind, "to_post": to_post, **more}
        return (await self.do(self.handler, self.of(service, "matters"), asked))["matter_id"]

    async def finish(self, who: str, service: str, matter: str, result: str) -> None:
        record = {"place": "in_county", "doers": [who], "media": ["transcript", "video"]}
        done = {"result": result, "receipts_complete": True, "reported_to_handler": True, "record": record}
        await self.do(who, f"/{service}/matters/{matter}/finish", done)

    async def have_done(self, kind: str, post: str, result: str = "nothing_found", **more: Any) -> None:
        """A matter of asset-control, done by whom it is asked of."""
        matter, doer = await self.ask("asset-control", kind, post, **more), self.who(post)
        await self.at_once("clue", 2)
        await self.do(doer, f"/asset-control/matters/{matter}/accept")
        await (self.soon() if more.get("urgent") else self.later(2))
        await self.finish(doer, "asset-control", matter, result)

    async def enquire(self, purpose: str, found: str, round: int = 2) -> None:
        """Once more through the network."""
        body = {"channel": "network_national", "purpose": purpose, "round": round, "party_ids": self.debtors}
        await self.do(self.who("enquiry_officer"), self.of("asset-control", "enquiries"), body)
        await self.later(2)
        await self.answer_enquiry(found, purpose=purpose)

    async def approve(self, service: str, act: str, *who: str, proposal: Any = (), fen: int | None = None) -> str:
        """Asked for by the handler, decided step by step; the last step is this case's alone. Gives its id."""
        asked = {"act": act, "proposal": list(proposal), "amount_fen": fen, "evidence": ["case_file"]}
        approval = (await self.do(self.handler, self.of(service, "approvals"), asked))["approval_id"]
        for member in who:
            await self.later(0.6, alone=member == who[-1])
            await self.do(member, f"/{service}/approvals/{approval}/decide", APPROVED)
        return approval

    # -- papers

    async def draft(self, who: str, kind: str, *party_ids: str, **more: Any) -> str:
        plain: dict[str, Any] = {"states": [], "checked_against_file": True}
        body = {**plain, "kind": kind, "party_ids": party_ids, **more}
        return (await self.do(who, self.of("intake", "documents"), body))["document_id"]

    async def sign(self, who: str, document: str) -> None:
        await self.do(who, self.of("intake", f"documents/{document}/signature"), SIGNED)

    async def signer_of(self, kind: str) -> str:
        """Whom the rules of the court in force now name first."""
        lines = await self.see(self.handler, self.of("triage", f"authority?document={kind}"))
        post = next(line["who"][0] for line in lines if line["holds"])
        return self.handler if post == "judge" else self.who(post)

    async def signed(self, kind: str, signer: str, *party_ids: str) -> str:
        """Made by the handler, signed the next day, and known to all soon after."""
        document = await self.draft(self.handler, kind, *(party_ids or self.debtors), states=["case_reasons"])
        await self.later(0.6)
        await self.sign(signer, document)
        await self.soon()
        return document

    async def send(self, document: str, party: str) -> None:
        sent = {"party_id": party, "way": "electronic", "address": "confirmed"}
        await self.do(self.who("service_officer"), self.of("intake", f"documents/{document}/sendings"), sent)

    async def serve(self, document: str, *party_ids: str) -> None:
        for party in party_ids:
            await self.send(document, party)
            served = {"party_id": party, "attempt": 1, "outcome": "served"}
            await self.do(self.who("service_officer"), self.of("intake", f"documents/{document}/services"), served)
