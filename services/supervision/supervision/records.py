"""Ledgers (台账): what a rule wants kept, read from the events themselves, entry by entry (pack language 3.12)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rules.fact import Fact
from rules.matcher import read
from rules.packs import Ledger
from supervision.application import SUPERVISORS
from supervision.names import event_name
from supervision.queries import Snapshot

NOTHING: tuple[object, ...] = (None, "", (), [], {})


def ledgers(of: Snapshot, posts: Collection[str]) -> list[dict[str, Any]]:
    """Those in force that somebody in one of these posts may read."""
    rules = (rule for rule in of.policy.rules.values() if isinstance(rule, Ledger))
    return [_told(rule, of) for rule in rules if may_read(rule, posts)]


def may_read(rule: Ledger, posts: Collection[str]) -> bool:
    """Who keeps it, whom it names as readers, and supervisors."""
    return bool({rule.keeper, *rule.readers, *SUPERVISORS} & set(posts))


async def ledger(of: Snapshot, rule: Ledger, most: int) -> dict[str, Any]:
    """The newest entries first; `lacking`: what the rule wants an entry to say and this one does not."""
    facts = sorted(fact for fact in await of.facts(rule.of.types) if rule.of.matches(fact))
    entries = [_entry(fact, rule) for fact in reversed(facts[-most:])]
    return {**_told(rule, of), "count": len(facts), "entries": entries}


def _told(rule: Ledger, of: Snapshot) -> dict[str, Any]:
    return {
        "record": rule.id,
        "clause": rule.clause,
        "at": rule.at,
        "name": {"zh": rule.zh, "en": rule.en},
        "why": rule.why,
        "keeper": {"post": rule.keeper, "name": of.names.post(rule.keeper)},
        "fields": rule.fields,
    }


def _entry(fact: Fact, rule: Ledger) -> dict[str, Any]:
    values = {path: read(fact, path) for path in rule.fields}
    return {
        "subject": fact.subject,
        "event": fact.type,
        "name": event_name(fact.type),
        "time": fact.time,
        "recorded_at": fact.recorded_at,
        "actor": fact.actor,
        "post": fact.post,
        "team": fact.team,
        "fields": values,
        "lacking": [path for path, value in values.items() if value in NOTHING],
    }
