"""A disposal on its way through the auction service, leg by leg; what the other services do is told in their stead."""

from datetime import date, datetime, timedelta
from typing import Any

from contracts.asset_control import AssetsFound, FoundAsset
from contracts.base import Contract
from contracts.families import HandoverAccepted
from contracts.funds import FundsReceived
from contracts.intake import CaseFiled, DocumentSigned
from contracts.triage import CaseClosed
from kernel.principals import Principal
from tests.contract.samples import golden
from tests.services import COURT, Bench

VALUE_FEN = 150_000_000
START_FEN, DEPOSIT_FEN, STEP_FEN = 105_000_000, 10_500_000, 500_000
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEAMS = {"yiyang": ("affairs", "ordinary_1"), "shihe": ("disposal", "team_1"), "horqin": ("centre", "intensive"),
         "guancheng": ("disposal", "brigade_1")}  # fmt: skip


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


class Disposal:
    """One case with a flat (unless said otherwise), its handler, and the auction officer of its court."""

    def __init__(self, b: Bench, court: str = COURT, kind: str = "real_estate", *, own_system: bool = False) -> None:
        self.b, self.court, self.kind, self.own_system = b, court, kind, own_system
        self.case_id, self.lot, self.round = f"{court}-case1", "", ""
        self.subject, self.asset = f"case/{self.case_id}", f"{court}-{kind}"
        office, team = TEAMS[court]
        self.officer = Principal(f"{court}-auction", court, ("auction_officer",), office)
        self.judge = Principal(f"{court}-judge", court, ("judge",), team)
        self.creditor, self.debtor = f"{court}-creditor", f"{court}-debtor"
        self._count = 0

    # -- what others tell

    async def tell(self, service: str, event: Contract, who: Principal | None = None) -> None:
        await self.b.tell(service, event, self.case_id, who=who or self.judge)
        await self.b.settle()

    async def file(self, claim_fen: int = 120_000_000, *kinds: str) -> None:
        """Filed, the property found, and in the hands of its handler after the second assignment."""
        filed = golden("CaseFiled")
        for party, name in zip(filed["parties"], (self.creditor, self.debtor), strict=True):
            party["party_id"] = name
        filed["claim"] |= {"amount_fen": claim_fen, "acts": []}
        await self.tell("intake", CaseFiled.model_validate(filed))
        await self.find(self.kind, *kinds)
        await self.tell("triage", HandoverAccepted(
            handover_id="h1", what="case", reason="second_assignment", from_team="affairs", from_post="director",
            to_team=self.judge.team, to_post="judge", items=(), pages=0, register_signed=True,
            to_member=self.judge.member,
        ))  # fmt: skip

    async def find(self, *kinds: str) -> None:
        found = tuple(
            FoundAsset(asset_id=f"{self.court}-{kind}", party_id=self.debtor, kind=kind, valued=False, value_fen=0,
                       place="in_county", online=False, disposable="yes")
            for kind in kinds
        )  # fmt: skip
        await self.tell("asset-control", AssetsFound(find_id="f1", source="enquiry", assets=found))

    async def sign(self, kind: str, lot: str = "") -> str:
        """A paper about the lot. Gives the document's id."""
        self._count += 1
        document = f"{self.court}-d{self._count}"
        signed = DocumentSigned(
            document_id=document, kind=kind, about=f"lot:{lot or self.lot}", in_person=True, key_owner=True, sealed=True
        )
        await self.tell("intake", signed)
        return document

    async def pay(self, purpose: str, amount_fen: int, **more: Any) -> str:
        """Money for the lot arrives. Gives the payment's id."""
        self._count += 1
        payment = f"{self.court}-p{self._count}"
        about = {"lot_id": self.lot, "round": int(self.round.rpartition(".")[2] or 1), **more}
        await self.tell("funds", FundsReceived(
            payment_id=payment, into="case_account", amount_fen=amount_fen, purpose=purpose, payer="buyer", **about
        ))  # fmt: skip
        return payment

    async def close_case(self) -> None:
        await self.tell("triage", CaseClosed.model_validate(golden("CaseClosed")))

    # -- what the service is asked

    async def do(self, path: str, body: Any = None, who: Principal | None = None) -> dict[str, Any]:
        answer = await self.b.post("auction", path, body, who=who or self.officer)
        await self.b.settle()
        return answer

    async def refused(self, status: int, path: str, body: Any = None, who: Principal | None = None) -> dict[str, Any]:
        return await self.b.refused(status, "auction", path, body, who=who or self.officer)

    async def see(self, path: str = "") -> dict[str, Any]:
        return await self.b.get("auction", path or f"/lots/{self.lot}", who=self.officer)

    async def events(self, name: str) -> list[dict[str, Any]]:
        found = (await self.b.get("auction", "/events?limit=1000", who=self.officer))["events"]
        return [e["data"] for e in found if e["type"] == f"zhixing.{name}.v1" and e["subject"] == self.subject]

    async def names(self) -> list[str]:
        """Of the events of the case, in order."""
        found = (await self.b.get("auction", "/events?limit=1000", who=self.officer))["events"]
        return [e["type"].split(".")[1] for e in found if e["subject"] == self.subject]

    # -- legs

    async def instruct(self, asset: str = "", **more: Any) -> str:
        """The handler's instruction, taken on. Gives the lot."""
        body = {"kind": "disposal", "to_post": "auction_officer", "about": f"asset:{asset or self.asset}",
                "urgent": False, "items": 1, "requirement": True, "materials": [], **more}  # fmt: skip
        matter = (await self.do(f"/cases/{self.case_id}/matters", body, self.judge))["matter_id"]
        await self.do(f"/matters/{matter}/accept")
        self.lot = self.lot or matter
        return matter

    async def fix_price(self, value_fen: int = VALUE_FEN, valid_until: date | None = None) -> None:
        until = valid_until or self.b.clock.now().date() + timedelta(days=364)
        await self.do(f"/lots/{self.lot}/price", {"value_fen": value_fen, "valid_until": until.isoformat()})

    def terms(self, days: int = 30, **changes: Any) -> dict[str, Any]:
        """Of a round that opens so many days from now."""
        opens = self.b.clock.now() + days * DAY
        return {
            "opens_at": text(opens), "closes_at": text(opens + DAY), "start_price_fen": START_FEN,
            "deposit_fen": DEPOSIT_FEN, "increment_fen": STEP_FEN, "balance_days": 10, "cut_percent": 20, **changes,
        }  # fmt: skip

    async def plan(self, days: int = 30, **changes: Any) -> None:
        await self.do(f"/lots/{self.lot}/plan", self.terms(days, **changes))

    async def announce(self, days: int = 30, **changes: Any) -> dict[str, Any]:
        """Planned, and announced as its notice is signed. Gives the announcement."""
        await self.plan(days, **changes)
        return await self.sign_notice()

    async def sign_notice(self) -> dict[str, Any]:
        await self.sign("auction_notice")
        announced = (await self.events("AuctionAnnounced"))[-1]
        self.round = f"{self.lot}.{announced['round']}"
        return announced

    async def to_announced(self, **changes: Any) -> dict[str, Any]:
        """From a case just begun."""
        await self.file()
        await self.instruct()
        await self.fix_price()
        return await self.announce(**changes)

    async def open(self) -> None:
        """The clock stands where the round opens."""
        await self.to(datetime.fromisoformat((await self.see(f"/rounds/{self.round}"))["terms"]["opens_at"]))

    async def to(self, instant: datetime) -> None:
        await self.b.advance(seconds=(instant - self.b.clock.now()).total_seconds())

    async def admit(self, bidder: str, fen: int = DEPOSIT_FEN, **more: Any) -> str:
        """With a deposit that has arrived, whose payment is given."""
        payment = await self.pay("auction_deposit", fen)
        body = {"bidder_id": bidder, "deposit_payment_id": payment, **more}
        await self.do(f"/rounds/{self.round}/bidders", body)
        return payment

    async def bid(self, bidder: str, fen: int, at: datetime | None = None) -> int:
        body = {"bidder_id": bidder, "amount_fen": fen, **({"at": text(at)} if at else {})}
        return (await self.do(f"/rounds/{self.round}/bids", body))["number"]

    async def end(self) -> None:
        """The clock stands where the round has closed by itself."""
        await self.to(datetime.fromisoformat((await self.see(f"/rounds/{self.round}"))["ends_at"]) + HOUR)

    async def to_sold(self, bidder: str = "buyer", fen: int = START_FEN) -> str:
        """One bidder, one bid. Gives the payment of his deposit."""
        payment = await self.admit(bidder)
        await self.open()
        await self.bid(bidder, fen)
        await self.end()
        return payment

    async def to_paid(self) -> None:
        sale = (await self.see())["sale"]
        await self.pay("auction_balance", sale["open_fen"])

    async def to_delivered(self, ruling: str = "sale_ruling") -> None:
        await self.sign(ruling)
        for step in ("taxes_paid", "title_transferred", "delivered"):
            await self.do(f"/lots/{self.lot}/transfers", {"step": step})
