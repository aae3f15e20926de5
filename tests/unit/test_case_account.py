"""一案一账号: whatever is done in whatever order, no fen is made, lost, paid twice, or without a payer and a payee."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.base import INT64_MAX
from contracts.funds import AllocationLine
from funds import events
from funds.account import CaseAccount
from funds.journal import Journal
from funds.ledger import KINDS, LIABILITIES, is_asset, kind_of
from funds.payout import leaving
from kernel.domain import DomainEvent, decode, encode
from kernel.problems import Invalid, Problem, WrongState
from tests.kernel_example import call

pytestmark = pytest.mark.fast
BY = call("c-1").by
PAYEES = ("creditor-1", "creditor-2", "debtor", "court")
PAYMENTS = [f"p{n}" for n in range(6)]
WAYS = ("transfer", "deposited", "refund", "fee", "on_the_spot")
PURPOSES = ("principal", "interest", "delay", "costs", "enforcement_fee", "surplus", "deposit_back")
ROUND = {"lot_id": "lot-1", "round": 1}
PAYABLE = (("creditor-1", "principal"), ("creditor-2", "interest"), ("creditor-2", "costs"), ("court", "costs"),
           ("court", "enforcement_fee"), ("debtor", "surplus"))  # fmt: skip
few = st.sampled_from
fen = st.one_of(st.integers(-1, 60), st.integers(1, 10**12))
line = st.tuples(few(PAYMENTS), few([*PAYEES, *PAYMENTS]), few(PURPOSES), st.integers(0, 60))


class Money(RuleBasedStateMachine):
    """Any commands at all: what the account refuses leaves no trace, what it does keeps the books right."""

    def __init__(self) -> None:
        super().__init__()
        self.account = CaseAccount.empty("case-1")
        self.history: list[DomainEvent] = []
        self.count = 0

    def do(self, command: str, *told: Any, **more: Any) -> bool:
        """Whether it was carried out."""
        draft = self.account.draft(BY)
        try:
            getattr(draft, command)(*told, **more)
        except Problem:
            return False
        draft.require_sound()
        self.history += draft.pending_events
        self.account = draft.settled()
        return True

    def key(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    @initialize()
    def opened(self) -> None:
        assert self.do("open", "case-1", "case/yiyang-1")

    @rule(payment=few(PAYMENTS), amount=fen, into=few(["case_account", "cash", "on_the_spot"]),
          purpose=few(["performance", "deduction", "auction_deposit", "auction_balance"]))  # fmt: skip
    def receive(self, payment: str, amount: int, into: str, purpose: str) -> None:
        round_ = ROUND if purpose.startswith("auction") else {"lot_id": None, "round": None}
        told = {"into": into, "amount_fen": amount, "purpose": purpose, "payer": "bank", **round_}
        if self.do("receive", payment, **told):
            before = self.account.version
            assert self.do("receive", payment, **told)
            assert self.account.version == before

    @rule(payment=few(PAYMENTS))
    def confirm(self, payment: str) -> None:
        self.do("confirm_arrival", self.key("check"), payment)

    @rule(lines=st.lists(line, max_size=4))
    def allocate(self, lines: list[tuple[str, str, str, int]]) -> None:
        made = tuple(AllocationLine(payment_id=p, to=to, purpose=why, amount_fen=n) for p, to, why, n in lines)
        self.do("allocate", self.key("allocation"), made, PAYEES)

    @precondition(lambda self: any(map(self.account.free_fen, self.account.payments)))
    @rule(data=st.data(), whom=few(PAYABLE), share=st.integers(1, 100))
    def allocate_what_is_free(self, data: st.DataObject, whom: tuple[str, str], share: int) -> None:
        free = {p: n for p in sorted(self.account.payments) if (n := self.account.free_fen(p))}
        payment = data.draw(few(sorted(free)))
        amount = max(free[payment] * share // 100, 1)
        lines = (AllocationLine(payment_id=payment, to=whom[0], purpose=whom[1], amount_fen=amount),)
        self.do("allocate", self.key("allocation"), lines, PAYEES)

    @precondition(lambda self: self.account.unpaid)
    @rule(data=st.data(), whom=few([None, "payee"]), wrong=few([0, 0, 0, 1]))
    def pay_out(self, data: st.DataObject, whom: str | None, wrong: int) -> None:
        allocation = data.draw(few(sorted(self.account.unpaid)))
        lines, payments = self.account.unpaid[allocation], self.account.payments
        to = whom and data.draw(few([each.to for each in lines]))
        way = data.draw(few([each for each in WAYS if leaving(lines, each, to, payments)] * 4 + list(WAYS)))
        whole = sum(each.amount_fen for each in self.account.allocated[allocation])
        told = allocation, f"approval-{allocation}", whole - wrong
        how = {"way": way, "to": to, "receipt_no": None}
        paid = self.do("pay_out", self.key("payout"), *told, **how)
        assert not (paid and wrong)
        if paid:  # twice is once
            assert not self.do("pay_out", self.key("payout"), *told, **how)

    @rule(outcome=few(["sold", "failed", "withdrawn", "annulled", "buyer_defaulted"]), kept=few([None, *PAYMENTS]))
    def close_round(self, outcome: str, kept: str | None) -> None:
        closed = {**ROUND, "outcome": outcome, "kept": kept if outcome == "sold" else None}
        if self.do("close_round", self.key("allocation"), **closed):
            before = self.account.version
            assert self.do("close_round", self.key("allocation"), **closed)
            assert self.account.version == before

    @rule()
    def return_deposits(self) -> None:
        if self.do("return_deposits", self.key("payout"), **ROUND):
            before = self.account.version
            assert self.do("return_deposits", self.key("payout"), **ROUND)
            assert self.account.version == before

    @invariant()
    def debit_is_credit_and_nothing_is_overdrawn(self) -> None:
        balances = self.account.balances
        assert all(amount > 0 and kind_of(name) in KINDS for name, amount in balances.items())
        assets = sum(amount for name, amount in balances.items() if is_asset(name))
        assert assets == sum(amount for name, amount in balances.items() if kind_of(name) in LIABILITIES)

    @invariant()
    def no_fen_is_made_or_lost(self) -> None:
        came = Counter({p: each.amount_fen for p, each in self.account.payments.items()})
        went: Counter[str] = Counter()
        for each in self.payouts():
            assert each.amount_fen == sum(paid.amount_fen for paid in each.lines)
            went.update({p: sum(x.amount_fen for x in each.lines if x.payment_id == p) for p in PAYMENTS})
        for payment, amount in came.items():
            assert amount == went[payment] + self.account.rest_fen(payment)
        assert self.account.turnover_fen == came.total()
        in_court = sum(each for name, each in self.account.balances.items() if name in ("bank", "cash", "on_the_spot"))
        assert in_court == came.total() - went.total()

    @invariant()
    def every_fen_can_be_followed(self) -> None:
        """Each payment is debited where it came in, and each entry moves only what lay there, of that payment."""
        journal = Journal.empty("case-1")
        for event in self.history:
            event.mutate(journal)
        assert journal.balances == self.account.balances
        lies: Counter[tuple[str, str]] = Counter()
        for posted in journal.posted:
            entry = posted.entry
            assert entry.amount_fen > 0
            if not is_asset(entry.debit):  # money that was owed on one account is owed on another, or paid
                lies[entry.payment_id, entry.debit] -= entry.amount_fen
                assert lies[entry.payment_id, entry.debit] >= 0
            if not is_asset(entry.credit):
                lies[entry.payment_id, entry.credit] += entry.amount_fen

    @invariant()
    def each_payment_is_settled_once_when_nothing_is_left(self) -> None:
        settled = Counter(payment for each in self.payouts() for payment in each.settled_payments)
        empty = {p for p in self.account.payments if self.account.rest_fen(p) == 0}
        assert settled == Counter(dict.fromkeys(empty, 1))

    @invariant()
    def a_bidders_deposit_goes_back_or_was_kept(self) -> None:
        for payment, each in self.account.payments.items():
            if each.bound:
                paid = [x for out in self.payouts() for x in out.lines if x.payment_id == payment]
                assert all(x.purpose == "deposit_back" and x.to == payment for x in paid)

    @invariant()
    def what_is_stored_folds_to_the_same(self) -> None:
        again = CaseAccount.empty("case-1")
        for event in self.history:
            decode(event.TOPIC, encode(event)).mutate(again)
        assert vars(again) == vars(self.account)

    def payouts(self) -> list[events.FundsPaidOut]:
        return [event for event in self.history if isinstance(event, events.FundsPaidOut)]


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)


def opened() -> CaseAccount:
    draft = CaseAccount.empty("case-1").draft(BY)
    draft.open("case-1", "case/yiyang-1")
    return draft


def receive(account: CaseAccount, payment: str, amount: int, **more: Any) -> None:
    told = {"into": "case_account", "purpose": "performance", "payer": "bank", "lot_id": None, "round": None}
    account.receive(payment, amount_fen=amount, **told | more)


def test_all_that_ever_comes_in_is_no_more_than_an_amount_can_say() -> None:
    account = opened()
    receive(account, "p1", INT64_MAX - 1)
    with pytest.raises(Invalid):
        receive(account, "p2", 2)
    receive(account, "p3", 1)
    assert account.held_fen == INT64_MAX


def test_another_amount_under_the_same_id_is_another_payment() -> None:
    account = opened()
    receive(account, "p1", 5)
    with pytest.raises(WrongState):
        receive(account, "p1", 6)


def test_cash_is_paid_out_once_it_has_been_handed_in() -> None:
    """法发〔2017〕6号."""
    account = opened()
    receive(account, "p1", 5, into="cash")
    lines = (AllocationLine(payment_id="p1", to="creditor-1", purpose="principal", amount_fen=5),)
    account.allocate("al1", lines, PAYEES)
    with pytest.raises(WrongState, match="handed in"):
        account.pay_out("o1", "al1", "a1", 5, way="transfer")
    account.confirm_arrival("k1", "p1")
    account.pay_out("o1", "al1", "a1", 5, way="transfer")
    assert account.balances == {}


@pytest.mark.clause("S31")
def test_what_was_handed_over_on_the_spot_leaves_in_no_other_way() -> None:
    account = opened()
    receive(account, "p1", 5, into="on_the_spot")
    lines = (AllocationLine(payment_id="p1", to="creditor-1", purpose="principal", amount_fen=5),)
    account.allocate("al1", lines, PAYEES)
    with pytest.raises(WrongState):
        account.pay_out("o1", "al1", "a1", 5, way="transfer")
    account.pay_out("o1", "al1", "a1", 5, way="on_the_spot")
    assert (account.held_fen, account.balances) == (0, {})
