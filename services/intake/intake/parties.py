"""The parties (当事人) of a case: what the other services may know of each, and the personal data, sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from contracts.intake import Party
from intake import events
from intake.entry import PersonalData
from intake.privacy import CaseKeys
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound


class Parties(Aggregate):
    """All parties of one case."""

    KIND = "parties"

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}
        self.sealed: dict[str, Mapping[str, str]] = {}
        self.forgotten: set[str] = set()

    def enter(self, subject: str, party: Party, data: PersonalData, keys: CaseKeys, identity_hash: str) -> None:
        """A party, as it is known from now on; personal data that are not given again stay as they are."""
        sealed, known = keys.seal(party.party_id, data.given()), completed(party, data, identity_hash)
        self.record(events.PartyRecorded, subject=subject, party=known, sealed=sealed)

    def forget(self, party_id: str) -> None:
        self.party(party_id)
        if party_id not in self.forgotten:
            self.record(events.PartyForgotten, party_id=party_id)

    def party(self, party_id: str) -> Party:
        """Raises NotFound."""
        if party_id not in self.parties:
            raise NotFound("no such party in this case")
        return self.parties[party_id]

    def require(self, party_ids: Iterable[str], field: str) -> None:
        """Raises NotFound for an unknown case, Invalid for who is no party of it."""
        if not self.exists:
            raise NotFound("no such case")
        if not self.parties.keys() >= set(party_ids):
            raise Invalid("names somebody who is no party of this case", field=field)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.PartyRecorded():
                party_id = event.party.party_id
                self.parties[party_id] = event.party
                self.sealed[party_id] = MappingProxyType({**self.sealed.get(party_id, {}), **event.sealed})
            case events.PartyForgotten():
                self.forgotten.add(event.party_id)
            case _:
                pass


def completed(party: Party, data: PersonalData, identity_hash: str) -> Party:
    """With what the personal data tell of it, without being told themselves."""
    change: dict[str, object] = {}
    if data.phones is not None:
        change["phone"] = bool(data.phones)
    if data.addresses is not None:
        change["address_confirmed"] = "confirmed" in data.addresses
    if data.identity_no is not None and party.role == "debtor":
        change["debtor_hash"] = identity_hash
    return party.model_copy(update=change)
