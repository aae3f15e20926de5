"""What happened in a case before the court had this system (存量案件): brought in by every service for its own part.

A service folds the past as it folds its own: event by event, into the same aggregates, in one append under one
recorded_at. Nobody decides it again, no rule is asked, and what it once led to is not done a second time (kernel.call).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from fastapi.responses import Response
from pydantic import AwareDatetime, Field, JsonValue, ValidationError

from contracts import families
from contracts.base import MOST_ITEMS, CaseId, Code, Contract, Id, Part, Post, Sha256, text
from contracts.catalogue import bad_fields
from contracts.identity import KEYS
from contracts.vocabulary import unknown_kinds
from families import events
from families.approval import Approval
from families.handover import Handover
from families.matter import Matter
from kernel.application import Application, Stream
from kernel.call import Answer, Call
from kernel.clock import start_of_day
from kernel.corrections import contract_of
from kernel.domain import Aggregate, Circumstances, DomainEvent
from kernel.http import EARLIEST, ByCaller, Command, command_router
from kernel.problems import Invalid, WrongState

MOST_EVENTS = 500  # of a case
MOST_CASES = 100  # that come together
IMPORTERS = ("director", "chief")
GIVEN = KEYS - {"case_no", "new_case_id", "duty", "period"}
"""Ids that begin with their case's, so that no two cases name the same thing."""
Vocabulary = Mapping[str, frozenset[str]]


class Past(Part):
    """One event of a history: when it happened, who did it, and its data in the published language."""

    event: Annotated[str, text("[A-Z][A-Za-z]+", 40)]
    at: AwareDatetime
    timeprecision: Literal["instant", "day"] = "instant"
    actor: Id = "external"
    post: Post | None = None
    team: Code | None = None
    data: Annotated[dict[Code, JsonValue], Field(max_length=MOST_ITEMS)]


class CaseHistory(Part):
    """A service's part of a case's history, in the order in which it happened. `digest`: of the case as it was handed
    in, the same for every part."""

    case_id: CaseId
    digest: Sha256
    history: Annotated[tuple[Past, ...], Field(min_length=1, max_length=MOST_EVENTS)]


EXAMPLE: dict[str, Any] = {
    "case_id": "yiyang-old-1",
    "digest": "0" * 64,
    "history": [{"event": "ContactRecorded", "at": "2025-11-03T01:12:00Z", "data": {}}],
}


class ImportCases(Command):
    """A service's parts of running cases."""

    cases: Annotated[tuple[CaseHistory, ...], Field(min_length=1, max_length=MOST_CASES, examples=[[EXAMPLE]])]


class Place(NamedTuple):
    """The stream that an event belongs to: of `kind`, named by a field of the event, or by the case itself ("").

    `opens`: it is the first of its stream; the others follow one that opens it, but where none does.
    """

    kind: type[Aggregate]
    field: str = ""
    opens: bool = False


History = Mapping[type[DomainEvent], Place]


class Fault(NamedTuple):
    """What is wrong with one event of a history, by its number from 0; never the value itself."""

    number: int
    field: str
    reason: str


class Told(NamedTuple):
    """One event of the past, ready to be recorded."""

    event: type[DomainEvent]
    contract: Contract
    past: Past


@dataclass(frozen=True)
class Arrival:
    """A case's part, ready to be brought in. `number`: of the case among those that come together."""

    number: int
    case: CaseHistory
    told: Sequence[Told]

    @property
    def also(self) -> Sequence[Stream]:
        """Streams beside those of its events."""
        return ()

    def begin(self, *drafts: Any) -> None:
        """What comes before the first event; gets drafts of those streams."""


class Import(Aggregate):
    """That a case was brought in, once, and by whom."""

    KIND = "import"

    def __init__(self) -> None:
        self.digest = ""

    def begin(self, case: CaseHistory) -> None:
        if self.exists:
            raise WrongState("the case was brought in before, and was another")
        events_of = len(case.history)
        self.record(events.CaseImported, subject=f"case/{case.case_id}", digest=case.digest, events=events_of)

    def apply(self, event: DomainEvent) -> None:
        if isinstance(event, events.CaseImported):
            self.digest = event.digest


class HistoryCommands(Application):
    """Bringing in what happened before. `BEGUN`: what begins with an event that opens it, and is nothing before."""

    HISTORY: ClassVar[History]
    BEGUN: ClassVar[frozenset[type[Aggregate]]]
    ARRIVAL: ClassVar[type[Arrival]] = Arrival

    async def import_cases(self, call: Call, cases: Sequence[CaseHistory]) -> Answer:
        """All of the parts in one append, or nothing; those that are there already stay as they are.

        Raises Invalid, WrongState for a thing that is there already.
        """
        arrivals = await self.arrivals(call, cases)
        streams = list(dict.fromkeys(stream for each in arrivals for stream in self._streams(each)))

        def bring_in(*drafts: Aggregate) -> dict[str, object]:
            by_stream = dict(zip(streams, drafts, strict=True))
            for each in arrivals:
                self._bring_in(call, each, by_stream)
            return {"case_ids": [case.case_id for case in cases]}

        return await self.change_all(call.of_history(*(case.digest for case in cases)), streams, bring_in)

    async def arrivals(self, call: Call, cases: Sequence[Any]) -> Sequence[Arrival]:
        return [self.ARRIVAL(number, case, self.told(call, number, case)) for number, case in enumerate(cases)]

    def told(self, call: Call, number: int, case: CaseHistory) -> list[Told]:
        """Raises Invalid, naming the first event that is wrong."""
        if not case.case_id.startswith(f"{call.by.court}-"):
            raise Invalid("is not a thing of the caller's court", field=f"body.cases.{number}.case_id")
        vocabulary = self.policy(call).vocabulary
        told, faults = read_history(type(self), case.case_id, case.history, vocabulary, call.by.decided_at)
        if faults:
            raise Invalid(faults[0].reason, field=f"body.cases.{number}.history.{faults[0].number}.{faults[0].field}")
        return told

    def _streams(self, arrival: Arrival) -> Iterator[Stream]:
        yield Import, arrival.case.case_id
        yield from arrival.also
        yield from self._own_streams(arrival)

    def _own_streams(self, arrival: Arrival) -> list[Stream]:
        """Those that begin with this case."""
        case_id = arrival.case.case_id
        found = (stream for each in arrival.told for stream in self.streams_of(case_id, each.contract))
        return [stream for stream in dict.fromkeys(found) if stream not in arrival.also]

    def _bring_in(self, call: Call, arrival: Arrival, drafts: Mapping[Stream, Aggregate]) -> None:
        case = arrival.case
        imported = drafts[Import, case.case_id]
        assert isinstance(imported, Import)
        if imported.digest == case.digest:
            return
        if any(drafts[stream].exists for stream in self._own_streams(arrival)):
            raise WrongState("something of this case is there already")
        for stream in self._streams(arrival):
            drafts[stream].by = call.of_history(case.case_id).by
        imported.begin(case)
        arrival.begin(*(drafts[stream] for stream in arrival.also))
        self._record_past(case.case_id, arrival.told, drafts)
        for stream in self._streams(arrival):
            drafts[stream].require_sound()

    def _record_past(self, case_id: str, told: Sequence[Told], drafts: Mapping[Stream, Aggregate]) -> None:
        for each in told:
            first, *others = [drafts[stream] for stream in self.streams_of(case_id, each.contract)]
            for draft in (first, *others):
                draft.by = _circumstances(draft.by, each.past)
            fields = {name: getattr(each.contract, name) for name in type(each.contract).model_fields}
            first.record(each.event, subject=f"case/{case_id}", **fields, **self.private_fields(each.contract, told))
            for other in others:
                self.repeat_past(other, f"case/{case_id}", each.contract)

    # -- what services add

    @classmethod
    def streams_of(cls, case_id: str, event: Contract) -> list[Stream]:
        """The first is where the event itself goes, the others repeat it."""
        place = next(place for kind, place in cls.HISTORY.items() if contract_of(kind) is type(event))
        return [(place.kind, getattr(event, place.field) if place.field else case_id)]

    def repeat_past(self, draft: Aggregate, subject: str, event: Contract) -> None:
        """An event, in another stream than its own."""

    def private_fields(self, event: Contract, told: Sequence[Told]) -> dict[str, Any]:
        """What a stored event holds beside the fields of the language."""
        return {}


def read_history(
    service: type[HistoryCommands], case_id: str, history: Sequence[Past], vocabulary: Vocabulary, now: datetime
) -> tuple[list[Told], list[Fault]]:
    """What a service would record, and everything that is wrong with it."""
    kinds = {contract.__name__: event for event in service.HISTORY if (contract := contract_of(event))}
    told: list[Told] = []
    faults: list[Fault] = []
    opened: set[Stream] = set()
    for number, past in enumerate(history):
        found = [*_faults_of_moment(past, now)]
        event = kinds.get(past.event)
        if event is None:
            found.append(("event", f"is none that the {service.SERVICE} service brings in"))
        else:
            contract, wrong = _contract(event, case_id, past, vocabulary)
            found += wrong
            if contract is not None:
                found += _faults_of_order(service, case_id, contract, event, opened)
                told.append(Told(event, contract, past))
        faults += (Fault(number, field, reason) for field, reason in found)
    return told, [*faults, *_undecided(told)]


def _undecided(told: Sequence[Told]) -> Iterator[Fault]:
    """An approval is decided by the rule it was asked under, which only an approval asked in this system names."""
    contracts = [each.contract for each in told]
    final = {each.approval_id for each in contracts if isinstance(each, families.ApprovalDecided) and each.final}
    for number, each in enumerate(contracts):
        if isinstance(each, families.ApprovalAsked) and each.approval_id not in final:
            yield Fault(number, "event", "is not decided yet: it is asked anew in this system")


def _contract(
    event: type[DomainEvent], case_id: str, past: Past, vocabulary: Vocabulary
) -> tuple[Contract | None, list[tuple[str, str]]]:
    kind = contract_of(event)
    assert kind is not None
    try:
        contract = kind.model_validate(past.data)
    except ValidationError as error:
        return None, [(f"data.{field}", reason) for field, reason in bad_fields(error)]
    found = [(f"data.{field}", f"begins with {case_id}.") for field in _strange_ids(past.data, f"{case_id}.")]
    found += [(f"data.{each.field}", "is no kind of the court's rules") for each in unknown_kinds(contract, vocabulary)]
    if "case" not in contract.allowed_subjects():
        found.append(("event", "stands on no case"))
    return contract, found


def _strange_ids(node: JsonValue, prefix: str, trail: str = "") -> Iterator[str]:
    """Where a thing is named that is not the case's own."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if isinstance(value, (dict, list)):
            yield from _strange_ids(value, prefix, f"{trail}{name}.")
        elif name in GIVEN and isinstance(value, str) and not value.startswith(prefix):
            yield f"{trail}{name}"


def _faults_of_moment(past: Past, now: datetime) -> Iterator[tuple[str, str]]:
    if past.at > now:
        yield "at", "lies in the future"
    if past.at < EARLIEST:
        yield "at", "lies before 1990"


def _faults_of_order(
    service: type[HistoryCommands], case_id: str, contract: Contract, event: type[DomainEvent], opened: set[Stream]
) -> Iterator[tuple[str, str]]:
    streams = service.streams_of(case_id, contract)
    if service.HISTORY[event].opens:
        if streams[0] in opened:
            yield "event", "comes twice for one thing"
        opened.update(streams)
    elif streams[0][0] in service.BEGUN and streams[0] not in opened:
        yield "event", "comes before what it follows"


def _circumstances(by: Circumstances | None, past: Past) -> Circumstances:
    """Of the past event; what brought it in stays its cause."""
    assert by is not None, "commands run on drafts"
    at = start_of_day(past.at) if past.timeprecision == "day" else past.at
    told = {"actor": past.actor, "post": past.post or "", "team": past.team or ""}
    return by.model_copy(update={**told, "happened_at": at, "timeprecision": past.timeprecision})


OF_MATTERS: History = {
    events.MatterAsked: Place(Matter, "matter_id", opens=True),
    events.MatterAccepted: Place(Matter, "matter_id"),
    events.MatterDeclined: Place(Matter, "matter_id"),
    events.MatterProgressed: Place(Matter, "matter_id"),
    events.MatterDone: Place(Matter, "matter_id"),
}
OF_HANDOVERS: History = {
    events.HandedOver: Place(Handover, "handover_id", opens=True),
    events.HandoverAccepted: Place(Handover, "handover_id"),
    events.HandoverReturned: Place(Handover, "handover_id"),
}
OF_APPROVALS: History = {
    events.ApprovalAsked: Place(Approval, "approval_id", opens=True),
    events.ApprovalDecided: Place(Approval, "approval_id"),
}
router = command_router("imports 存量案件")


@router.post("/histories")
async def import_cases(body: ImportCases, by: ByCaller) -> Response:
    """Brings in this service's parts of running cases' histories (存量案件导入), all of them whole or none."""
    return await by.do(HistoryCommands.import_cases, body=body)
