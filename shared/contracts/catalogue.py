"""The events of the language by type and by name, and the way from an envelope to its event."""

import re

from pydantic import ValidationError

from contracts import asset_control, auction, families, funds, intake, supervision, triage
from contracts.base import Contract
from contracts.envelope import Envelope

_MODULES = (families, intake, triage, asset_control, auction, funds, supervision)
_SAYABLE = re.compile(r"[a-z][a-z_-]{0,39}")


def _events() -> list[type[Contract]]:
    return [
        value
        for module in _MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Contract) and value is not Contract and name[0] != "_"
    ]


BY_NAME: dict[str, type[Contract]] = {event.__name__: event for event in _events()}
EVENTS: dict[str, type[Contract]] = {event.type: event for event in BY_NAME.values()}


class UndecodableEvent(ValueError):
    """The envelope holds no event of the language: its subject must be parked. Never repeats a value it read."""


class UnknownEvent(UndecodableEvent):
    """No event of that type."""


class BadData(UndecodableEvent):
    """The data are not those of the event; `fields` names what is wrong, as (field, reason)."""

    def __init__(self, event: str, fields: list[tuple[str, str]]) -> None:
        super().__init__(f"{event}: " + "; ".join(f"{field}: {reason}" for field, reason in fields))
        self.fields = fields


class WrongSubject(UndecodableEvent):
    """The event stands on a subject of a kind that is not its own (1.2)."""


def decode(envelope: Envelope) -> Contract:
    """The event in the envelope. Raises UnknownEvent, BadData or WrongSubject."""
    event = EVENTS.get(envelope.type)
    if event is None:
        raise UnknownEvent("unknown event type")
    try:
        found = event.__pydantic_validator__.validate_python(envelope.data)
    except ValidationError as error:
        raise BadData(event.__name__, bad_fields(error)) from None
    if envelope.subject.partition("/")[0] not in found.allowed_subjects():
        raise WrongSubject(f"{event.__name__} stands on {' or '.join(found.allowed_subjects())}")
    return found


def bad_fields(error: ValidationError) -> list[tuple[str, str]]:
    """(field, reason) of each fault, fit to be shown: neither values nor keys made up by the sender are repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [(".".join(sayable(part) for part in fault["loc"]) or "(whole)", fault["msg"]) for fault in faults]


def sayable(part: int | str) -> str:
    """A part of a field's name as it may be repeated to the sender, who may have made it up."""
    return str(part) if isinstance(part, int) or _SAYABLE.fullmatch(part) else "?"
