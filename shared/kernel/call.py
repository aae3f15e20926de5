"""One command as it came in, and the answer it gets."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import SkipValidation

from kernel.domain import Circumstances
from rules.packs import Rule
from rules.rulebook import Policy

HISTORY = "history."
"""With which the id of a command begins that brings in histories, and the cause that the events of each name."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command's circumstances and the keyed hash of its body."""

    by: Circumstances
    body_hash: bytes

    def mint(self, kind: str) -> str:
        """An id for what this command creates: a retry mints the same one. Begins with the court."""
        digest = hashlib.blake2b(f"{kind}\n{self.by.command_id}".encode(), digest_size=10).digest()
        return f"{self.by.court}-{base64.b32encode(digest).decode().lower()}"

    def of_history(self, *what: str) -> Call:
        """The same call as what brings in the histories of these: one command, whoever calls and however often."""
        digest = hashlib.blake2b("\n".join((self.by.court, *what)).encode(), digest_size=16).hexdigest()
        flow = f"{HISTORY}{digest}"
        known = {"command_id": flow, "correlation_id": flow, "causation_id": flow}
        return replace(self, by=self.by.model_copy(update=known))

    @property
    def is_history(self) -> bool:
        return self.by.command_id.startswith(HISTORY)

    def under(self, policy: Policy) -> Call:
        """The same call as a decision by these rules (invariant 5)."""
        known: dict[str, Any] = {**vars(self.by), "policy": policy}
        return replace(self, by=Ruled.model_construct(**known))

    def by_rule(self, rule: Rule) -> Call:
        """The same call as a decision by one rule, of whatever day."""
        return replace(self, by=_stamped(self.by, rule.pack, rule.version))


class Ruled(Circumstances):
    """Circumstances of a decision by a court's rules: its events name the pack and version of the rule that decided.

    Where no rule is named, the court's: it stands before the national one. The rules themselves are never stored.
    """

    policy: SkipValidation[Policy]

    def ruled(self, ruleid: str) -> Circumstances:
        """Plain circumstances, with the pack and version that the rule stands in."""
        rule, court = self.policy.rules.get(ruleid), self.policy.packs[0]
        stamp = (rule.pack, rule.version) if rule else (court.pack, court.version)
        return _stamped(self, *stamp)


def _stamped(by: Circumstances, pack: str, version: str) -> Circumstances:
    known: dict[str, Any] = {name: getattr(by, name) for name in Circumstances.model_fields}
    known |= {"pack": pack, "packversion": version}
    return Circumstances.model_construct(**known)


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
