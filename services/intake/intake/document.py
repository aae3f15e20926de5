"""One document (文书): made, signed, sent to each party, and served or not."""

from __future__ import annotations

from typing import Any

from intake import events
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import Invalid, NotFound, WrongState

WHAT_IT_IS = frozenset({"kind", "about"})  # repeated in every event, because nothing joins


class Document(Aggregate):
    """`ways`: how it was sent to each party, attempt by attempt. `open`: attempts whose outcome is not known."""

    KIND = "document"
    CORRECTABLE = correctable(
        {
            events.DocumentDrafted: Correctable(WHAT_IT_IS | {"party_ids"}),
            events.DocumentSigned: Correctable(WHAT_IT_IS),
            events.DocumentSent: Correctable(WHAT_IT_IS),
            events.DocumentServed: Correctable(WHAT_IT_IS, void=True),
        }
    )

    def __init__(self) -> None:
        self.kind = ""
        self.about: str | None = None
        self.party_ids: tuple[str, ...] = ()
        self.states: tuple[str, ...] = ()
        self.signed = False
        self.ways: dict[str, tuple[str, ...]] = {}
        self.open: set[tuple[str, int]] = set()
        self.served: set[str] = set()  # parties
        self.complete = False  # as the last result says

    def draft_for(self, subject: str, rule: str, **fields: Any) -> dict[str, str]:
        self.record(events.DocumentDrafted, subject=subject, ruleid=rule, document_id=self.key, **fields)
        return {"document_id": self.key}

    def sign(self, rule: str, **fields: Any) -> None:
        if self.signed:
            raise WrongState("the document is signed already")
        self._record(events.DocumentSigned, ruleid=rule, **fields)

    def send(self, party_id: str, **fields: Any) -> dict[str, object]:
        if not self.signed:
            raise WrongState("the document is not signed yet")
        if party_id not in self.party_ids:
            raise Invalid("the document is not addressed to this party", field="body.party_id")
        attempt = len(self.ways.get(party_id, ())) + 1
        self._record(events.DocumentSent, party_id=party_id, attempt=attempt, **fields)
        return {"attempt": attempt}

    def record_service(self, party_id: str, attempt: int, outcome: str, reason: str | None) -> dict[str, object]:
        """How an attempt ended; a failure gives its reason. `complete`: every addressee is served now."""
        if attempt > len(self.ways.get(party_id, ())):
            raise NotFound("the document was not sent to this party so many times")
        if (party_id, attempt) not in self.open:
            raise WrongState("the outcome of this attempt is recorded already")
        if (outcome == "failed") != (reason is not None):
            raise Invalid("a failure gives its reason, a success none", field="body.reason")
        served = self.served | {party_id} if outcome == "served" else self.served
        complete = served >= set(self.party_ids)
        self._record(
            events.DocumentServed,
            party_id=party_id,
            attempt=attempt,
            way=self.ways[party_id][attempt - 1],
            outcome=outcome,
            reason=reason,
            complete=complete,
        )
        return {"complete": complete}

    def require_sound(self) -> None:
        if self.complete and not self.served >= set(self.party_ids):
            raise WrongState("the last result says that every addressee is served: correct that first")

    def require_of(self, subject: str) -> None:
        """Raises NotFound unless it is a document of this case."""
        if self.subject != subject:
            raise NotFound("no such document in this case")

    def _record(self, event: type[DomainEvent], **fields: Any) -> None:
        self.record(event, document_id=self.key, kind=self.kind, about=self.about, **fields)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.DocumentDrafted():
                self.kind, self.about = event.kind, event.about
                self.party_ids, self.states = event.party_ids, event.states
            case events.DocumentSigned():
                self.signed = True
            case events.DocumentSent():
                self.ways[event.party_id] = (*self.ways.get(event.party_id, ()), event.way)
                self.open.add((event.party_id, event.attempt))
            case events.DocumentServed():
                self.open.discard((event.party_id, event.attempt))
                self.complete = event.complete
                if event.outcome == "served":
                    self.served.add(event.party_id)
            case _:
                pass
