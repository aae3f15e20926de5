"""What supervisors ask, as JSON: now, as of another time, and as known at another."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from contracts.base import CaseId, CaseNumber, Code, Day, Id, Period
from kernel.http import EARLIEST, ByCaller, Caller, command_router
from kernel.problems import Forbidden, Invalid, NotFound
from rules.packs import Duty, Ledger
from supervision import figures, queries, records, todo, views, why, worklist
from supervision.application import SUPERVISORS, Supervision
from supervision.derivation import DUTY, Moment
from supervision.live import Live
from supervision.names import Names
from supervision.queries import Asked

AHEAD_AT_MOST = timedelta(days=400)
router = command_router("supervision 监督")


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
        handler = _handler(by, self.handler or "")
        posts = by.principal.posts if handler == by.principal.member else ()
        return Asked(self.rule or "", self.team or "", handler, self.limit, tuple(posts))


class BreachesAsked(Filter):
    only_open: bool = False


class DueAsked(Filter):
    days: Annotated[int, Query(ge=0, le=366)] = 7


class LedgerAsked(When):
    limit: Annotated[int, Query(ge=1, le=1000)] = 200


class FiguresAsked(When):
    on: Day | None = None


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


@router.get("/todo")
async def todo_of(by: ByCaller) -> list[dict[str, Any]]:
    """What waits for the caller (待办): matters, steps of approvals, hand-overs, reminders to be acknowledged."""
    async with _snapshot(by, When()) as seen:
        return await todo.todo(seen, by.principal)


@router.get("/workload")
async def workload(by: ByCaller, when: Annotated[When, Query()]) -> list[dict[str, Any]]:
    """Points of each team, per head in thousandths, and their spread (工作量衡平)."""
    await by.reads_as(Supervision, "workload")
    async with _snapshot(by, when) as seen:
        return await views.workload(seen)


@router.get("/figures")
async def figures_of(by: ByCaller, asked: Annotated[FiguresAsked, Query()]) -> list[dict[str, Any]]:
    """Figures for bulletins and reviews (统计), each for its period that the day asked for lies in."""
    await by.reads_as(Supervision, "figures")
    async with _snapshot(by, asked) as seen:
        day = seen.calendar.day_of(seen.now) if asked.on is None else asked.on.toordinal()
        return await figures.figures(seen, day)


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
async def why_case(
    case_id: CaseId, by: ByCaller, when: Annotated[When, Query()], clock: Id | None = None
) -> dict[str, Any]:
    """What each clock of the case comes from (为何如此): facts, rule, clause, versions, every day not counted."""
    live = (await by.reads_as(Supervision, "why")).live
    return why.why(await _told(live, by, f"case/{case_id}", when), clock)


@router.get("/duties")
async def duties(by: ByCaller, when: Annotated[When, Query()]) -> list[dict[str, Any]]:
    """Standing duties (履职): who answers, how the present period stands, and how those before did."""
    async with _snapshot(by, when) as seen:
        return await views.duties(seen)


@router.get("/duties/why")
async def why_duty(
    duty: Id, by: ByCaller, when: Annotated[When, Query()], period: Period | None = None
) -> dict[str, Any]:
    """What the latest periods of a duty come from: rule, clause, versions, days not counted, who did it."""
    live = by.reads(Supervision).live
    return why.why_duty(await _told(live, by, f"{DUTY}{duty}", when), period)


@router.get("/duties/list")
async def list_of_duty(duty: Id, by: ByCaller) -> list[dict[str, Any]]:
    """What a duty is about today (工作清单): the cases, with the clocks for which they stand on its list."""
    app, court = by.reads(Supervision), by.principal.court
    async with _snapshot(by, When()) as seen:
        rule = seen.policy.rules.get(duty)
        if not isinstance(rule, Duty):
            raise NotFound("no rule in force is a duty of this name")
        if not {rule.answers.name, *SUPERVISORS} & {*by.principal.posts, by.principal.team}:
            raise Forbidden("this is for who does the duty, and for posts of supervision")
        return await worklist.work_list(seen, rule, partial(app.known, court))


@router.get("/records")
async def ledgers(by: ByCaller) -> list[dict[str, Any]]:
    """The ledgers of the court's scheme (台账) that the caller keeps or may read."""
    async with _snapshot(by, When()) as seen:
        return records.ledgers(seen, by.principal.posts)


@router.get("/records/entries")
async def ledger(record: Id, by: ByCaller, asked: Annotated[LedgerAsked, Query()]) -> dict[str, Any]:
    """A ledger entry by entry, the newest first, each with what it lacks."""
    async with _snapshot(by, asked) as seen:
        rule = seen.policy.rules.get(record)
        if not isinstance(rule, Ledger):
            raise NotFound("no rule in force is a ledger of this name")
        if not records.may_read(rule, by.principal.posts):
            raise Forbidden("this is for who keeps the ledger, whom the scheme names, and posts of supervision")
        return await records.ledger(seen, rule, asked.limit)


@router.get("/cases/{case_id}/timeline")
async def timeline(case_id: CaseId, by: ByCaller, when: Annotated[When, Query()]) -> dict[str, Any]:
    """The case's facts in order (时间线), with when they happened and when they were recorded."""
    live = (await by.reads_as(Supervision, "timeline")).live
    moment = when.moment(live.now()) or Moment(live.now())
    facts = await live.derivation.facts_of(by.principal.court, f"case/{case_id}")
    return why.timeline(f"case/{case_id}", (fact for fact in facts if moment.covers(fact)))


async def _told(live: Live, by: Caller, subject: str, when: When) -> why.Told:
    court, moment = by.principal.court, when.moment(live.now()) or Moment(live.now())
    facts = await live.derivation.facts_of(court, subject)
    derived = await live.derivation.derived(court, subject, moment, facts, trace=True)
    return why.Told(subject, derived, facts, moment, Names(live.derivation.courts[court]))


def _snapshot(by: Caller, when: When) -> queries.AsyncSnapshot:
    live = by.reads(Supervision).live
    return queries.snapshot(live, by.principal.court, when.moment(live.now()))


def _handler(by: Caller, asked: str = "") -> str:
    """Whose clocks are shown: who holds no post of supervision sees his own only."""
    return asked if set(by.principal.posts) & set(SUPERVISORS) else by.principal.member
