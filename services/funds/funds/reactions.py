"""What the service does when events happen, its own among them: event -> command."""

from __future__ import annotations

from contracts.auction import AuctionFailed, AuctionSold, AuctionStopped
from contracts.families import HandoverAccepted
from contracts.funds import FundsIdentified, FundsReceived
from contracts.intake import CaseFiled
from contracts.supervision import ReminderSent
from families.matter import OPEN, Matter
from funds.account import CaseAccount
from funds.application import Funds
from funds.payment import DEPOSIT
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event
from kernel.problems import NotYet
from rules.packs import Clock


async def open_account(funds: Funds, call: Call, event: Event, _: str) -> None:
    await funds.open_account(call, event.case_id)


async def receive_claimed(funds: Funds, call: Call, event: Event, _: str) -> None:
    found = event.data
    await funds.receive_claimed(call, found.payment_id, found.case_id, found.amount_fen)


async def finish_claim(funds: Funds, call: Call, event: Event, _: str) -> None:
    """The whole payment is claimed: what was asked for is done."""
    payment_id: str = event.data.payment_id
    if (await funds.read(Matter, payment_id)).state in OPEN:
        done = {"result": "done", "receipts_complete": True, "reported_to_handler": True, "record": None}
        await funds.finish_matter(call, payment_id, **done)


async def sold(funds: Funds, call: Call, event: Event, _: str) -> None:
    """The buyer's deposit stays, the balance is expected, all other deposits are to go back."""
    sale = event.data
    due = {"kept": sale.deposit_payment_id, "price_fen": sale.price_fen, "balance_due_on": sale.balance_due_on}
    await _close(funds, call, event, outcome="sold", **due)


async def failed(funds: Funds, call: Call, event: Event, _: str) -> None:
    await _close(funds, call, event, outcome="failed")


async def stopped(funds: Funds, call: Call, event: Event, _: str) -> None:
    await _close(funds, call, event, outcome=event.data.cause)


async def came_late(funds: Funds, call: Call, event: Event, _: str) -> None:
    """A deposit for a round that has ended goes back as those that came in time do."""
    account = await funds.read(CaseAccount, event.case_id)
    closed = account.rounds.get((event.data.lot_id, event.data.round))
    if closed is not None and closed.kept != event.data.payment_id:
        told = {"lot_id": closed.lot_id, "round": closed.round, "outcome": closed.outcome, "kept": closed.kept}
        await funds.close_round(call, event.case_id, **told)


async def return_deposits(funds: Funds, call: Call, event: Event, _: str) -> None:
    """Where the court's rules leave paying to people, this is refused, and waits for them to do it."""
    if (event.data.lot_id, event.data.round) in (await funds.read(CaseAccount, event.case_id)).rounds:
        await funds.return_deposits(call, event.case_id, event.data.lot_id, event.data.round)


async def overdue(funds: Funds, call: Call, event: Event, _: str) -> None:
    """A payment whose term of payout, by the court's or the national rules, has passed (S35)."""
    account = await funds.read(CaseAccount, event.case_id)
    payment_id: str = event.data.occurrence
    clock = funds.policy(call).rules.get(event.data.clock)
    of_payout = isinstance(clock, Clock) and "FundsPaidOut" in clock.stop.types
    if of_payout and payment_id in account.payments and (rest := account.rest_fen(payment_id)):
        await funds.report_anomaly(call, event.case_id, "overdue_unpaid", rest, payment_id)


async def _close(funds: Funds, call: Call, event: Event, **closed: object) -> None:
    """A round of a case that has no account yet waits for it."""
    if not (await funds.read(CaseAccount, event.case_id)).exists:
        raise NotYet("the case has no account yet")
    round_ = {"lot_id": event.data.lot_id, "round": event.data.round}
    await funds.close_round(call, event.case_id, **round_, **closed)


def by_bids(sale: AuctionSold) -> bool:
    """Not in kind (以物抵债): there nobody bid, and no money comes."""
    return sale.mode != "in_kind"


REACTIONS = [
    Reaction(
        CaseFiled, "open_account", open_account, when=lambda e: e.kind in ("enforcement", "resumption"), of_history=True
    ),
    Reaction(HandoverAccepted, "open_account_at_handover", open_account, when=lambda e: e.what == "case"),
    Reaction(FundsIdentified, "receive_claimed", receive_claimed),
    Reaction(FundsIdentified, "finish_claim", finish_claim, when=lambda e: e.rest_fen == 0),
    Reaction(AuctionSold, "close_sold_round", sold, when=by_bids),
    Reaction(AuctionSold, "return_deposits", return_deposits, when=by_bids),
    Reaction(AuctionFailed, "close_failed_round", failed),
    Reaction(AuctionFailed, "return_deposits", return_deposits),
    Reaction(AuctionStopped, "close_stopped_round", stopped),
    Reaction(AuctionStopped, "return_deposits", return_deposits),
    Reaction(FundsReceived, "came_late", came_late, when=lambda e: e.purpose == DEPOSIT),
    Reaction(FundsReceived, "return_late_deposit", return_deposits, when=lambda e: e.purpose == DEPOSIT),
    Reaction(ReminderSent, "overdue", overdue, when=lambda e: e.kind in ("past", "report")),
]
