"""The two services of a simulated bureau, and what they cause each other to do.

A payment into an account of `funds` is registered by `asset-control`, which releases it when a timer fires; then funds
takes its fee. Each of these is an act whose effect nothing but the command's id keeps from being repeated.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from contracts import asset_control as assets
from contracts import funds
from funds.cashbook import Cashbook
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.consumer import Reaction
from kernel.domain import Aggregate, DomainEvent
from kernel.feed import Event
from kernel.problems import NotYet
from kernel.publishing import Published, as_contract
from kernel.service import Extra, Parts, Service
from kernel.timers import Timer
from tests.kernel_example import PUBLISHED, Account, PaidOut, Till

FUNDS, ASSETS = "funds", "asset_control"
LOGS = (FUNDS, ASSETS)
FEE_FEN = 1
SMALL_FEN = 10  # payments up to here cause nothing
RELEASED_AFTER_S = 6


class Teller(Till):
    """Commands on accounts."""

    async def receive_each(self, call: Call, key: str, amounts_fen: Sequence[int]) -> Answer:
        """Several payments in one command."""

        def decide(account: Account) -> dict[str, str]:
            for n, amount_fen in enumerate(amounts_fen):
                account.receive(f"{call.mint('payment')}.{n}", amount_fen)
            return {}

        return await self.change(call, Account, key, decide)


class StateChanged(DomainEvent, assets.AssetStateChanged):
    TOPIC = "simulation:AssetStateChanged.1"


class Watch(Aggregate):
    """The payments of one case; they stand in it as often as they were registered and released."""

    KIND = "watch"

    def __init__(self) -> None:
        self.changes = 0

    def change(self, payment_id: str, state: str) -> dict[str, str]:
        self.record(
            StateChanged,
            subject=f"case/{self.key}",
            asset_id=payment_id,
            kind="cash",
            state=state,
            place="bank",
        )
        return {}

    def apply(self, event: DomainEvent) -> None:
        self.changes += 1


class Keeper(Application):
    """Registers and releases."""

    SERVICE = "asset-control"

    async def register(self, call: Call, case_id: str, payment_id: str) -> Answer:
        return await self.change(call, Watch, case_id, lambda watch: watch.change(payment_id, "registered"))

    async def release(self, call: Call, case_id: str, payment_id: str) -> Answer:
        return await self.change(call, Watch, case_id, lambda watch: watch.change(payment_id, "released"))


async def register(keeper: Keeper, call: Call, event: Event, _: str) -> None:
    payment = event.data.payment_id
    await keeper.register(call, event.case_id, payment)
    due = call.by.decided_at + timedelta(seconds=RELEASED_AFTER_S)
    await keeper.timers.set(Timer(event.id, due, "release", {"case": event.case_id, "payment": payment}), call.by)


async def release(keeper: Keeper, call: Call, data: dict[str, Any]) -> None:
    await keeper.release(call, data["case"], data["payment"])


async def take_fee(teller: Teller, call: Call, event: Event, _: str) -> None:
    await teller.pay_out(call, event.case_id, FEE_FEN)


async def note_at_once(teller: Teller, call: Call, event: Event, _: str) -> None:
    """Needs what asset-control says of the payment, which comes later."""
    known = await teller._facts.of(event.court, event.subject)
    if not any(f.type == "AssetStateChanged" and f.data["asset_id"] == event.data.payment_id for f in known):
        raise NotYet("the payment is not registered")
    await teller.receive(call, event.case_id, SMALL_FEN)


def is_large(payment: funds.FundsReceived) -> bool:
    return payment.amount_fen > SMALL_FEN


def has_end(digit: str) -> Callable[[Any], bool]:
    return lambda payment: is_large(payment) and str(payment.amount_fen).endswith(digit)


FUNDS_REACTIONS = (
    Reaction(assets.AssetStateChanged, "fee", take_fee, when=lambda changed: changed.state == "released"),
    Reaction(funds.FundsReceived, "note", note_at_once, when=has_end("7")),
)
ASSETS_REACTIONS = (Reaction(funds.FundsReceived, "register", register, when=is_large),)
ASSETS_PUBLISHED: Published = {StateChanged: as_contract(assets.AssetStateChanged)}
Look = Callable[[str, Sequence[Event]], None]


def services(look: Look, strike: Look) -> dict[str, Service]:
    """By log. `look` sees what each consumer is about to handle; `strike` raises where an event cannot be applied."""

    def projections(parts: Parts) -> list[Any]:
        async def looked(events: Sequence[Event]) -> None:
            look(parts.schema, events)

        async def struck(events: Sequence[Event]) -> None:
            strike(parts.schema, events)

        return [looked, struck]

    async def of_funds(parts: Parts) -> Extra:
        cashbook = Cashbook(parts)
        await cashbook.prepare()
        return Extra([*projections(parts), cashbook.project])

    async def of_assets(parts: Parts) -> Extra:
        return Extra(projections(parts))

    return {
        FUNDS: Service(
            "funds", "Funds", Teller, PUBLISHED, frozenset({PaidOut}), {}, [], FUNDS_REACTIONS, {}, of_funds
        ),
        ASSETS: Service(
            "asset-control", "Assets", Keeper, ASSETS_PUBLISHED, frozenset(), {}, [], ASSETS_REACTIONS,
            {"release": release}, of_assets,
        ),
    }  # fmt: skip
