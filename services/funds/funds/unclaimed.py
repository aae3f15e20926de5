"""Money in the court's main account that has no case yet (主账号待认领案款)."""

from __future__ import annotations

from typing import Any

from funds import events
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import Invalid, NotFound, WrongState


class UnclaimedMoney(Aggregate):
    """One payment, claimed for one case or, part by part, for several. Amounts in fen."""

    KIND = "unclaimed"
    CORRECTABLE = correctable({events.FundsReceived: Correctable(frozenset({"into"}), void=True)})

    def __init__(self) -> None:
        self.received: events.FundsReceived | None = None
        self.rest_fen = 0
        self.claimed: list[tuple[str, int]] = []  # (case, amount)

    def receive(self, payment_id: str, **fields: Any) -> dict[str, str]:
        """The same payment again changes nothing; of another amount, it is another payment."""
        known = self.received
        if known is not None and known.amount_fen != fields["amount_fen"]:
            raise WrongState("a payment of this id is known, of another amount")
        if known is None:
            if fields["amount_fen"] == 0:
                raise Invalid("a payment is more than nothing", field="body.amount_fen")
            self.record(events.FundsReceived, subject=f"money/{payment_id}", payment_id=payment_id, **fields)
        return {"payment_id": payment_id}

    def identify(self, case_id: str, amount_fen: int) -> dict[str, str]:
        """认领: never more than is left."""
        received = self.require()
        if not 0 < amount_fen <= self.rest_fen:
            raise Invalid("is nothing, or more than is left of the payment", field="body.amount_fen")
        rest = self.rest_fen - amount_fen
        told = {"payment_id": received.payment_id, "case_id": case_id}
        self.record(events.FundsIdentified, amount_fen=amount_fen, rest_fen=rest, **told)
        return told

    def require(self) -> events.FundsReceived:
        if self.received is None:
            raise NotFound("no such payment in the main account")
        return self.received

    def require_sound(self) -> None:
        """Raises WrongState."""
        if self.rest_fen < 0:
            raise WrongState("more was claimed than came in")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.FundsReceived():
                self.received = event
                self.rest_fen += event.amount_fen
            case events.FundsIdentified():
                self.rest_fen -= event.amount_fen
                self.claimed.append((event.case_id, event.amount_fen))
            case _:
                pass
