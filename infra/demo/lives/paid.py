"""Cases in which money comes without anything being sold."""

from __future__ import annotations

from infra.demo.acting import PLAIN_MATTER
from infra.demo.ending import Ending


class Deposit(Ending):
    """A deposit covers the claim: it was frozen as it was found, and is deducted (5.1)."""

    FOUND = "deposit"

    async def go_on(self) -> None:
        await self.later(2)
        await self.collect()

    async def collect(self) -> None:
        deduct = {
            "kind": "deduct",
            "asset_id": self.asset_id,
            "channel": "online",
            "amount_fen": self.profile.claim_fen,
        }
        await self.do(self.handler, self.of("asset-control", "measures"), deduct)
        await self.later(1.5)
        await self.settle("deduction", "bank")


class Administrative(Deposit):
    """An administrative decision (行政非诉): to be concluded in three months."""

    INSTRUMENT = "administrative"


class Forgotten(Deposit):
    """Whoever holds it does nothing for half a year; the fault is laid to him (Y22), and he is called to account."""

    async def go_on(self) -> None:
        await self.later(195)
        chief = self.who("chief")
        fault = {
            "class": "late_or_refused", "responsible": "handler", "member_id": self.handler, "clock": "cn.conclude",
            "about": f"case:{self.case_id}", "count": 1,
        }  # fmt: skip
        await self.do(chief, self.of("supervision", "faults"), fault)
        await self.later(2)
        await self.collect()


class Stayed(Deposit):
    """The debtor's bankruptcy is looked into: the case stands still for a year, and its freeze must be renewed."""

    async def go_on(self) -> None:
        await self.later(5)
        stopped = await self.do(self.handler, self.of("triage", "suspensions"), {"cause": "bankruptcy", "clocks": []})
        await self.later(self.days("renewal", 330, 370))
        await self.renew()
        await self.later(25)
        path = self.of("triage", f"suspensions/{stopped['suspension_id']}/end")
        await self.do(self.handler, path)
        await self.collect()

    async def renew(self) -> None:
        """Where it has run out meanwhile, the deposit is frozen again."""
        found = await self.see(self.handler, self.of("asset-control", "assets"))
        [deposit] = [asset for asset in found["assets"] if asset["id"] == self.asset_id]
        if not deposit["measures"]:
            freeze = {"kind": "freeze", "asset_id": self.asset_id, "channel": "online"}
            await self.do(self.who("enquiry_officer"), self.of("asset-control", "measures"), freeze)
            return
        path = self.of("asset-control", f"measures/{deposit['measures'][0]['measure_id']}/renewals")
        await self.do(self.handler, path, {"asset_id": self.asset_id})


class PaysLate(Ending):
    """Nothing is found; in the end the debtor pays by himself, in every third case not at all."""

    async def go_on(self) -> None:
        await self.later(20)
        await self.enquire("again", "nothing")
        if self.profile.punctual or self.chance.random() < 0.65:
            await self.later(12)
            await self.settle("performance")


class Cash(Ending):
    """The debtor brings cash (现金案款)."""

    async def go_on(self) -> None:
        await self.later(10)
        payment = await self.receive(self.profile.claim_fen, "performance", "debtor", into="cash")
        await self.at_once("cash", 4)
        await self.confirm(payment)
        await self.pay_out({payment: self.profile.claim_fen})
        await self.perform()


class MainAccount(Ending):
    """Money comes to the court's main account, and nobody knows for which case (不明款)."""

    async def go_on(self) -> None:
        await self.later(8)
        officer, fen = self.who("funds_officer"), self.profile.claim_fen
        arrived = {"into": "main_account", "amount_fen": fen, "purpose": "performance", "payer": "unknown"}
        money = (await self.do(officer, "/funds/money", arrived))["payment_id"]
        await self.later(1)
        await self.do(officer, f"/funds/money/{money}/claims", {**PLAIN_MATTER, "to_post": "funds_officer"})
        await self.later(3)
        claimed = {"case_id": self.case_id, "amount_fen": fen}
        await self.do(officer, f"/funds/money/{money}/identify", claimed)
        await self.later(0.6)
        account = await self.see(officer, self.of("funds", "account"))
        [payment] = [each["payment_id"] for each in account["payments"]]
        await self.confirm(payment)
        await self.pay_out({payment: fen})
        await self.perform()


class Settled(Ending):
    """The parties settle (和解), and the terms stand still; the debtor keeps the settlement, or breaks it and pays."""

    async def go_on(self) -> None:
        await self.later(6)
        await self.record_performance("settled")
        stopped = await self.do(self.handler, self.of("triage", "suspensions"), {"cause": "settlement", "clocks": []})
        await self.later(30)
        if self.chance.random() < 0.4:
            await self.record_performance("settlement_broken")
        await self.do(self.handler, self.of("triage", f"suspensions/{stopped['suspension_id']}/end"))
        await self.later(3)
        await self.settle("performance")


class Coerced(Ending):
    """The debtor reports no property (Y18): fined, he pays."""

    FINE_FEN = 1_000_000

    async def go_on(self) -> None:
        await self.later(9)
        await self.mark(no_report=True)
        await self.later(1)
        await self.signed("fine_decision", await self.signer_of("fine_decision"), self.debtors[0])
        fine = {"kind": "fine", "party_id": self.debtors[0], "channel": "offline", "amount_fen": self.FINE_FEN}
        await self.do(self.handler, self.of("asset-control", "measures"), fine)
        await self.have_done("refusal_evidence", "field_officer", "done")
        await self.later(8)
        await self.settle("performance")


class Withdrawn(Ending):
    """The creditor withdraws; the handler forgets that the chief signs the ruling, and is refused at first."""

    async def go_on(self) -> None:
        await self.later(7)
        await self.refused(self.handler, self.of("triage", "closing"), self.closing("withdrawn"))
        await self.later(1)
        ruling = await self.signed("withdrawal_ruling", self.who("chief"), self.creditor, *self.debtors)
        await self.serve(ruling, self.creditor, *self.debtors)
        await self.later(0.5)
        await self.close("withdrawn")
        await self.archive()


class Petition(Deposit):
    """The creditor petitions (信访) because it takes too long."""

    async def go_on(self) -> None:
        await self.later(4)
        asked = {**PLAIN_MATTER, "kind": "petition", "to_post": "general_officer"}
        filing, general = self.who("filing_officer"), self.who("general_officer")
        matter = (await self.do(filing, self.of("intake", "matters"), asked))["matter_id"]
        await self.later(self.days("petition", 2, 9))
        await self.do(general, f"/intake/matters/{matter}/accept")
        await self.later(self.days("petition", 12, 34))
        await self.finish(general, "intake", matter, "done")
        await self.collect()
