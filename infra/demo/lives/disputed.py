"""Cases against which somebody objects: the objection is a case of its own."""

from __future__ import annotations

from typing import Any

from infra.demo.acting import Scene
from infra.demo.ending import Ending
from infra.demo.lives.paid import Deposit


class Objected(Deposit):
    """A third party says that the money is his (案外人异议): paying out waits until that is decided."""

    async def go_on(self) -> None:
        await self.later(2)
        stopped = await self.do(self.handler, self.of("triage", "suspensions"), {"cause": "objection", "clocks": []})
        await Objection(self.scene, self).tell()
        await self.later(1)
        await self.do(self.handler, self.of("triage", f"suspensions/{stopped['suspension_id']}/end"))
        await self.collect()


class Objection(Ending):
    """It is dismissed, and the objector asks the court above to reconsider (复议)."""

    APPLIES_FOR = "objection"
    ITEMS = ("objection", "evidence")

    def __init__(self, scene: Scene, against: Ending) -> None:
        super().__init__(scene)
        self.against = against

    def parties(self) -> list[dict[str, Any]]:
        return [self.party("creditor", 0), self.party("third", 0)]

    async def tell(self) -> None:
        await self.receive_application()
        await self.later(self.days("objection", 0.1, 4))
        await self.file(related_case_id=self.against.case_id)
        await self.hand_over("first", None)
        await self.later(0.5)
        notice = await self.signed("acceptance_notice", self.handler, self.creditor, *self.debtors)
        for party in (self.creditor, *self.debtors):
            await self.send(notice, party)
        await self.later(self.days("objection", 6, 16))
        await self.signed("dismissal_ruling", self.who("chief"), self.creditor, *self.debtors)
        await self.close("concluded")
        await self.ask_reconsideration()

    async def ask_reconsideration(self) -> None:
        """The request goes up with the file; the court above files and decides it."""
        await self.later(4)
        applied = {
            "kind": "reconsideration", "items": ["request"], "agent": "none", "parties": self.parties(),
            "earlier_case_id": self.case_id,
        }  # fmt: skip
        filing = self.who("filing_officer")
        request = await self.do(filing, "/intake/applications", applied)
        await self.later(self.days("objection", 2, 7))
        body = {
            "what": "file", "reason": "court_above", "from_team": "affairs", "from_post": "filing_officer",
            "to_team": "court_above", "to_post": "filing_officer", "items": ["whole_file"], "pages": 60,
            "register_signed": True,
        }  # fmt: skip
        await self.do(filing, f"/intake/cases/{request['case_id']}/handovers", body)
