"""Who answers for an occurrence (pack language 4.7)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from rules.fact import Fact
from rules.packs import Who
from rules.reading import Reading

MOMENT = timedelta(microseconds=1)
_NOBODY = frozenset({"system", "party", "external"})
"""Actors of an envelope who are no member of the court."""


class Answerer(NamedTuple):
    """A post, a team or a member, as far as the rule and the events name them."""

    post: str = ""
    team: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds the case (承办人): a step function of accepted hand-overs, before the first `initial`."""

    accepted: tuple[Fact, ...]
    initial: Answerer

    @classmethod
    def of(cls, facts: Iterable[Fact], initial_team: str) -> Holders:
        """From effective facts in the order ≺."""
        accepted = (fact for fact in facts if fact.type == "HandoverAccepted" and fact.data["what"] == "case")
        return cls(tuple(accepted), Answerer(team=initial_team))

    def before(self, instant: datetime) -> Answerer:
        """Who holds it at the last moment before an instant."""
        index = bisect_left(self.accepted, instant, key=lambda fact: fact.time)
        return _receiver(self.accepted[index - 1]) if index else self.initial

    def changes(self, start: datetime, end: datetime) -> list[datetime]:
        """When, between two instants, somebody else came to hold it."""
        return [fact.time for fact in self.accepted if start < fact.time < end]


def answerer(who: Who, reading: Reading, at: datetime, facts: Sequence[Fact], holders: Holders) -> Answerer:
    """Who answers at the last moment before `at`; `facts` are the effective ones in the order ≺."""
    match who.role:
        case "post":
            return Answerer(post=who.name)
        case "team":
            return Answerer(team=who.name)
        case "holder":
            return holders.before(at)
        case "taker":
            return _taker(reading.start.fact, at, facts)
        case _:
            return _NAMED_AT_START[who.role](reading.start.fact)


def _taker(start: Fact, at: datetime, facts: Sequence[Fact]) -> Answerer:
    """Who accepted the matter; whom it named, before anyone did."""
    if start.type in ("MatterAccepted", "HandoverAccepted"):
        return _acceptor(start)
    matter = start.data.get("matter_id")
    for fact in reversed(facts):
        if fact.type == "MatterAccepted" and fact.data["matter_id"] == matter and fact.time < at:
            return _acceptor(fact)
    return _asked(start)


def _acceptor(fact: Fact) -> Answerer:
    named, doer = _receiver(fact), _doer(fact)
    return Answerer(named.post or doer.post, named.team or doer.team, named.member or doer.member)


def _asked(fact: Fact) -> Answerer:
    return Answerer(fact.data.get("to_post") or "", fact.data.get("to_team") or "")


def _giver(fact: Fact) -> Answerer:
    return Answerer(fact.data.get("from_post") or "", fact.data.get("from_team") or "")


def _receiver(fact: Fact) -> Answerer:
    return Answerer(fact.data.get("to_post") or "", fact.data.get("to_team") or "", fact.data.get("to_member") or "")


def _doer(fact: Fact) -> Answerer:
    return Answerer(fact.post, fact.team, "" if fact.actor in _NOBODY else fact.actor)


_NAMED_AT_START: dict[str, Callable[[Fact], Answerer]] = {
    "asked": _asked,
    "giver": _giver,
    "receiver": _receiver,
    "signer": _doer,
}
