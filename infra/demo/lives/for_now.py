"""Cases in which nothing is found (5.3): terminated for now, enquired for every half year, resumed as new cases."""

from __future__ import annotations

from datetime import timedelta

from infra.demo.acting import Scene
from infra.demo.casework import PASSED
from infra.demo.ending import Ending
from infra.demo.lives.paid import Deposit

MONTHS_3, HALF_A_YEAR = timedelta(days=94), timedelta(days=186)
CYCLES = 10
ON_THE_DEBTOR = {"consumption_limit": "consumption_decision", "dishonest_listing": "dishonest_decision"}


class Terminated(Ending):
    """All that the law and the scheme ask for before it (Y08), then the chief's ruling."""

    async def go_on(self) -> None:
        await self.exhaust()
        await self.not_before(self.filed_at + MONTHS_3)
        await self.terminate()
        await self.watch()

    async def exhaust(self) -> None:
        """Everything looked for, on the debtor's property and on the debtor."""
        await self.later(5)
        await self.have_done("counter_enquiry", "enquiry_officer")
        await self.have_done("find_person", "field_officer")
        await self.later(10)
        await self.have_done("site_survey", "field_officer")
        for measure, paper in (
            ("consumption_limit", "consumption_decision"),
            ("dishonest_listing", "dishonest_decision"),
        ):
            await self.signed(paper, self.who("chief"), self.debtors[0])
            taken = {"kind": measure, "party_id": self.debtors[0], "channel": "online"}
            await self.do(self.handler, self.of("asset-control", "measures"), taken)

    async def terminate(self) -> None:
        await self.enquire("before_termination", "nothing")
        await self.hear("termination_interview")
        await self.have_done("verify_clue", "enquiry_officer")
        await self.review("no_assets_confirmed", "termination_review")
        ruling = await self.signed("termination_ruling", self.who("chief"))
        await self.serve(ruling, *self.debtors)
        await self.later(0.6)
        await self.close("terminated_for_now")
        self.closed_at = self.now

    async def watch(self) -> None:
        """Every half year the system enquires; what comes back is entered."""
        for cycle in range(1, CYCLES + 1):
            await self.not_before(self.closed_at + cycle * HALF_A_YEAR)
            await self.answer_enquiry("nothing", cycle=cycle)


class Resumed(Terminated):
    """A clue, or the first half-yearly enquiry, finds a deposit: the creditor applies, the chief gives leave."""

    async def watch(self) -> None:
        if self.profile.punctual or self.chance.random() < 0.5:
            await self.later(6)
            await self.enquire("clue", "deposit", 3)
        else:
            await self.not_before(self.closed_at + HALF_A_YEAR)
            await self.answer_enquiry("deposit", cycle=1)
        await self.later(self.days("resumption", 1, 7))
        await GoesOn(self.scene, self).tell()


class GoesOn(Deposit):
    """The case that an earlier one goes on as (恢复执行)."""

    APPLIES_FOR = "resumption"
    ITEMS = ("application_with_clue", "handler_signature", "instrument", "termination_ruling", "resumption_ruling",
             "identity", "payee_form")  # fmt: skip

    def __init__(self, scene: Scene, earlier: Ending) -> None:
        super().__init__(scene)
        self.earlier, self.asset_id = earlier, earlier.asset_id

    async def tell(self) -> None:
        await self.receive_application(earlier_case_id=self.earlier.case_id)
        await self.do(self.who("filing_officer"), self.of("intake", "application/first-review"), PASSED)
        await self.give_materials()
        await self.get_leave()
        self.filed_at = self.now
        await self.send_forms()
        await self.later(0.8, alone=True)
        await self.answer_enquiry("deposit")
        await self.hand_over("first", None)
        await self.later(0.8)
        await self.hear("phone", "property_clue")
        await self.go_on()

    async def give_materials(self) -> None:
        """By the filing staff; the director confirms."""
        body = {
            "what": "materials", "reason": "resumption_review", "from_team": "affairs", "from_post": "filing_officer",
            "to_team": "affairs", "to_post": "director", "items": self.ITEMS, "pages": 30,
            "register_signed": True,
        }  # fmt: skip
        given = await self.do(self.who("filing_officer"), self.of("intake", "handovers"), body)
        await self.do(self.who("director"), f"/intake/handovers/{given['handover_id']}/accept")

    async def get_leave(self) -> None:
        """With it the system files the case (Y16), for what was found."""
        director = self.handler = self.who("director")
        await self.do(director, self.of("triage", "reviews"), {"kind": "clue", **PASSED})
        await self.approve("triage", "resume", self.who("chief"))

    def asset(self, kind: str, *, online: bool = True) -> dict[str, object]:
        """The one that was found in the earlier case."""
        return {**super().asset(kind, online=online), "asset_id": self.asset_id}
