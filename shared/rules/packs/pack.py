"""One version of one pack, whole (pack language 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from rules.case import LIQUID_KINDS
from rules.packs.assignment import Assignment, Workload
from rules.packs.authority import Authority
from rules.packs.clocks import Clock, Ladder, Suspension
from rules.packs.documents import Document
from rules.packs.duties import Duty
from rules.packs.gates import Gate
from rules.packs.log import Log
from rules.packs.process import Process
from rules.packs.records import Conflict, Figure, Ledger
from rules.packs.routing import Route
from rules.packs.rule import NOWHERE, Names, Origin, Rule, Trail, Window
from rules.packs.structure import Limit, Structure
from rules.packs.words import Code, Day, Flag, RuleId
from rules.terms import Frozen, TermSettings


class Settings(TermSettings):
    """Settable defaults: what the scheme leaves open, shown to users as such.

    `first_enquiry`: who starts it; `stages` of routing; `case_account`: one account a case (一案一账号);
    `liquid`: kinds of assets that satisfy a claim without being sold.
    """

    first_enquiry: Literal["filing", "service", "auto"] = "service"
    stages: tuple[Code, ...] = ("first",)
    case_account: Flag = False
    liquid: tuple[Code, ...] = LIQUID_KINDS


class Source(Frozen):
    title: str
    number: str = ""
    file: str = ""
    issued: Day | None = None


def unset(value: Any) -> Any:
    return None if value == "unset" else value


class Effective(Window):
    """`from: unset`: the scheme names no day, the installation must."""

    first: Annotated[Day | None, BeforeValidator(unset)] = Field(alias="from")


class Pack(Frozen):
    """One version of one pack. `digest` is of its files as they stand on disk."""

    pack: Code
    name: Names
    source: Source
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    effective: Effective
    extends: Code | None = None
    settings: Settings = Settings()
    log: Log | None = None
    vocabulary: dict[Code, dict[Code, str]] = Field(default_factory=dict)
    structure: Structure | None = None
    limits: tuple[Limit, ...] = ()
    routing: dict[RuleId, Route] = Field(default_factory=dict)
    assignment: tuple[Assignment, ...] = ()
    workload: tuple[Workload, ...] = ()
    ladders: dict[Code, Ladder] = Field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    gates: tuple[Gate, ...] = ()
    authority: tuple[Authority, ...] = ()
    documents: tuple[Document, ...] = ()
    process: tuple[Process, ...] = ()
    duties: tuple[Duty, ...] = ()
    records: tuple[Ledger, ...] = ()
    figures: tuple[Figure, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    _origin: Origin = PrivateAttr(default=NOWHERE)

    @model_validator(mode="after")
    def _from(self, info: ValidationInfo) -> Pack:
        self._origin = cast(Origin, info.context or NOWHERE)
        return self

    def fault(self, trail: Trail, message: str) -> str:
        """A fault of a part of the pack, by file and line where it was read from files."""
        texts = self._origin.texts
        if texts:
            return f"{self.pack} {self.version} {texts.fault(trail, message)}"
        return f"{self.pack} {self.version}: {'.'.join(map(str, trail))}: {message}"

    @property
    def digest(self) -> str:
        return self._origin.digest

    @property
    def rules(self) -> Iterator[Rule]:
        """Every rule of every section."""
        for section in RULE_SECTIONS:
            yield from getattr(self, section)
        for route in self.routing.values():
            yield from (*route.rules, route.fallback)


RULE_SECTIONS = (
    "limits",
    "assignment",
    "workload",
    "clocks",
    "suspensions",
    "gates",
    "authority",
    "documents",
    "process",
    "duties",
    "records",
    "figures",
)
