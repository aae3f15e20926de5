"""What is entered of a party (当事人信息)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.base import Id, Many, text
from contracts.intake import Party
from kernel.http import body_of

PRINTABLE = r"[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*"  # more than blanks
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
        known = {n: getattr(self, n) for n in Party.model_fields if n in PartyEntry.model_fields}
        return Party(party_id=party_id, debtor_hash="", address_confirmed=False, phone=False, **known)


class ImportedParty(PartyEntry):
    """A party of a case that is brought in, under the id that its history names it by."""

    party_id: Id
