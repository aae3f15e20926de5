"""Walk 5.3 of the published language, leg by leg: terminated for now, enquired for again, resumed as a new case."""

from typing import Any

from tests import papers
from tests.papers import Filed
from tests.services import Bench
from tests.walks import SCOPE, Walk

ITEMS = ["application_with_clue", "handler_signature", "instrument", "termination_ruling", "resumption_ruling",
         "identity", "payee_form"]  # fmt: skip
OFFICER, FIELD = "enquiry_officer", "field_officer"


class ForNow(Walk):
    """A case in which nothing is found, on its way to the termination for now and on from there."""

    later: Filed  # the case as which it goes on

    def __init__(self, b: Bench) -> None:
        super().__init__(b)
        self.debtor = ""

    # -- to the termination (5.3, 1 to 13)

    async def to_nothing_found(self) -> None:
        await self.to_first_holder(deposit=False)
        [self.debtor] = self.case.debtors

    async def look_for(self, kind: str, who: str, result: str = "nothing_found") -> None:
        """A matter of the handler's, done by whom it was asked of."""
        ask = {"kind": kind, "to_post": who, "urgent": False, "items": 1, "requirement": True, "materials": []}
        matter = (await self.do(self.judge, "asset-control", "matters", ask))["matter_id"]
        await self.b.post("asset-control", f"/matters/{matter}/accept", who=who)
        record = {"place": "in_county", "doers": ["yiyang-field-1", "yiyang-field-2"], "media": ["transcript", "video"]}
        done = {"result": result, "receipts_complete": True, "reported_to_handler": True, "record": record}
        await self.b.post("asset-control", f"/matters/{matter}/finish", done, who=who)

    async def draft(self, kind: str, signer: str) -> str:
        """A paper on the debtor, signed. Gives its id."""
        paper = papers.document(kind, self.debtor, states=["case_reasons"])
        document = (await self.do(self.judge, "intake", "documents", paper))["document_id"]
        await self.do(signer, "intake", f"documents/{document}/signature", papers.SIGNED)
        return document

    async def measure(self, kind: str, paper: str) -> None:
        await self.draft(paper, "chief")
        await self.b.settle()
        body = {"kind": kind, "party_id": self.debtor, "channel": "online"}
        await self.do(self.judge, "asset-control", "measures", body)

    async def enquire(self, purpose: str, **more: Any) -> None:
        """Through the network; nothing is found."""
        body = {"channel": "network_national", "purpose": purpose, "party_ids": self.case.debtors, **more}
        await self.do(OFFICER, "asset-control", "enquiries", body)
        await self.answer()

    async def review(self, *kinds: str) -> None:
        for kind in kinds:
            await self.do(self.judge, "triage", "reviews", {"kind": kind, **papers.PASSED})

    async def serve_ruling(self) -> None:
        """Signed by the chief in person, and served."""
        ruling = await self.draft("termination_ruling", "chief")
        sending = papers.sending(self.debtor)
        await self.do("service_officer", "intake", f"documents/{ruling}/sendings", sending)
        await self.serve(ruling)

    def closing(self) -> dict[str, Any]:
        today = self.b.clock.now().date().isoformat()
        return {
            "way": "terminated_for_now", "closed_on": today, "cause": "nothing_found", "applied_fen": self.claim_fen,
            "closed_fen": self.claim_fen, "waived_fen": 0, "recovered_fen": 0, "funds_settled": True,
        }  # fmt: skip

    async def terminate(self) -> None:
        await self.do(self.judge, "triage", "closing", self.closing())
        await self.b.settle()

    async def exhaust(self) -> None:
        """All that comes before the first request to close, but for the second enquiry and the interview."""
        await self.look_for("counter_enquiry", OFFICER)
        await self.look_for("find_person", FIELD)
        await self.look_for("site_survey", FIELD)
        await self.measure("consumption_limit", "consumption_decision")
        await self.measure("dishonest_listing", "dishonest_decision")

    async def interview(self) -> None:
        contact = papers.contact("termination_interview", self.case.creditor)
        await self.do(self.judge, "intake", "contacts", contact)

    async def to_terminated(self) -> None:
        """Filed, everything looked for, and terminated for now 100 days later."""
        await self.to_nothing_found()
        await self.exhaust()
        await self.b.advance(days=100)
        await self.enquire("before_termination", round=2)
        await self.interview()
        await self.look_for("verify_clue", OFFICER)
        await self.review("no_assets_confirmed", "termination_review")
        await self.serve_ruling()
        await self.b.settle()
        await self.terminate()

    # -- to the resumption (5.3, 14 to 25)

    async def to_next_enquiry(self) -> None:
        """To the moment at which its timer fires."""
        due = await self.b.running["asset-control"].parts.timers.next_due()
        await self.b.advance(seconds=(due - self.b.clock.now()).total_seconds())

    async def cycles(self) -> dict[str, str]:
        """State of each half-yearly enquiry by its occurrence."""
        return {each["occurrence"]: each["state"] for each in await self.why(clock="cn.half_yearly")}

    async def answer_cycle(self, cycle: int, *found: dict[str, Any]) -> None:
        enquiries = await self.see("asset-control", "/enquiries", who=OFFICER)
        [this] = [each["enquiry_id"] for each in enquiries if each.get("cycle") == cycle]
        body = {"scope": SCOPE, "result": "found" if found else "nothing", "assets": list(found)}
        await self.do(OFFICER, "asset-control", f"enquiries/{this}/answer", body)
        await self.b.settle()

    async def apply_to_resume(self) -> None:
        """By the creditor, with seven materials: a new case id."""
        applied = {"kind": "resumption", "items": ITEMS, "earlier_case_id": self.case.case_id}
        received = await papers.receive(self.b, **applied)
        self.later = Filed(received, {"case_no": ""})
        await self.b.settle()

    async def on_later(self, who: str, service: str, path: str, json: Any = None) -> dict[str, Any]:
        return await self.b.post(service, f"/cases/{self.later.case_id}/{path}", json, who=who)

    async def review_request(self) -> None:
        await self.on_later("filing_officer", "intake", "application/first-review", papers.PASSED)

    async def give_materials(self) -> None:
        """By the filing staff; the director confirms."""
        body = {
            "what": "materials", "reason": "resumption_review", "from_team": "affairs", "from_post": "filing_officer",
            "to_team": "affairs", "to_post": "director", "items": ITEMS, "pages": 30, "register_signed": True,
        }  # fmt: skip
        given = await self.on_later("filing_officer", "intake", "handovers", body)
        await self.b.post("intake", f"/handovers/{given['handover_id']}/accept", who="director")

    async def ask_leave(self) -> str:
        """The clue has been checked. Gives the approval's id."""
        await self.on_later("director", "triage", "reviews", {"kind": "clue", **papers.PASSED})
        body = {"act": "resume", "proposal": [], "evidence": []}
        return (await self.on_later("director", "triage", "approvals", body))["approval_id"]
