"""提示与签收: whoever a ladder names is told of each rung once, signs for it, and is not told of what is past or over.

The cases are of 浉河 (2.5.2, 2.5.3): a notice is due ten working days after filing, its handler told three before.
"""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from asset_control.service import SERVICE as ASSET_CONTROL
from contracts.families import FactCorrected, HandoverAccepted
from contracts.intake import CaseFiled, DocumentSent
from contracts.triage import TermSuspended
from kernel.clock import COURT_ZONE
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.contract.samples import golden
from tests.court_case import courts_of
from tests.services import START, Bench, bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOTICE, INSTRUCTION = "shihe.notice", "shihe.instruction"
JUDGE = Principal("shihe-judge", "shihe", ("judge",), "team_1")
DIRECTOR = Principal("shihe-director", "shihe", ("director",), "centre")
OFFICER = Principal("shihe-officer", "shihe", ("field_officer",), "control")
SURVEY = {"kind": "site_survey", "to_post": "field_officer", "urgent": False, "items": 1, "requirement": True,
          "materials": []}  # fmt: skip
NEAR = [("near", "field_officer"), ("near", "director")]
MORNING = timedelta(hours=9)
_numbers = itertools.count(1)


class Case:
    """One of 浉河, and what supervision says of it."""

    def __init__(self, b: Bench) -> None:
        self.b, self.id = b, f"shihe-{next(_numbers)}"

    async def filed(self, days_ago: int = 0) -> "Case":
        data = golden("CaseFiled")
        data["parties"][1] |= {"party_id": "p2", "role": "debtor"}
        await self.tell("intake", CaseFiled.model_validate(data), DIRECTOR, days_ago)
        return self

    async def held(self, days_ago: int = 0) -> "Case":
        """Filed, and in the hands of its handler."""
        await self.filed(days_ago)
        data = golden("HandoverAccepted") | {"what": "case", "to_team": "team_1", "to_post": "judge"}
        accepted = HandoverAccepted.model_validate(data | {"to_member": JUDGE.member})
        await self.tell("triage", accepted, JUDGE, days_ago)
        return self

    async def tell(self, service: str, event: Any, who: Principal, days_ago: int = 0) -> None:
        at = self.b.clock.now() - timedelta(days=days_ago) if days_ago else None
        await self.b.tell(service, event, self.id, who=who, at=at)
        await self.b.settle()

    async def notice_sent(self) -> None:
        data = golden("DocumentSent") | {"kind": "enforcement_notice", "party_id": "p2"}
        await self.tell("intake", DocumentSent.model_validate(data), JUDGE)

    async def survey(self, due_on: str) -> dict[str, Any]:
        """A survey is asked of the field officer by a day: the event of it."""
        path = f"/cases/{self.id}/matters"
        asked = await self.b.post("asset-control", path, SURVEY | {"due_on": due_on}, who=JUDGE)
        await self.b.settle()
        found = await self.b.get("asset-control", "/events?limit=1000", who=DIRECTOR)
        [event] = [e for e in found["events"] if e["data"].get("matter_id") == asked["matter_id"]]
        return event

    async def corrected(self, event: dict[str, Any], **fields: Any) -> None:
        data = event["data"] | fields
        correction = FactCorrected(corrects=event["id"], how="amend", data=data, reason="typo")
        await self.tell("intake", correction, DIRECTOR)

    async def why(self, rule: str = NOTICE) -> dict[str, Any]:
        path = f"/cases/{self.id}/why"
        return await self.b.get("supervision", path, who=DIRECTOR, params={"clock": rule})

    async def rung(self, kind: str, rule: str = NOTICE) -> datetime:
        """Nine on the day on which the first rung of the kind fires."""
        [clock] = (await self.why(rule))["clocks"]
        return next(datetime.fromisoformat(each["at"]) for each in clock["rungs"] if each["kind"] == kind) + MORNING

    async def sent(self, rule: str = NOTICE) -> list[dict[str, Any]]:
        found = (await self.b.get("supervision", "/events?limit=1000", who=DIRECTOR))["events"]
        of_case = [e for e in found if e["subject"] == f"case/{self.id}" and e["type"] == "zhixing.ReminderSent.v1"]
        return [e for e in of_case if e["data"]["clock"] == rule]

    async def told(self, rule: str = NOTICE) -> list[tuple[str, str]]:
        """What was sent of a clock: its kind, and to whom."""
        found = [each["data"] for each in await self.sent(rule)]
        return [(each["kind"], each.get("to_member") or each["to_post"]) for each in found]

    async def todo(self, who: Principal, kind: str = NOTICE) -> list[dict[str, Any]]:
        found = await self.b.get("supervision", "/todo", who=who)
        return [each for each in found if each["kind"] == kind and each["subject"] == f"case/{self.id}"]

    async def signed_for(self, who: Principal, kind: str = NOTICE) -> int:
        """How many reminders there were to acknowledge."""
        waiting = await self.todo(who, kind)
        for each in waiting:
            await self.b.post("supervision", f"/reminders/{each['id']}/acknowledge", who=who)
        await self.b.settle()
        assert await self.todo(who, kind) == []
        return len(waiting)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def b(module_database: str) -> AsyncIterator[Bench]:
    async with at_work(module_database) as running:
        yield running


def at_work(database: str, start: datetime = START) -> Any:
    return bench(database, [SUPERVISION, ASSET_CONTROL], courts=courts_of("shihe"), start=start)


async def until(b: Bench, instant: datetime) -> None:
    await b.advance(seconds=(instant - b.clock.now()).total_seconds())


def in_days(b: Bench, days: int) -> str:
    return (b.clock.now().astimezone(COURT_ZONE) + timedelta(days=days)).date().isoformat()


# ---- who is told, and that he has read it ---------------------------------------------------------------------------


@pytest.mark.clause("S27")
async def test_the_handler_is_told_before_a_node_ends_with_proof_of_receipt_and_the_director_after(b: Bench) -> None:
    case = await Case(b).held()
    warned, past = await case.rung("warn"), await case.rung("past")
    await until(b, warned - timedelta(days=1))
    assert await case.told() == []

    # when the third working day before the last has come, then the handler is told, on that day
    await until(b, warned)
    assert await case.told() == [("near", JUDGE.member)]
    [waiting] = await case.todo(JUDGE)
    assert (waiting["what"], waiting["state"], waiting["subject"]) == ("reminder", "near", f"case/{case.id}")
    assert [each["kind"] for each in (await case.why())["findings"]] == ["acknowledgement"]

    # and only he can sign for it, once
    path = f"/reminders/{waiting['id']}/acknowledge"
    problem = await b.refused(403, "supervision", path, who=DIRECTOR)
    assert (problem["act"], problem["lacking"], problem["wanted_by"]) == ("acknowledge", ["member"], "judge")
    assert await case.signed_for(JUDGE) == 1
    await b.refused(409, "supervision", path, who=JUDGE)
    await b.refused(404, "supervision", "/reminders/shihe-none/acknowledge", who=JUDGE)
    assert (await case.why())["findings"] == []

    # when the term has run out, then the director has it reported, once, however long it lasts
    await until(b, past)
    await b.advance(days=10)
    assert await case.told() == [("near", JUDGE.member), ("report", "director")]


@pytest.mark.clause("S27")
async def test_every_prompt_and_its_receipt_are_told_where_a_reader_looks(b: Bench) -> None:
    case = await Case(b).held()
    await until(b, await case.rung("warn"))
    told_at = b.clock.now()
    await b.advance(hours=1)
    await case.signed_for(JUDGE)
    # in `due` and `why` beside the clock, in the timeline as what happened
    due = await b.get("supervision", "/due", who=DIRECTOR, params={"days": 14, "rule": NOTICE})
    [row] = [each for each in due if each["subject"] == f"case/{case.id}"]
    [clock] = (await case.why())["clocks"]
    for [reminder] in (row["reminders"], clock["reminders"]):
        assert (reminder["kind"], reminder["to_member"]) == ("near", JUDGE.member)
        assert datetime.fromisoformat(reminder["told_at"]) == told_at
        assert datetime.fromisoformat(reminder["acknowledged_at"]) == told_at + timedelta(hours=1)
    timeline = await b.get("supervision", f"/cases/{case.id}/timeline", who=DIRECTOR)
    facts = [(each["event"], each["actor"]) for each in timeline["facts"] if each["data"].get("clock") == NOTICE]
    assert facts == [("ReminderSent", "system"), ("ReminderAcknowledged", JUDGE.member)]
    # and each names the rule it comes from, and the event that began the term
    [event] = await case.sent()
    assert (event["ruleid"], event["pack"], event["causationid"]) == (NOTICE, "shihe", clock["began_with"]["id"])


@pytest.mark.clause("S28")
async def test_an_instruction_near_or_past_its_day_is_told_to_who_was_asked_and_reported_that_day(b: Bench) -> None:
    case = await Case(b).held()
    asked = await case.survey(in_days(b, 8))
    assert [each["id"] for each in await case.todo(OFFICER, "site_survey")] == [asked["data"]["matter_id"]]
    past = await case.rung("past", INSTRUCTION)
    # near its day: the working day before
    await until(b, await case.rung("warn", INSTRUCTION))
    assert await case.told(INSTRUCTION) == NEAR
    # past its day: as it begins to be late
    await until(b, past)
    assert await case.told(INSTRUCTION) == [*NEAR, ("past", "field_officer"), ("report", "director")]
    # and whoever holds the post signs for it
    assert [await case.signed_for(who, INSTRUCTION) for who in (OFFICER, DIRECTOR)] == [2, 2]


async def test_before_anybody_holds_the_case_the_head_of_the_team_is_told(b: Bench) -> None:
    case = await Case(b).filed()
    await until(b, await case.rung("warn"))
    assert await case.told() == [("near", "director")]


# ---- once -----------------------------------------------------------------------------------------------------------


async def test_nobody_is_told_twice_also_after_a_restart_with_a_read_model_made_anew(database: str) -> None:
    async with at_work(database) as b:
        case = await Case(b).held()
        await until(b, await case.rung("warn"))
        before = await case.sent()
        await b.running["supervision"].parts.application.live.sweep()
        async with b.running["supervision"].parts.pool.acquire() as connection:
            await connection.execute("ALTER TABLE supervision.clocks DROP COLUMN reminders")
        began = b.clock.now() + timedelta(minutes=5)
    async with at_work(database, began) as b:
        await b.settle()
        await b.advance(minutes=5)
        case.b = b
        assert await case.sent() == before
        assert len((await case.why())["clocks"][0]["reminders"]) == 1


async def test_a_late_entry_is_told_on_the_day_it_is_found_for_the_state_it_is_found_in(b: Bench) -> None:
    """Near: warned though the rung's day has passed. Past already: reported, and no longer warned of."""
    near, past = await Case(b).held(days_ago=13), await Case(b).held(days_ago=30)
    await b.advance(minutes=1)
    assert await near.told() == [("near", JUDGE.member)]
    assert await past.told() == [("report", "director")]


async def test_another_due_day_is_told_of_anew_and_the_one_before_never_again(b: Bench) -> None:
    case = await Case(b).held()
    first, other, later = in_days(b, 1), in_days(b, 0), in_days(b, 20)
    asked = await case.survey(first)
    await b.advance(minutes=1)
    assert await case.told(INSTRUCTION) == NEAR
    # when the day was entered wrongly, and is corrected
    for due_on, times in ((later, 1), (first, 1), (other, 2)):
        await case.corrected(asked, due_on=due_on)
        await b.advance(minutes=1)
        assert await case.told(INSTRUCTION) == NEAR * times, due_on
    # then the new day's rung comes in its turn
    await case.corrected(asked, due_on=later)
    await until(b, await case.rung("warn", INSTRUCTION))
    assert await case.told(INSTRUCTION) == NEAR * 3


# ---- not of what is over, stands still, or is not known yet ---------------------------------------------------------


async def test_nobody_is_told_of_a_term_that_was_met(b: Bench) -> None:
    case = await Case(b).held()
    await b.advance(days=2)
    await case.notice_sent()
    await b.advance(days=20)
    assert await case.told() == []


async def test_nobody_is_told_while_a_term_stands_still(b: Bench) -> None:
    case = await Case(b).held(days_ago=160)
    stopped = golden("TermSuspended") | {"cause": "ruling", "clocks": []}
    await case.tell("triage", TermSuspended.model_validate(stopped), JUDGE)
    await b.advance(days=30)
    assert (await case.why("cn.conclude"))["clocks"][0]["state"] == "suspended"
    assert await case.told("cn.conclude") == []


async def test_what_may_have_stopped_a_term_must_have_arrived_before_anybody_is_told(b: Bench) -> None:
    case = await Case(b).held()
    warned = await case.rung("warn")
    application = b.running["supervision"].parts.application
    heads = application.heads
    application.heads = lambda: {**heads(), "intake": heads()["intake"] + 1}  # something is on its way
    await until(b, warned)
    assert await case.told() == []
    application.heads = heads
    await case.notice_sent()
    await b.advance(minutes=1)
    assert await case.told() == []
