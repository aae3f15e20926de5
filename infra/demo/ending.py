"""Money in and out, and how a case ends: closed, its measures lifted, its file in the archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.demo.casework import Casework


class Ending(Casework):
    """What most lives come to. Amounts in fen."""

    # -- money

    async def receive(self, fen: int, purpose: str, payer: str, into: str = "case_account", **more: Any) -> str:
        """Gives the payment's id."""
        body = {"into": into, "amount_fen": fen, "purpose": purpose, "payer": payer, **more}
        return (await self.do(self.who("funds_officer"), self.of("funds", "receipts"), body))["payment_id"]

    async def confirm(self, payment: str) -> None:
        await self.do(self.who("finance_officer"), self.of("funds", "arrivals"), {"payment_id": payment})

    async def settle(self, purpose: str, payer: str = "debtor") -> None:
        """The whole claim arrives, is confirmed, paid out, and the case closes."""
        payment = await self.receive(self.profile.claim_fen, purpose, payer)
        await self.later(0.6)
        await self.confirm(payment)
        await self.pay_out({payment: self.profile.claim_fen})
        await self.perform()

    async def pay_out(self, payments: Mapping[str, int]) -> None:
        """To the creditor, by the chain of approval (Y16)."""
        await self.later(self.days("payout", 3, 34))
        lines = [
            {"payment_id": payment, "to": self.creditor, "purpose": "principal", "amount_fen": fen}
            for payment, fen in payments.items()
        ]
        allocated = await self.do(self.handler, self.of("funds", "allocations"), {"lines": lines})
        chain = (self.handler, self.who("chief"))
        approval = await self.approve("funds", "payout", *chain, fen=sum(payments.values()))
        await self.later(0.6)
        paid = {"allocation_id": allocated["allocation_id"], "approval_id": approval, "way": "transfer"}
        await self.do(self.who("finance_officer"), self.of("funds", "payouts"), paid)

    # -- closing

    async def record_performance(self, kind: str, fen: int = 0) -> None:
        """What the system does not see by itself: what was agreed, goods, the deposit of a buyer."""
        told = {"kind": kind, "amount_fen": fen, "full": fen >= self.profile.claim_fen, "on_the_spot": False}
        await self.do(self.handler, self.of("triage", "performances"), told)

    async def perform(self) -> None:
        """Closed as performed, and archived."""
        await self.later(1.5)
        await self.lift()
        await self.review("closing_review")
        await self.later(0.6)
        await self.close("performed", self.profile.claim_fen)
        await self.archive()

    async def close(self, way: str, recovered_fen: int = 0) -> None:
        await self.do(self.handler, self.of("triage", "closing"), self.closing(way, recovered_fen))

    def closing(self, way: str, recovered_fen: int = 0) -> dict[str, Any]:
        claim = self.profile.claim_fen
        return {
            "way": way, "closed_on": self.day(), "cause": way, "applied_fen": claim, "closed_fen": claim,
            "waived_fen": 0, "recovered_fen": recovered_fen, "funds_settled": True,
        }  # fmt: skip

    async def lift(self) -> None:
        """All measures, on things and on persons."""
        found = await self.see(self.handler, self.of("asset-control", "assets"))
        for measure in [*(m for asset in found["assets"] for m in asset["measures"]), *found["on_persons"]]:
            target = "asset_id" if measure.get("asset_id") else "party_id"
            path = self.of("asset-control", f"measures/{measure['measure_id']}/lift")
            await self.do(self.handler, path, {target: measure[target], "cause": "paid"})

    async def archive(self) -> None:
        """The file goes to the file officer, is catalogued, and goes on to trial management (5.1, 33 to 36)."""
        team = self.people.principal(self.handler).team
        keeper, archivist = self.who("file_officer"), self.who("trial_management")
        await self.later(4)
        await self.give_file(self.handler, (team, "judge"), keeper, ("affairs", "file_officer"))
        material = {"kind": "whole_file", "medium": "electronic", "pages": 120, "catalogued": True, "pocket": False}
        await self.do(keeper, self.of("intake", "file/materials"), material)
        await self.later(3)
        await self.give_file(keeper, ("affairs", "file_officer"), archivist, ("general", "trial_management"))

    async def give_file(self, giver: str, source: Sequence[str], taker: str, target: Sequence[str]) -> None:
        body = {
            "what": "file", "reason": "archiving", "from_team": source[0], "from_post": source[1],
            "to_team": target[0], "to_post": target[1], "items": ["whole_file"], "pages": 120, "register_signed": True,
        }  # fmt: skip
        handed = await self.do(giver, self.of("intake", "handovers"), body)
        await self.later(0.8)
        await self.do(taker, f"/intake/handovers/{handed['handover_id']}/accept")
