"""Whoever a ladder names is told of each rung as it fires: once for a due day, and live only (pack language 3.6, 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import structlog

from kernel.call import Call, system_call
from kernel.clock import Clock as Time
from kernel.database import is_away
from rules.answers import Answerer
from rules.derived import Clock
from rules.fact import Fact
from rules.reminders import due_day
from rules.rungs import Rung
from supervision.application import SUPERVISORS, Supervision
from supervision.derivation import Moment
from supervision.live import Live
from supervision.rungs import brought_in, fired
from supervision.tables import Subject

BATCH = 100
LEAD = "team_lead"
log = structlog.get_logger()


class Reminding:
    """Sends reminders. What may have stopped a term must have arrived first, so that nobody is told of what is done."""

    def __init__(self, application: Supervision, live: Live, clock: Time, lanes: Callable[[], frozenset[int]]) -> None:
        """`lanes`: of the subjects that this process sees to."""
        self._app, self._live, self._clock, self._lanes = application, live, clock, lanes
        self._arriving: tuple[datetime, Mapping[str, int]] | None = None

    async def sweep(self) -> int:
        """Tells of every rung that has fired; done with each sweep of the read model. Returns of how many."""
        until, count, tried = self._seen_until(), 0, set[Subject]()
        while until and (subjects := set(await self._due(until)) - tried):
            count += sum(await asyncio.gather(*(self._tell_of(subject, until) for subject in subjects)))
            await self._live.renew(subjects)
            tried |= subjects
        return count

    async def _due(self, until: datetime) -> list[Subject]:
        return await self._live.model.due(until, self._lanes(), BATCH, "next_rung")

    def _seen_until(self) -> datetime | None:
        """An instant up to which every event that was recorded has arrived; None while some are on their way.

        On a busy day some always are: then those that were on their way at an earlier sweep are waited for.
        """
        now, heads = self._clock.now(), self._app.heads()
        if heads is None:
            return None
        if self._has_seen(heads):
            self._arriving = None
            return now
        before, self._arriving = self._arriving, self._arriving or (now, heads)
        if before is None or not self._has_seen(before[1]):
            return None
        self._arriving = now, heads
        return before[0]

    def _has_seen(self, heads: Mapping[str, int]) -> bool:
        seen = self._app.seen()
        return all(seen.get(log, 0) >= head for log, head in heads.items())

    async def _tell_of(self, subject: Subject, until: datetime) -> int:
        """One subject that fails stops no other."""
        try:
            return await self._tell(*subject, until)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("no reminders are sent", court=subject[0], subject=subject[1])
            return 0

    async def _tell(self, court: str, subject: str, until: datetime) -> int:
        now, derivation = self._clock.now(), self._live.derivation
        facts, stored = await derivation.gather(court, subject)
        if await self._has_grown(court, subject, stored):
            return 0
        derived = await derivation.derived(court, subject, Moment(now), facts)
        since, by_id, count = brought_in(facts), {fact.id: fact for fact in facts}, 0
        for clock in derived.clocks:
            for rung in fired(clock, since, until):
                call = self._call(by_id[clock.start_fact], clock, rung, now)
                told = list(self._told(court, clock, rung, call))
                await self._app.remind(call, subject, clock.rule, told)
                count += 1
        return count

    async def _has_grown(self, court: str, subject: str, stored: int) -> bool:
        """Another process has added to the facts, which are then read again: for the next sweep."""
        async with self._live.model.reading() as connection:
            grown = await self._live.model.grown(connection, {(court, subject): stored})
        self._live.derivation.forget(grown)
        return bool(grown)

    def _call(self, start: Fact, clock: Clock, rung: Rung, now: datetime) -> Call:
        """The same id for the same rung and due day, whenever and by whichever process it is told."""
        assert clock.due_shown is not None
        rung_name = f"{rung.kind}/{rung.n}/{due_day(clock.due_shown)}"
        name = f"remind/{start.court}/{start.subject}/{clock.rule}/{rung_name}/{clock.occurrence}"
        call = system_call(
            start.court,
            str(uuid5(NAMESPACE_URL, name)),
            correlation_id=start.correlation_id,
            causation_id=start.id,
            now=now,
        )
        return call.by_rule(self._app.courts[start.court].rule((clock.pack, clock.pack_version), clock.rule))

    def _told(self, court: str, clock: Clock, rung: Rung, call: Call) -> Iterator[dict[str, Any]]:
        """One reminder for each addressee."""
        for number, who in enumerate(rung.addressees, 1):
            post, member = self._named(court, who, call.by.decided_at)
            yield {
                "reminder_id": call.mint(f"reminder/{number}"),
                "kind": _kind(rung, who, clock.answers),
                "clock": clock.rule,
                "occurrence": clock.occurrence,
                "rung": rung.n,
                "due_at": clock.due_shown,
                "to_post": post,
                "to_member": member or None,
            }

    def _named(self, court: str, who: Answerer, now: datetime) -> tuple[str, str]:
        """Post and member; of a team its head, who is named where only one member is posted so."""
        if who.post:
            return who.post, who.member
        team = self._app.courts.policy(court, now).teams.get(who.team)
        head = (team.head or team.contact if team else None) or LEAD
        reference = self._app.courts.reference(court)
        postings = reference.postings(now, max(now, reference.last_recorded))
        heads = [each.member for each in postings if (each.team, each.post) == (who.team, head)]
        return head, heads[0] if len(heads) == 1 else ""


def _kind(rung: Rung, who: Answerer, answers: Answerer) -> str:
    """What has passed is reported to those who watch over it, and held before those whose it is."""
    if rung.kind == "warn":
        return "near"
    return "report" if who.post in SUPERVISORS and who.post != answers.post else "past"
