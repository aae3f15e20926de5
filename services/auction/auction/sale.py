"""After the sale (成交之后): the price paid or not, and the lot handed to its buyer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from auction import events
from auction.closing import Closing
from auction.ladder import Auctioned
from auction.terms import day_in_court
from kernel.domain import DomainEvent
from kernel.problems import Invalid, WrongState
from rules.packs import Rounds
from rules.rulebook import Policy

Step = Literal["taxes_paid", "title_transferred", "delivered"]
STEPS: tuple[Step, ...] = get_args(Step)


class Sale(NamedTuple):
    """A sale that stands. `credited_fen` counts towards the price beforehand; `payments`: what came since, in fen."""

    round: int
    mode: str
    price_fen: int
    buyer_id: str
    deposit_payment_id: str | None
    credited_fen: int
    balance_due_on: date
    payments: tuple[tuple[str, int], ...] = ()
    paid: bool = False

    @property
    def open_fen(self) -> int:
        """What is still to be paid."""
        return max(self.price_fen - self.credited_fen - sum(fen for _, fen in self.payments), 0)


class Default(NamedTuple):
    """A sale whose price was not paid (悔拍), and the costs of holding the auction again."""

    sale: Sale
    costs_fen: int

    def forfeited(self, new_price_fen: int) -> dict[str, int]:
        """What the deposit is used for, in the order of 法释〔2016〕18号 art. 24, in fen: costs, difference, debts."""
        used: dict[str, int] = {}
        left = self.sale.credited_fen if self.sale.deposit_payment_id else 0
        for name, wanted in (("costs", self.costs_fen), ("difference", self.sale.price_fen - new_price_fen)):
            used[name] = min(left, max(wanted, 0))
            left -= used[name]
        return {**used, "debts": left}


class Sold(Auctioned):
    """The sale of a lot, until it is delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.sale: Sale | None = None
        self.default: Default | None = None
        self.excluded: set[str] = set()  # buyers who did not pay
        self.steps: tuple[str, ...] = ()  # of the transfer

    @property
    def delivered(self) -> bool:
        return STEPS[-1] in self.steps

    def plan_following(self, rules: Rounds, policy: Policy) -> dict[str, object] | None:
        """Nothing once the lot is sold: somebody was faster."""
        return super().plan_following(rules, policy) if self.sale is None else None

    def sell(self, closing: Closing, deposit: tuple[str | None, int]) -> None:
        """To the winner of the round, with the payment and amount of his deposit."""
        plan = self.require_running()
        assert closing.price_fen is not None, "somebody has won"
        assert closing.buyer_id is not None, "somebody has won"
        self._record_sold(
            plan.round,
            plan.mode,
            closing.price_fen,
            closing.buyer_id,
            deposit,
            day_in_court(closing.ends_at) + timedelta(days=plan.balance_days),
        )

    def settle_in_kind(
        self, creditor_id: str, price_fen: int, set_off_fen: int, balance_due_on: date, creditors: Collection[str]
    ) -> dict[str, object]:
        """To a creditor (以物抵债), after a round failed and not under its start price."""
        failed = self._last_failed
        if failed is None or self.running is not None:
            raise WrongState("only after a failed round does property go to a creditor in kind")
        if creditor_id not in creditors:
            raise Invalid("is no creditor of the case", field="body.creditor_id")
        if price_fen < failed.plan.start_price_fen:
            raise Invalid("is less than the start price that failed", field="body.price_fen")
        if set_off_fen > price_fen:
            raise Invalid("is more than the price", field="body.set_off_fen")
        number = failed.plan.round
        self._record_sold(number, "in_kind", price_fen, creditor_id, (None, set_off_fen), balance_due_on)
        return {"lot_id": self.key, "round": number}

    def receive_balance(self, payment_id: str, amount_fen: int, number: int | None) -> None:
        """Raises WrongState when no sale awaits it. The same payment again changes nothing."""
        sale = self.sale
        if sale is not None and payment_id in dict(sale.payments):
            return
        if sale is None or sale.paid or number not in (None, sale.round):
            raise WrongState("no sale of this lot awaits this payment")
        self.record(
            events.BalanceReceived, lot_id=self.key, round=sale.round, payment_id=payment_id, amount_fen=amount_fen
        )
        self._pay_if_full()

    def declare_default(self, costs_fen: int, today: date) -> dict[str, object]:
        """Raises WrongState for a price that is paid, or not due yet."""
        sale = self._sale()
        if sale.paid or today <= sale.balance_due_on:
            raise WrongState(f"the price is paid, or due on {sale.balance_due_on} only")
        self.record_stopped(sale.round, "buyer_defaulted", costs_fen)
        return {"lot_id": self.key, "round": sale.round}

    def annul(self, number: int) -> None:
        """The court annuls the sale in this round (撤销, 法释〔2016〕18号 art. 31)."""
        if self._sale().round != number or self.delivered:
            raise WrongState("the lot was not sold in this round, or is delivered")
        self.record_stopped(number, "annulled")

    def transfer(self, step: Step) -> dict[str, object]:
        """One after another: taxes, title, delivery."""
        if not self._sale().paid:
            raise WrongState("the price is not paid in full")
        if self.delivered or STEPS[len(self.steps)] != step:
            raise WrongState(f"the steps are: {', '.join(STEPS)}; done are {len(self.steps)}")
        self.record(events.LotTransferred, lot_id=self.key, step=step)
        return {"lot_id": self.key}

    def require_unsold(self) -> None:
        if self.sale is not None or self.running is not None:
            raise WrongState("the lot is sold, or a round is under way")

    def _record_sold(
        self, number: int, mode: str, price_fen: int, buyer_id: str, credit: tuple[str | None, int], due_on: date
    ) -> None:
        self.record(
            events.AuctionSold,
            lot_id=self.key,
            round=number,
            mode=mode,
            price_fen=price_fen,
            buyer_id=buyer_id,
            deposit_payment_id=credit[0],
            credited_fen=credit[1],
            balance_due_on=due_on,
        )
        self._pay_if_full()

    def _pay_if_full(self) -> None:
        sale = self._sale()
        if sale.open_fen == 0:
            deposit = (sale.deposit_payment_id,) if sale.deposit_payment_id else ()
            payments = (*deposit, *(payment for payment, _ in sale.payments))
            self.record(
                events.AuctionPaid,
                lot_id=self.key,
                round=sale.round,
                price_fen=sale.price_fen,
                payment_ids=payments,
            )

    def _sale(self) -> Sale:
        if self.sale is None:
            raise WrongState("the lot is not sold")
        return self.sale

    def apply(self, event: DomainEvent) -> None:
        super().apply(event)
        match event:
            case events.AuctionSold():
                self.plan = None
                self.sale = Sale(
                    event.round, event.mode, event.price_fen, event.buyer_id, event.deposit_payment_id,
                    event.credited_fen, event.balance_due_on,
                )  # fmt: skip
            case events.BalanceReceived():
                sale = self._sale()
                self.sale = sale._replace(payments=(*sale.payments, (event.payment_id, event.amount_fen)))
            case events.AuctionPaid():
                self.sale = self._sale()._replace(paid=True)
            case events.AuctionStopped():
                self._end_sale(event)
            case events.LotTransferred():
                self.steps = (*self.steps, event.step)
            case _:
                pass

    def _end_sale(self, stopped: events.AuctionStopped) -> None:
        if self.sale is not None and stopped.cause == "buyer_defaulted":
            self.default = Default(self.sale, stopped.costs_fen)
            self.excluded.add(self.sale.buyer_id)
        self.sale, self.steps = None, ()
