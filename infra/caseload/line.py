"""One line of the file: a running case with its parties and its history, and everything that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.base import CaseId
from contracts.catalogue import BY_NAME, bad_fields
from contracts.vocabulary import MATTER_OWNERS
from families.handover import HANDOVER_OWNERS
from families.history import MOST_EVENTS, HistoryCommands, Past, Vocabulary, read_history
from infra.host import SERVICES
from intake.entry import ImportedParty
from intake.past import series_of, with_parties
from kernel.http import MAX_BODY_BYTES
from kernel.problems import Invalid

FAMILY = "family"
CHECKS = {"filing_review": "intake", "arrival_confirmed": "funds"}  # the rest is triage's
APPROVALS = {"payout": "funds", "allocation": "funds", "defer_payout": "funds"}  # likewise
NAMES_PARTIES = ("party_id", "party_ids", "with")


class Case(BaseModel):
    """`parties`: with their personal data. `history`: in the order in which it happened."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    case_id: CaseId
    parties: Annotated[tuple[ImportedParty, ...], Field(min_length=1, max_length=200)]
    history: Annotated[tuple[Past, ...], Field(min_length=1, max_length=MOST_EVENTS)]


class Fault(NamedTuple):
    """What is wrong where; never the value itself."""

    field: str
    reason: str


@dataclass(frozen=True)
class Rules:
    """What a line is held against: the court, its code in case numbers, the kinds it knows, and the time."""

    court: str
    code: str
    vocabulary: Vocabulary
    now: datetime


@dataclass(frozen=True)
class Line:
    """A line that says a whole case; `digest` tells whether it is still the same when it comes again."""

    number: int
    case: Case
    digest: str

    @property
    def case_no(self) -> str:
        return next(str(past.data.get("case_no")) for past in self.case.history if past.event == "CaseFiled")

    @cached_property
    def parts(self) -> Mapping[str, Sequence[int]]:
        """service -> the numbers of its events in the history."""
        found: dict[str, list[int]] = {name: [] for name in SERVICES}
        for number, past in enumerate(self.case.history):
            found[owner_of(past)].append(number)
        return found

    def body(self, service: str) -> dict[str, Any]:
        """What a service gets of the case."""
        events = [self.case.history[number].model_dump(mode="json") for number in self.parts[service]]
        body: dict[str, Any] = {"case_id": self.case.case_id, "digest": self.digest, "history": events}
        if service == "intake":
            body["parties"] = [party.model_dump(mode="json", exclude_none=True) for party in self.case.parties]
        return body


def read(number: int, text: bytes, rules: Rules) -> tuple[Line | None, list[Fault]]:
    """The case that the line of this number says, or everything that is wrong with it."""
    if len(text) > MAX_BODY_BYTES:
        return None, [Fault("(whole)", f"a line holds {MAX_BODY_BYTES} bytes at most")]
    try:
        case = Case.model_validate_json(text)
    except ValidationError as error:
        return None, [Fault(*each) for each in bad_fields(error)]
    line = Line(number, case, hashlib.sha256(text.strip()).hexdigest())
    faults = list(_faults(line, rules))
    return (None, faults) if faults else (line, [])


def owner_of(past: Past) -> str:
    """The service whose log holds an event; intake, where no service has such an event."""
    contract, data = BY_NAME.get(past.event), past.data
    if contract is None:
        return "intake"
    if contract.service != FAMILY:
        return contract.service
    if past.event.startswith("Matter"):
        return _keyed(MATTER_OWNERS, data.get("kind"), "intake")
    if past.event.startswith("Hand"):
        return _keyed(HANDOVER_OWNERS, data.get("what"), "triage")
    table = CHECKS if past.event == "CheckRecorded" else APPROVALS
    return table.get(str(data.get("kind" if table is CHECKS else "act")), "triage")


def _keyed(owners: Mapping[str, frozenset[str]], kind: object, otherwise: str) -> str:
    return next((service for service, kinds in owners.items() if kind in kinds), otherwise)


def _faults(line: Line, rules: Rules) -> Iterator[Fault]:
    case = line.case
    if not case.case_id.startswith(f"{rules.court}-"):
        yield Fault("case_id", f"begins with {rules.court}-")
    parties = [party.party_id for party in case.parties]
    if len(set(parties)) < len(parties):
        yield Fault("parties", "names a party twice")
    if not all(party.startswith(f"{case.case_id}.") for party in parties):
        yield Fault("parties", f"each party_id begins with {case.case_id}.")
    yield from _strangers(case, set(parties))
    yield from _faults_of_parts(line, rules)
    if [past.event for past in case.history].count("CaseFiled") != 1:
        yield Fault("history", "a running case has been filed, once")


def _strangers(case: Case, parties: set[str]) -> Iterator[Fault]:
    """Events that name somebody who is no party."""
    for number, past in enumerate(case.history):
        for field in NAMES_PARTIES:
            named = past.data.get(field, [])
            if not {str(each) for each in (named if isinstance(named, list) else [named])} <= parties:
                yield Fault(f"history.{number}.data.{field}", "names somebody who is no party")


def _faults_of_parts(line: Line, rules: Rules) -> Iterator[Fault]:
    """What the services would say to their parts."""
    case = line.case
    people = {party.party_id: party.party(party.party_id) for party in case.parties}
    for service, numbers in line.parts.items():
        application = SERVICES[service].application
        if not numbers:
            continue
        if not issubclass(application, HistoryCommands):
            yield from (Fault(f"history.{number}.event", f"{service} brings in nothing") for number in numbers)
            continue
        past = [with_parties(case.history[number], people) for number in numbers]
        told, faults = read_history(application, case.case_id, past, rules.vocabulary, rules.now)
        yield from (Fault(f"history.{numbers[each.number]}.{each.field}", each.reason) for each in faults)
        for filing in (each.contract for each in told if each.past.event == "CaseFiled"):
            yield from _faults_of_number(filing, rules)


def _faults_of_number(filing: Any, rules: Rules) -> Iterator[Fault]:
    try:
        series_of(rules.court, rules.code, filing)
    except Invalid as fault:
        yield Fault("history.case_no", fault.detail)
