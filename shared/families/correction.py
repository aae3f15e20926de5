"""Corrections (更正): who recorded a fact, or the court's director or chief, tells how it should have read.

Nothing that was recorded goes away: what was known before the correction stays known as it was then (1.4, 1.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Any, Literal, NamedTuple

from fastapi.responses import Response
from pydantic import AwareDatetime, Field, JsonValue, ValidationError

from contracts import families as contracts
from contracts.base import MOST_ITEMS, Code, Contract, Part, text
from contracts.catalogue import BY_NAME, bad_fields
from contracts.identity import KEYS
from contracts.vocabulary import unknown_kinds
from kernel.application import Application, Stream
from kernel.call import Answer, Call
from kernel.clock import start_of_day
from kernel.corrections import FactCorrected, Stored, evolve
from kernel.domain import SUBJECT, Aggregate, Correctable, DomainEvent, decode, encode
from kernel.http import EARLIEST, ByCaller, body_of, command_router
from kernel.problems import Invalid, NotForPost, NotFound, WrongState
from rules.fact import Fact

CORRECTORS = ("director", "chief")
"""Posts that correct what others recorded; the correction then says by whose leave it stands."""
DATA = "body.reading.data"
TIME = "body.reading.time"


class Reading(Part):
    """The whole event as it should have read. `time`: when it happened, only where that was wrong."""

    data: Annotated[dict[Code, JsonValue], Field(max_length=MOST_ITEMS)]
    time: AwareDatetime | None = None
    timeprecision: Literal["instant", "day"] = "instant"


class Wrong(NamedTuple):
    """A fact to be corrected, where it stands, and everything in its stream."""

    fact: Fact
    kind: type[Aggregate]
    key: str
    version: int
    history: Sequence[Stored]

    @property
    def event(self) -> DomainEvent:
        return decode(*self.history[self.version - 1])

    @property
    def rule(self) -> Correctable:
        """Raises WrongState for what no correction can change."""
        rule = self.kind.CORRECTABLE.get(type(self.event))
        if rule is None:
            raise WrongState(
                "what this fact tells of is not corrected: it is done anew, or undone by an act of its own"
            )
        return rule


class HistoryGrew(Exception):
    """Something was recorded in the stream meanwhile: the correction is decided on it anew."""


class CorrectionCommands(Application):
    """Correcting what the service has published, aggregate by aggregate as their CORRECTABLE tables allow."""

    CORRECTED: tuple[type[Aggregate], ...] = ()

    async def correct_fact(
        self, call: Call, subject: str, corrects: str, how: str, reading: Reading | None, reason: str
    ) -> Answer:
        """Raises NotFound for what this service did not publish, NotForPost, Invalid, or WrongState where it may not be
        corrected so."""
        if (how == "amend") != (reading is not None):
            raise Invalid("an amendment says how the fact should have read, a void nothing", field="body.reading")
        while True:
            wrong = await self._wrong(call, subject, corrects)
            if wrong.fact.actor != call.by.actor and call.by.post not in CORRECTORS:
                return await self.refuse(call, _not_own(wrong.fact))
            told = self._told(call, wrong, reading)
            amended = None if reading is None else _amended(wrong, reading)
            if amended is not None:
                self._require_known_kinds(call, amended)
                await self.require_true(call, subject, amended)
            try:
                return await self._correct(call, wrong, amended, how=how, reason=reason, **told)
            except HistoryGrew:
                continue

    async def require_true(self, call: Call, subject: str, amended: Contract) -> None:
        """For services to refuse an amendment that names what is not there. Raises Invalid."""

    def followers(self, amended: Contract) -> list[Stream]:
        """Other streams that repeat what the fact tells, and follow its amendment."""
        return []

    async def _correct(self, call: Call, wrong: Wrong, amended: Contract | None, **told: Any) -> Answer:
        followers = [] if amended is None else self.followers(amended)

        def correct(draft: Aggregate, *others: Aggregate) -> dict[str, str]:
            if draft.version != len(wrong.history):
                raise HistoryGrew
            draft.record(
                FactCorrected,
                subject=wrong.fact.subject,
                version=wrong.version,
                corrects=wrong.fact.id,
                data=None if amended is None else amended.to_data(),
                **told,
            )
            _fold_anew(draft, wrong.history)
            for other in others:
                other.follow(wrong.fact.subject, amended)
            return {"corrects": wrong.fact.id}

        return await self.change_all(call, [(wrong.kind, wrong.key), *followers], correct)

    async def _wrong(self, call: Call, subject: str, corrects: str) -> Wrong:
        facts = await self._facts.of(call.by.court, subject)
        source = f"/{call.by.court}/{self.SERVICE}"
        fact = next((each for each in facts if each.id == corrects and each.source == source), None)
        if fact is None:
            raise NotFound("this service has published no such fact of this subject")
        if fact.type == "FactCorrected":
            raise WrongState("a correction is not corrected: the fact itself is, once more")
        stream, version = await self._log.stream_at(fact.position)
        kind = next((kind for kind in self.CORRECTED if stream.startswith(f"{kind.KIND}/")), Aggregate)
        wrong = Wrong(fact, kind, stream.partition("/")[2], version, await self._log.stream(stream))
        _ = wrong.rule
        return wrong

    def _told(self, call: Call, wrong: Wrong, reading: Reading | None) -> dict[str, Any]:
        """Who allows it, and when it happened if that was wrong. Raises Invalid."""
        own = wrong.fact.actor == call.by.actor
        if reading is None and not wrong.rule.void:
            raise WrongState("this cannot be declared void: what followed stands on it")
        when = _when(wrong.fact, reading) if reading is not None else {}
        return {"approved_by": None if own else call.by.post, **when}

    def _require_known_kinds(self, call: Call, amended: Contract) -> None:
        for unknown in unknown_kinds(amended, self.policy(call).vocabulary):
            raise Invalid(
                f"none of the {unknown.vocabulary.replace('_', ' ')} in force", field=f"{DATA}.{unknown.field}"
            )


def _not_own(fact: Fact) -> NotForPost:
    told = f"this is for who recorded it, or for: {', '.join(CORRECTORS)}"
    return NotForPost(told, act="correct_fact", wanted_by=CORRECTORS[0], subject=fact.subject)


def _fold_anew(draft: Aggregate, history: Sequence[Stored]) -> None:
    """With the correction just recorded. Raises WrongState where what followed could not have been."""
    correction = draft.pending_events[-1]
    assert isinstance(correction, FactCorrected)
    stored = (correction.TOPIC, encode(correction))
    draft.become(evolve(type(draft).empty(draft.key), [*history, stored]))
    draft.require_sound()


def _amended(wrong: Wrong, reading: Reading) -> Contract:
    """The event of the language as amended. Raises Invalid for bad data, and for another name or kind of the thing."""
    contract = BY_NAME[wrong.fact.type]
    try:
        before, amended = contract.model_validate(wrong.fact.data), contract.model_validate(reading.data)
    except ValidationError as error:
        field, reason = bad_fields(error)[0]
        raise Invalid(reason, field=f"{DATA}.{field}") from None
    for name in KEYS | wrong.rule.fixed:
        if getattr(before, name, None) != getattr(amended, name, None):
            raise Invalid("names the thing, or what it is: void the fact and enter another", field=f"{DATA}.{name}")
    return amended


def _when(fact: Fact, reading: Reading) -> dict[str, Any]:
    """When it happened, as it should have read: before it was recorded, as ever (1.4)."""
    if reading.time is None:
        return {}
    time = start_of_day(reading.time) if reading.timeprecision == "day" else reading.time
    if time > fact.recorded_at:
        raise Invalid("lies after the fact was recorded", field=TIME)
    if time < EARLIEST:
        raise Invalid("lies before 1990", field=TIME)
    return {"time": time.astimezone(UTC), "timeprecision": reading.timeprecision}


router = command_router("corrections 更正")
READING = {"data": {"marks": {"easy": True}}, "time": "2026-03-05T01:30:00Z"}


class CorrectFact(body_of(contracts.FactCorrected, without=("data", "time", "timeprecision", "approved_by"))):
    """Which fact, by its event id and subject, and how it should have read (`amend`), or that it is none (`void`)."""

    subject: Annotated[str, text(SUBJECT.pattern, 136)] = Field(examples=["case/yiyang-4ktm2q7xw3bcd5ea"])
    reading: Reading | None = Field(None, examples=[READING])


@router.post("/corrections")
async def correct(body: CorrectFact, by: ByCaller) -> Response:
    """Corrects a fact that this service has published (更正)."""
    return await by.do(CorrectionCommands.correct_fact, body=body)
