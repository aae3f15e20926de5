"""Documents (文书): who makes which kind, what it says, how it is served (pack language 3.9)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from contracts.intake import DocumentDrafted, ServiceWay
from rules.case import CASE
from rules.conditions import ANY, INT, Condition, MapOf, Record, compile_condition
from rules.packs.rule import Rule
from rules.packs.words import Codes, Flag, Kinds
from rules.terms import Frozen

DOC = Record(dict.fromkeys(DocumentDrafted.model_fields, ANY))
"""The fields of the document to be made."""

DocumentCondition: TypeAlias = Annotated[
    Condition, PlainValidator(partial(compile_condition, roots={"case": CASE, "limit": MapOf(INT), "doc": DOC}))
]
AddressKind: TypeAlias = Literal["registered", "residence", "business"]


class Addresses(Frozen):
    """Where a paper goes: to the confirmed address; where `none` is confirmed to these, all at once if `together`."""

    confirmed: Literal["use"] = "use"
    none: Annotated[tuple[AddressKind, ...], Field(min_length=1)]
    together: Flag = False


class Failure(Frozen):
    """A failed service gives its reason and is reported to these posts."""

    requires: Literal["reason"] = "reason"
    report_to: Codes


class Document(Rule):
    """Kinds of documents: who makes them, what they say, how they are served.

    `auto`: the system has them made for every debtor on filing. `made_by`: who may make them, besides those whom
    another line names; `refuse_others`: nobody besides. `must_not_state`: what they may not say. `ways` of service
    that are open, and the one to try `first`.
    """

    kinds: Kinds
    condition: DocumentCondition | None = Field(default=None, alias="if")
    made_by: Codes = ()
    refuse_others: Flag = False
    auto: Flag = False
    checked_against_file: Flag = False
    must_state: Codes = ()
    must_not_state: Codes = ()
    serve: Literal["all_parties"] | None = None
    ways: tuple[ServiceWay, ...] = ()
    first: ServiceWay | None = None
    address: Addresses | None = None
    failure: Failure | None = None

    @model_validator(mode="after")
    def _fits(self) -> Document:
        if both := sorted(set(self.must_state) & set(self.must_not_state)):
            raise ValueError(f"{', '.join(both)}: must and must not be stated")
        if (self.refuse_others or self.auto) and not self.made_by:
            raise ValueError("refuse_others and auto need made_by")
        if self.first and self.ways and self.first not in self.ways:
            raise ValueError(f"first: {self.first} is none of the ways")
        return self
