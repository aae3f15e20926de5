"""The money of one case of any court, through the funds service; what the other services do is told in their stead."""

from typing import Any

from contracts.base import Contract
from contracts.families import HandoverAccepted
from contracts.intake import CaseFiled
from kernel.principals import Principal
from tests.contract.samples import golden
from tests.services import COURT, Bench

CLAIM_FEN = 8_600_000
APPROVED = {"decision": "approved", "in_person": True, "channel": "both"}


class Money:
    """One case of one creditor and one debtor, unless more are named, in the hands of its handler."""

    def __init__(self, b: Bench, court: str = COURT, number: int = 1) -> None:
        self.b, self.court = b, court
        self.case_id = f"{court}-case{number}"
        self.subject = f"case/{self.case_id}"
        self.handler = self.who("judge")
        self.creditor, self.debtor = f"{court}-creditor", f"{court}-debtor"

    def who(self, post: str) -> Principal:
        return Principal(f"{self.court}-{post}", self.court, (post,), "team_1")

    # -- what others tell

    async def tell(self, service: str, event: Contract, post: str = "judge") -> None:
        await self.b.tell(service, event, self.case_id, who=self.who(post))
        await self.b.settle()

    async def file(self, *more_creditors: str, claim_fen: int = CLAIM_FEN, **changes: Any) -> "Money":
        data = golden("CaseFiled") | changes
        first, debtor = data["parties"]
        creditors = [first | {"party_id": name} for name in (self.creditor, *more_creditors)]
        data["parties"] = [*creditors, debtor | {"party_id": self.debtor}]
        data["claim"] |= {"amount_fen": claim_fen, "acts": []}
        await self.tell("intake", CaseFiled.model_validate(data), "filing_officer")
        await self.hand_over()
        return self

    async def hand_over(self) -> None:
        await self.tell("triage", HandoverAccepted(
            handover_id=f"{self.case_id}-h", what="case", reason="first_assignment", from_team="affairs",
            from_post="director", to_team="team_1", to_post="judge", items=(), pages=0, register_signed=True,
            to_member=self.handler.member,
        ))  # fmt: skip

    # -- what is done with the money

    async def do(self, post: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        return await self.b.post("funds", f"/cases/{self.case_id}{path}", body, who=self.who(post), **more)

    async def refused(self, status: int, post: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        path = f"/cases/{self.case_id}{path}"
        return await self.b.refused(status, "funds", path, body, who=self.who(post), **more)

    async def receive(self, fen: int = CLAIM_FEN, payment: str | None = None, **more: Any) -> str:
        body = {"into": "case_account", "amount_fen": fen, "purpose": "deduction", "payer": "bank"} | more
        return (await self.do("funds_officer", "/receipts", body | ({"payment_id": payment} if payment else {})))[
            "payment_id"
        ]

    def line(self, payment: str, fen: int, to: str | None = None, purpose: str = "principal") -> dict[str, Any]:
        return {"payment_id": payment, "to": to or self.creditor, "purpose": purpose, "amount_fen": fen}

    async def allocate(self, *lines: dict[str, Any], **more: Any) -> str:
        return (await self.do("judge", "/allocations", {"lines": list(lines), **more}))["allocation_id"]

    async def approve(self, fen: int, *posts: str, act: str = "payout", **more: Any) -> str:
        """Asked by the handler, and decided by the chain of the court's pack, whose `posts` these are."""
        body = {"act": act, "proposal": [], "amount_fen": fen, "evidence": []} | more
        approval = (await self.do("judge", "/approvals", body))["approval_id"]
        for post in posts:
            await self.b.post("funds", f"/approvals/{approval}/decide", APPROVED, who=self.who(post))
        return approval

    async def pay_out(self, allocation: str, approval: str, way: str = "transfer", **more: Any) -> str:
        body = {"allocation_id": allocation, "approval_id": approval, "way": way, **more}
        return (await self.do("finance_officer", "/payouts", body))["payout_id"]

    # -- what is seen of it

    async def see(self, path: str = "/account", post: str = "judge") -> dict[str, Any]:
        return await self.b.get("funds", f"/cases/{self.case_id}{path}", who=self.who(post))

    async def ledger(self) -> dict[str, int]:
        """What each account of the ledger holds."""
        return {each["account"]: each["balance_fen"] for each in (await self.see("/ledger"))["balances"]}

    async def events(self, name: str, subject: str | None = None) -> list[dict[str, Any]]:
        """Data of what was published about the case, or another subject."""
        found = await self.b.get("funds", "/events?limit=1000", who=self.who("judge"))
        wanted = f"zhixing.{name}.v1", subject or self.subject
        return [e["data"] for e in found["events"] if (e["type"], e["subject"]) == wanted]

    async def clocks(self) -> dict[str, str]:
        """State by rule."""
        found = await self.b.get("supervision", f"/cases/{self.case_id}/why", who=self.handler)
        return {each["rule"]: each["state"] for each in found["clocks"]}
