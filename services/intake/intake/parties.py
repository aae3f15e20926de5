"""The parties (当事人) of a case: what the other services may know of each, and the personal data, sealed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.base import Many, text
from contracts.intake import Party
from intake import events
from intake.privacy import CaseKeys
from kernel.domain import Aggregate, DomainEvent
from kernel.http import body_of
from kernel.problems import Invalid, NotFound

PRINTABLE = r"[^\p{Cc}]+"
Name = Annotated[str, text(PRINTABLE, 200)]
IdentityNumber = Annotated[str, text("[0-9A-Za-z()（） -]{4,64}", 64)]
Phone = Annotated[str, text("[0-9+() -]{3,32}", 32)]
Address = Annotated[str, text(PRINTABLE, 400)]
AddressKind = Literal["confirmed", "registered", "residence", "business"]


class PersonalData(BaseModel):
    """What tells who a party is and where it is found. Enters no event but sealed, and no message at all."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Name | None = Field(None, repr=False)
    identity_no: IdentityNumber | None = Field(None, repr=False, description="居民身份证号 or 统一社会信用代码")
    phones: Many[Phone] | None = Field(None, repr=False)
    addresses: dict[AddressKind, Address] | None = Field(None, repr=False, description="confirmed: 送达地址确认书")

    def given(self) -> dict[str, JsonValue]:
        values = {name: getattr(self, name) for name in PersonalData.model_fields}
        return {name: value for name, value in values.items() if value is not None}


class PartyEntry(body_of(Party, without=("party_id", "debtor_hash", "address_confirmed", "phone"), base=PersonalData)):
    """A party as it is entered: what may be known of it, and the personal data."""

    name: Name = Field(repr=False)  # pyright: ignore[reportIncompatibleVariableOverride]  frozen, so it may be narrower

    def party(self, party_id: str) -> Party:
        """Without what its personal data will tell."""
        known = {n: getattr(self, n) for n in Party.model_fields if n in type(self).model_fields}
        return Party(party_id=party_id, debtor_hash="", address_confirmed=False, phone=False, **known)


class Parties(Aggregate):
    """All parties of one case."""

    KIND = "parties"

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}
        self.sealed: dict[str, dict[str, str]] = {}
        self.forgotten: set[str] = set()

    def enter(self, subject: str, party: Party, data: PersonalData, keys: CaseKeys, identity_hash: str) -> None:
        """A party, as it is known from now on; personal data that are not given again stay as they are."""
        change: dict[str, object] = {}
        if data.phones is not None:
            change["phone"] = bool(data.phones)
        if data.addresses is not None:
            change["address_confirmed"] = "confirmed" in data.addresses
        if data.identity_no is not None and party.role == "debtor":
            change["debtor_hash"] = identity_hash
        sealed = keys.seal(party.party_id, data.given())
        self.record(events.PartyRecorded, subject=subject, party=party.model_copy(update=change), sealed=sealed)

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
                self.sealed[party_id] = {**self.sealed.get(party_id, {}), **event.sealed}
            case events.PartyForgotten():
                self.forgotten.add(event.party_id)
            case _:
                pass
