"""What supervisors ask, as JSON: now, as of another time, and as known at another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel

from contracts import supervision as contracts
from contracts.base import CaseId, CaseNumber, Code, Id
from kernel.http import EARLIEST, ByCaller, Caller, body_of, command_router
from kernel.problems import Invalid
from supervision import queries, views
from supervision.application import SUPERVISORS, Supervision
from supervision.derivation import Moment
from supervision.names import Names
from supervision.queries import Asked

AHEAD_AT_MOST = timedelta(days=400)
router = command_router("supervision 监督")


class PublishPolicy(body_of(contracts.PolicyPublished)):
    """A version of a pack or calendar that this installation holds (规则/日历发布)."""


class When(BaseModel):
    """`as_of`: as if it were then. `as_known_at`: with what had been recorded by then; it is then also as of then."""

    as_of: AwareDatetime | None = None
    as_known_at: AwareDatetime | None = None

    def moment(self, now: datetime) -> Moment | None:
        """None for now. Raises Invalid where a time lies too far off."""
        for name, at in (("as_of", self.as_of), ("as_known_at", self.as_known_at)):
            if at is not None and not EARLIEST <= at <= now + AHEAD_AT_MOST:
                raise Invalid("lies before 1990 or more than 400 days ahead", field=f"query.{name}")
        at = self.as_of or self.as_known_at
        return None if at is None else Moment(at, self.as_known_at)


class Filter(When):
    rule: Id | None = None
    team: Code | None = None
    handler: Id | None = None
    limit: Annotated[int, Query(ge=1, le=1000)] = 200

    def asked(self, by: Caller) -> Asked:
        return Asked(self.rule or "", self.team or "", _handler(by, self.handler or ""), self.limit)


class BreachesAsked(Filter):
    only_open: bool = False


class DueAsked(Filter):
    days: Annotated[int, Query(ge=0, le=366)] = 7


@router.post("/policies")
async def publish_policy(body: PublishPolicy, by: ByCaller) -> Response:
    """Publishes a version of a pack or calendar for the caller's court. The same again changes nothing."""
    return await by.do(Supervision.publish_policy, body=body)


@router.get("/breaches")
async def breaches(by: ByCaller, asked: Annotated[BreachesAsked, Query()]) -> list[dict[str, Any]]:
    """Deadlines known to have been broken (节点超期), the worst first; handlers see their own."""
    async with _snapshot(by, asked) as seen:
        return await views.breaches(seen, asked.asked(by), only_open=asked.only_open)


@router.get("/due")
async def due(by: ByCaller, asked: Annotated[DueAsked, Query()]) -> list[dict[str, Any]]:
    """Deadlines that run out within so many days (临近期限), the first first; handlers see their own."""
    async with _snapshot(by, asked) as seen:
        return await views.due(seen, asked.asked(by), asked.days)


@router.get("/workload")
async def workload(by: ByCaller, when: Annotated[When, Query()]) -> list[dict[str, Any]]:
    """Points of each team, per head in thousandths, and their spread (工作量衡平)."""
    await by.reads_as(Supervision, "workload")
    async with _snapshot(by, when) as seen:
        return await views.workload(seen)


@router.get("/summary")
async def summary(by: ByCaller, when: Annotated[When, Query()]) -> dict[str, Any]:
    """Cases by state, deadlines by node, the worst, the teams (总览)."""
    await by.reads_as(Supervision, "summary")
    async with _snapshot(by, when) as seen:
        return await views.summary(seen)


@router.get("/cases")
async def find(by: ByCaller, case_no: CaseNumber) -> dict[str, str]:
    """The id of a case by its number (案号); handlers find their own."""
    async with _snapshot(by, When()) as seen:
        return await views.find(seen, case_no, _handler(by))


@router.get("/cases/{case_id}/why")
async def why(case_id: CaseId, by: ByCaller, when: Annotated[When, Query()], clock: Id | None = None) -> dict[str, Any]:
    """What each clock of the case comes from (为何如此): facts, rule, clause, versions, every day not counted."""
    live = (await by.reads_as(Supervision, "why")).live
    court, subject = by.principal.court, f"case/{case_id}"
    moment = when.moment(live.now()) or Moment(live.now())
    facts = await live.derivation.facts_of(court, subject)
    derived = await live.derivation.derived(court, subject, moment, facts, trace=True)
    return views.why(subject, derived, facts, Names(live.derivation.courts[court]), clock)


@router.get("/cases/{case_id}/timeline")
async def timeline(case_id: CaseId, by: ByCaller, when: Annotated[When, Query()]) -> dict[str, Any]:
    """The case's facts in order (时间线), with when they happened and when they were recorded."""
    live = (await by.reads_as(Supervision, "timeline")).live
    moment = when.moment(live.now()) or Moment(live.now())
    facts = await live.derivation.facts_of(by.principal.court, f"case/{case_id}")
    return views.timeline(f"case/{case_id}", (fact for fact in facts if moment.covers(fact)))


def _snapshot(by: Caller, when: When) -> queries.AsyncSnapshot:
    live = by.reads(Supervision).live
    return queries.snapshot(live, by.principal.court, when.moment(live.now()))


def _handler(by: Caller, asked: str = "") -> str:
    """Whose clocks are shown: who holds no post of supervision sees his own only."""
    return asked if set(by.principal.posts) & set(SUPERVISORS) else by.principal.member
