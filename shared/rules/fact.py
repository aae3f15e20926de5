"""A fact: what the rules read of a contract event, and the total order they read it in (pack language 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.catalogue import BY_NAME

_OF_A_LOG = " (activity)"


def type_of(activity: str) -> str:
    """The type of a foreign log's event: its activity's name, marked where one of ours is called the same."""
    return activity + _OF_A_LOG if activity in BY_NAME else activity


def activity_of(type_: str) -> str:
    """The name of the activity that a foreign log's event tells of."""
    return type_.removesuffix(_OF_A_LOG)


@dataclass(frozen=True, slots=True)
class Fact:
    """One contract event. `time` is when it happened, `recorded_at` when the court's system learned it; both UTC.

    `type` is the bare name (`CaseFiled`), `position` the place in the log of `source`.
    `day_precision` is true where only the day of `time` is known (00:00 Asia/Shanghai).
    """

    id: str
    source: str
    type: str
    court: str
    subject: str
    time: datetime
    recorded_at: datetime
    position: int
    data: Mapping[str, Any]
    actor: str = "system"
    post: str = ""
    team: str = ""
    day_precision: bool = False
    correlation_id: str = ""
    causation_id: str = ""
    order: tuple[datetime, datetime, str, int, str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", (self.time, self.recorded_at, self.source, self.position, self.id))

    def __lt__(self, other: Fact) -> bool:
        return self.order < other.order
