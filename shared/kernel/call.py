"""One command as it came in, and the answer it gets."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.domain import Circumstances
from rules.rulebook import Policy


@dataclass(frozen=True, slots=True)
class Call:
    """A command's circumstances and the keyed hash of its body."""

    by: Circumstances
    body_hash: bytes

    def mint(self, kind: str) -> str:
        """An id for what this command creates: a retry mints the same one. Begins with the court."""
        digest = hashlib.blake2b(f"{kind}\n{self.by.command_id}".encode(), digest_size=10).digest()
        return f"{self.by.court}-{base64.b32encode(digest).decode().lower()}"

    def under(self, policy: Policy) -> Call:
        """The same call as a decision by these rules: its events name the court's pack and version (invariant 5)."""
        pack = policy.packs[0]  # the court's stands before the national one
        return replace(self, by=self.by.model_copy(update={"pack": pack.pack, "packversion": pack.version}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told: ids only, never what he sent. `position` is where its last event stands in the log."""

    status: int
    body: bytes
    position: int


def system_call(
    court: str, command_id: str, *, correlation_id: str, causation_id: str, now: datetime, traceparent: str = ""
) -> Call:
    """A command of the system itself, by reaction or timer: it happens as it is recorded."""
    by = Circumstances(
        court=court,
        actor="system",
        post="",
        team="",
        command_id=command_id,
        correlation_id=correlation_id,
        causation_id=causation_id,
        decided_at=now,
        happened_at=None,
        timeprecision="instant",
        pack="",
        packversion="",
        traceparent=traceparent,
        facts_up_to={},
    )
    return Call(by, b"")
