"""监督: what is overdue and why, what falls due, who carries how much; now, at another time, and as known then."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.families import FactCorrected, HandoverAccepted, MatterDone
from contracts.supervision import PolicyPublished
from contracts.triage import CaseAssigned, CaseRouted, MemberPosted
from kernel.problems import Unavailable
from rules.derive import derive
from rules.derived import Derived
from rules.fact import Fact
from supervision.derivation import Moment, Whole
from supervision.rebuild import rebuild
from supervision.service import SERVICE as SUPERVISION
from supervision.views import STATES
from tests import told
from tests.contract.samples import golden
from tests.services import START, VERSION, Bench, bench

CASE = told.CASE
Y06 = "yiyang.first_assignment"
DAY = timedelta(days=1)


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [SUPERVISION]) as running:
        yield running


# ---- given: what other services told --------------------------------------------------------------------------------


async def assigned(b: Bench, case_id: str = CASE, at: datetime | None = None) -> None:
    data = golden("CaseAssigned") | {"stage": "first", "team": "fast_1", "handler": "yiyang-f1-judge"}
    await b.tell("triage", CaseAssigned.model_validate(data), case_id, who="director", at=at)
    await b.settle()


async def routed(b: Bench, case_id: str, track: str) -> None:
    data = golden("CaseRouted") | {"stage": "first", "track": track}
    await b.tell("triage", CaseRouted.model_validate(data), case_id, who="director")


async def posted(b: Bench, team: str, *members: str) -> None:
    for member in members:
        data = golden("MemberPosted") | {"member_id": f"yiyang-{member}", "team": team, "post": "judge", "until": None}
        event = MemberPosted.model_validate(data | {"reason": "appointed"})
        await b.tell("triage", event, "", subject=f"member/yiyang-{member}", who="chief")
    await b.settle()


# ---- then: what supervision says ------------------------------------------------------------------------------------


async def asked(b: Bench, path: str, who: str = "director", **query: Any) -> Any:
    return await b.get("supervision", path, who=who, params={k: _text(v) for k, v in query.items()})


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def node(b: Bench, rule: str = Y06, **query: Any) -> Mapping[str, int]:
    """How many clocks of a rule are in each state; none is zero."""
    nodes = {each["rule"]: each for each in (await asked(b, "/summary", **query))["nodes"]}
    return {state: count for state in STATES if (count := nodes.get(rule, {}).get(state))}


async def clock(b: Bench, rule: str = Y06, case_id: str = CASE, **query: Any) -> dict[str, Any]:
    [found] = (await asked(b, f"/cases/{case_id}/why", clock=rule, **query))["clocks"]
    return found


# ---- deadlines ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("Y06")
async def test_a_case_that_is_not_assigned_in_seven_days_is_overdue_from_the_eighth(b: Bench) -> None:
    await told.filed(b)

    await b.advance(days=7)
    assert await node(b) == {"running": 1, "near": 1}
    assert await asked(b, "/breaches") == []

    await b.advance(days=1)
    assert await node(b) == {"breached": 1}
    [worst] = await asked(b, "/breaches", rule=Y06)
    assert (worst["overdue"], worst["unit"], worst["clause"]) == (1, "days", "Y06")
    assert worst["answers"]["post"] == "director"
    assert worst["case_no"].endswith("执123号")


async def test_an_open_breach_grows_by_the_day(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=8)
    await b.advance(days=4)
    [worst] = await asked(b, "/breaches", rule=Y06)
    assert worst["overdue"] == 5


@pytest.mark.clause("Y06")
async def test_a_case_assigned_in_time_is_met(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=2)
    await assigned(b)
    await b.advance(days=30)
    assert await node(b) == {"met": 1}
    assert (await asked(b, "/summary"))["deadlines"]["in_time_permille"] == 1000


async def test_done_late_stays_late_for_good(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=10)
    await assigned(b)
    assert await node(b) == {"met_late": 1}
    [ended] = await asked(b, "/breaches", rule=Y06)
    assert (ended["state"], ended["overdue"], ended["standing"]) == ("met_late", 3, "standing")
    assert await asked(b, "/breaches", rule=Y06, only_open=True) == []


async def test_a_late_entry_cures_a_breach_but_its_record_stays(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=10)
    told_on = b.clock.now()
    await assigned(b, at=START + 3 * DAY)  # it had been done in time, and is entered only now

    assert await node(b) == {"met": 1}
    [cured] = await asked(b, "/breaches", rule=Y06)
    assert (cured["state"], cured["standing"]) == ("met", "cured")
    [spell] = cured["record"]
    assert datetime.fromisoformat(spell["to"]) == told_on


async def test_what_was_known_then_can_be_asked_for_ever(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=10)
    before = b.clock.now()
    await b.advance(hours=1)
    await assigned(b, at=START + 3 * DAY)

    assert await node(b, as_known_at=before) == {"breached": 1}  # as known then
    assert await node(b, as_of=before) == {"met": 1}  # as it was then, by what is known now
    assert await node(b, as_of=START + 2 * DAY) == {"running": 1}
    assert [each["state"] for each in await asked(b, "/breaches", rule=Y06, as_known_at=before)] == ["breached"]


async def test_an_event_declared_void_no_longer_counts(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=2)
    await assigned(b)
    [wrong] = [f for f in (await asked(b, f"/cases/{CASE}/timeline"))["facts"] if f["event"] == "CaseAssigned"]
    correction = FactCorrected(corrects=wrong["id"], how="void", reason="entered_on_the_wrong_case")
    await b.tell("triage", correction, CASE, who="director")
    await b.settle()
    assert await node(b) == {"running": 1}


async def test_what_falls_due_comes_first_by_its_due_time(b: Bench) -> None:
    await told.filed(b)
    due = await asked(b, "/due", days=366)
    assert [each["rule"] for each in due] == ["cn.handler_named", Y06, "cn.conclude"]
    assert due[1]["due"] == "2026-03-09T15:59:59Z"
    assert await asked(b, "/due", days=1) == []


async def test_a_clock_is_near_three_days_before_its_end_where_it_has_no_ladder(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=4)
    assert await node(b) == {"running": 1}
    await b.advance(days=1)
    assert await node(b) == {"running": 1, "near": 1}
    assert [each["near"] for each in await asked(b, "/due", rule=Y06)] == [True]


# ---- why ------------------------------------------------------------------------------------------------------------


@pytest.mark.clause("Y06")
async def test_a_clock_names_its_rule_clause_versions_facts_and_the_days_not_counted(database: str) -> None:
    before_the_festival = datetime.fromisoformat("2026-02-12T10:00:00+08:00")
    async with bench(database, [SUPERVISION], start=before_the_festival) as b:
        await told.filed(b)
        found = await clock(b)
        assert (found["clause"], found["pack"], found["calendar"]) == ("Y06", f"yiyang@{VERSION}", "cn@2026.1")
        assert found["began_with"]["event"] == "CaseFiled"
        assert found["due"] == "2026-02-24T15:59:59Z"  # the seventh day lies in Spring Festival
        rolled = [step for step in found["steps"] if step["kind"] == "rolled"]
        assert {step["note"] for step in rolled} == {"春节"}
        assert len(rolled) == 5


async def test_a_breach_names_whose_days_it_fell_on(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=12)
    found = await clock(b)
    assert [(s["holder"]["team"], s["counted"], s["overdue"]) for s in found["shares"]] == [("affairs", 7, 5)]


async def test_the_story_of_a_case_has_both_times(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=10)
    await assigned(b, at=START + 3 * DAY)
    told_of_it = (await asked(b, f"/cases/{CASE}/timeline"))["facts"]
    facts = [f for f in told_of_it if f["event"] != "ReminderSent"]
    assert [(f["event"], f["name"]["zh"], f["post"]) for f in facts] == [
        ("CaseFiled", "立案", "filing_officer"),
        ("CaseAssigned", "指派", "director"),
    ]
    assert [datetime.fromisoformat(f["time"]) for f in facts] == [START, START + 3 * DAY]
    assert datetime.fromisoformat(facts[1]["recorded_at"]) == START + 10 * DAY


# ---- workload -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("Y02")
async def test_load_per_head_follows_the_packs_points_and_the_members_posted(b: Bench) -> None:
    await posted(b, "fast_1", "f1-judge", "f1-officer")
    await posted(b, "ordinary_1", "o1-judge")
    for number, (who, track) in enumerate([("f1-judge", "simple"), ("f1-judge", "simple"), ("o1-judge", "ordinary")]):
        case_id = f"yiyang-load{number}"
        await told.filed(b, case_id)
        await routed(b, case_id, track)
        await accepted(b, case_id, who, "fast_1" if track == "simple" else "ordinary_1")

    load, affairs, general = await asked(b, "/workload")
    teams = {each["team"]: (each["load"], each["size"], each["per_head"]) for each in load["teams"]}
    assert teams["fast_1"] == (20, 2, 10_000)
    assert teams["ordinary_1"] == (30, 1, 30_000)
    assert teams["fast_2"] == (0, 0, None)  # nobody is posted there
    assert not {"affairs", "general"} & set(teams)  # cases are not shared out to them: shown by themselves
    assert [[team["team"] for team in each["teams"]] for each in (affairs, general)] == [["affairs"], ["general"]]
    assert (load["clause"], load["mean"], load["spread_permille"]) == ("Y02", 20_000, 1000)


async def accepted(b: Bench, case_id: str, who: str, team: str) -> None:
    handed = golden("HandoverAccepted") | {"what": "case", "to_team": team, "to_member": f"yiyang-{who}"}
    await b.tell("triage", HandoverAccepted.model_validate(handed), case_id, who=who)
    await b.settle()


@pytest.mark.clause("Y13")
async def test_affairs_are_shown_beside_casework(b: Bench) -> None:
    await posted(b, "affairs", "director")
    done = golden("MatterDone") | {"kind": "affairs", "sub": "statistics", "about": None}
    subject = "matter/yiyang-m1"
    await b.tell("triage", MatterDone.model_validate(done), "", subject=subject, who="director")
    await b.settle()
    teams = [team for rule in await asked(b, "/workload") for team in rule["teams"] if team["team"] == "affairs"]
    assert [(team["load"], team["apart"]) for team in teams] == [(0, 1)]


# ---- who may see what -----------------------------------------------------------------------------------------------


async def test_a_handler_sees_the_cases_he_holds(b: Bench) -> None:
    for case_id, who in ((CASE, "f1-judge"), ("yiyang-other", "f2-judge")):
        await told.filed(b, case_id)
        await told.held(b, case_id, who)
    await b.advance(days=10)

    seen = await asked(b, "/breaches", who="f1-judge", handler="yiyang-f2-judge")
    assert {each["subject"] for each in seen} == {f"case/{CASE}"}
    await asked(b, f"/cases/{CASE}/why", who="f1-judge")
    for path in ("/cases/yiyang-other/why", "/cases/yiyang-other/timeline", "/summary", "/workload"):
        assert (await b.call("GET", "supervision", path, who="f1-judge")).status_code == 403


async def test_a_case_is_found_by_its_number(b: Bench) -> None:
    await told.filed(b)
    assert await asked(b, "/cases", case_no="（2026）豫0327执123号") == {"case_id": CASE}
    for who, number in (("director", "（2026）豫0327执999号"), ("f1-judge", "（2026）豫0327执123号")):
        answer = await b.call("GET", "supervision", "/cases", who=who, params={"case_no": number})
        assert answer.status_code == 404


BAD = [
    ("/breaches?as_of=yesterday", 422),
    ("/breaches?as_of=2026-03-01T00:00:00", 422),  # says no zone
    ("/breaches?as_of=1066-10-14T00:00:00Z", 422),
    ("/breaches?as_known_at=2999-01-01T00:00:00Z", 422),
    ("/breaches?limit=0", 422),
    ("/breaches?limit=100000", 422),
    ("/breaches?team=%00", 422),
    ("/breaches?rule='; DROP TABLE clocks; --", 422),
    ("/due?days=-1", 422),
    ("/due?days=99999999999999999999", 422),
    ("/cases?case_no=%00", 422),
    ("/cases/yiyang-unknown/why", 404),
    ("/cases/yiyang-unknown/timeline", 404),
    (f"/cases/{CASE}/why?clock=no.such_rule", 404),
    ("/cases/horqin-1/why", 403),  # another court's
]


@pytest.mark.parametrize(("path", "status"), BAD)
async def test_a_question_that_makes_no_sense_is_answered_plainly(b: Bench, path: str, status: int) -> None:
    await told.filed(b)
    answer = await b.call("GET", "supervision", path, who="director")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# ---- policies -------------------------------------------------------------------------------------------------------


def publication(b: Bench, **changes: Any) -> dict[str, Any]:
    pack = [pack for pack in b.host.courts["yiyang"].packs if pack.pack == "yiyang"][-1]
    told = {"what": "pack", "name": "yiyang", "version": pack.version, "digest": pack.digest, "provisional": False}
    return told | {"effective_from": "2024-01-01"} | changes


async def test_a_version_is_published_once(b: Bench) -> None:
    for _ in range(2):
        await b.post("supervision", "/policies", publication(b), who="chief")
    assert await b.names("supervision") == ["PolicyPublished"]
    [event] = await b.events("supervision")
    assert event["subject"] == "court/yiyang"


@pytest.mark.parametrize(
    ("changes", "who", "status"),
    [
        ({}, "f1-judge", 403),
        ({"digest": "0" * 64}, "chief", 422),  # not what is installed here
        ({"version": "9.9.9"}, "chief", 422),
        ({"name": "horqin"}, "chief", 422),
        ({"what": "calendar", "name": "cn", "version": "never"}, "chief", 422),
        ({"effective_from": "soon"}, "chief", 422),
        ({"provisional": 1}, "chief", 422),
        ({"more": True}, "chief", 422),
    ],
)
async def test_a_wrong_publication_is_refused(b: Bench, changes: dict[str, Any], who: str, status: int) -> None:
    await b.refused(status, "supervision", "/policies", publication(b, **changes), who=who)
    assert await b.names("supervision") == []


async def test_rules_that_take_effect_later_bind_what_they_touch_anew(b: Bench) -> None:
    await told.filed(b)
    await b.advance(days=8)
    assert await node(b) == {"breached": 1}
    later = publication(b, effective_from="2026-03-05")  # after the case was filed
    await b.post("supervision", "/policies", later, who="chief")
    await b.advance(hours=1)
    assert await node(b) == {}  # as is now known, the scheme did not bind the case yet
    assert await node(b, "cn.handler_named") == {"breached": 1}


async def test_a_version_that_is_not_installed_is_waited_for_and_no_case_pays_for_it(b: Bench) -> None:
    await told.filed(b)
    unheard = PolicyPublished.model_validate(publication(b, version="9.9.9", digest="0" * 64, effective_to=None))
    await b.tell("triage", unheard, "", subject="court/yiyang")
    await b.settle()
    ready = await b.call("GET", "supervision", "/health/ready", who="director")
    assert (ready.status_code, ready.json()["waits_for"]) == (503, ["pack yiyang 9.9.9 with digest 000000000000"])
    with pytest.raises(Unavailable):  # the feed tries again until the version is there; nothing is parked
        await b.running["supervision"].parts.application.live.sweep()


# ---- what cannot be read --------------------------------------------------------------------------------------------


async def test_an_event_that_cannot_be_read_makes_its_case_uncertain_and_no_other(b: Bench) -> None:
    b.may_park = True
    for case_id in (CASE, "yiyang-other"):
        await told.filed(b, case_id)
    await b.tell("triage", told.Unheard(), CASE)
    await b.advance(days=8)

    assert await node(b) == {"breached": 1, "uncertain": 1}
    assert (await clock(b))["state"] == "uncertain"
    assert [each["subject"] for each in await asked(b, "/breaches", rule=Y06)] == ["case/yiyang-other"]
    await assigned(b)  # what follows waits behind it
    assert await node(b) == {"breached": 1, "uncertain": 1}


async def test_a_case_that_cannot_be_derived_stands_still_until_it_is_released(
    b: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    b.may_park = True
    for case_id in (CASE, "yiyang-other"):
        await told.filed(b, case_id)
    with monkeypatch.context() as broken:
        broken.setattr("supervision.derivation.derive", _failing_on("CaseAssigned"))
        await assigned(b)
    await b.advance(days=8)
    assert await node(b) == {"breached": 1, "uncertain": 1}

    [parked] = await b.get("supervision", "/parked", who="director")
    assert (parked["subject"], parked["reason"]) == (f"case/{CASE}", "projection: ZeroDivisionError")
    await b.post("supervision", f"/parked/{parked['subject']}/release", who="director")
    await b.advance(hours=1)
    assert await node(b) == {"breached": 1, "met": 1}


def _failing_on(type: str) -> Callable[..., Derived]:
    def derive_or_fail(facts: list[Fact], *arguments: Any, **named: Any) -> Derived:
        if any(fact.type == type for fact in facts):
            raise ZeroDivisionError
        return derive(facts, *arguments, **named)

    return derive_or_fail


# ---- rebuild --------------------------------------------------------------------------------------------------------


async def test_a_rebuild_says_what_the_live_read_model_says(b: Bench) -> None:
    for number in range(5):
        await told.filed(b, f"yiyang-case{number}")
        await b.advance(days=2)
    await assigned(b, "yiyang-case0", at=START + DAY)
    live = b.running["supervision"].parts.application.live
    before = await asked(b, "/summary")

    compared = await rebuild(live.model, live.derivation, b.clock.now(), verify=True)
    facts = 6 + len(await b.names("supervision"))  # those are reminders
    assert (compared.subjects, compared.facts, compared.clocks, compared.differences) == (5, facts, 15, [])
    for _ in range(2):
        await rebuild(live.model, live.derivation, b.clock.now())
        assert await asked(b, "/summary") == before


async def test_a_rebuild_finds_and_mends_what_the_live_read_model_has_wrong(b: Bench) -> None:
    await told.filed(b)
    live = b.running["supervision"].parts.application.live
    async with live.model.writing() as connection:
        await connection.execute("UPDATE clocks SET state = 'met' WHERE rule = $1", Y06)
    found = await rebuild(live.model, live.derivation, b.clock.now(), verify=True)
    assert [difference.split(":")[:2] for difference in found.differences] == [
        ["clocks", " only live"],
        ["clocks", " only rebuilt"],
    ]
    await rebuild(live.model, live.derivation, b.clock.now())
    assert (await rebuild(live.model, live.derivation, b.clock.now(), verify=True)).differences == []


async def test_what_arrives_during_a_rebuild_is_not_lost(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for case_id in (CASE, "yiyang-other"):
        await told.filed(b, case_id)
    live = b.running["supervision"].parts.application.live
    whole = live.derivation.whole

    async def slowly(court: str, moment: Moment) -> Whole:
        gathered = await whole(court, moment)
        await assigned(b)  # after the facts were gathered, before the tables are swapped
        await told.filed(b, "yiyang-new")
        return gathered

    monkeypatch.setattr(live.derivation, "whole", slowly)
    await rebuild(live.model, live.derivation, b.clock.now())
    monkeypatch.undo()
    assert await node(b) == {"met": 1, "running": 2}
    assert (await rebuild(live.model, live.derivation, b.clock.now(), verify=True)).differences == []
