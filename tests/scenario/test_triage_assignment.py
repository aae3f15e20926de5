"""分流分案: what must come before the first assignment, the route by the facts, and the team by its load."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.handling import (
    CASE,
    CLAIM_FEN,
    DEPOSIT,
    HOUSE,
    PRE_STEPS,
    asset,
    assigned,
    closing,
    enquired,
    filed,
    form_documents_sent,
    found,
    in_a_fast_team,
    noted,
    paid_in,
    pre_step,
    prepared,
    ruled,
    triage,
)
from tests.services import VERSION, Bench


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


# -- before the first assignment


@pytest.mark.clause("Y17")
async def test_assignment_without_its_pre_steps_is_refused_and_names_all_that_lacks(b: Bench) -> None:
    # given a case just filed, whose property had been preserved before
    await filed(b, preserved=True)
    # when the director wants it assigned at once
    problem = await b.refused(409, "triage", f"/cases/{CASE}/assignments", {"stage": "first"}, who="director")
    # then all seven are named together, and the refusal is a fact
    lacking = ["standard", "data", "contacts", "preservation", "preservation_ruling", "form_documents", "enquiry"]
    assert (problem["rule"], problem["lacking"]) == ("yiyang.pre_steps", lacking)
    [refused] = await b.events("triage", f"case/{CASE}")
    assert refused["type"] == "zhixing.ActRefused.v1"
    assert refused["data"] == {
        "act": "assign_case", "rule": "yiyang.pre_steps", "lacking": lacking, "wanted_by": "director"
    }  # fmt: skip
    assert (refused["pack"], refused["packversion"]) == ("yiyang", VERSION)


@pytest.mark.clause("Y17")
async def test_routing_too_waits_for_the_pre_steps(b: Bench) -> None:
    await filed(b)
    await pre_step(b, "filing_standard")
    problem = await b.refused(409, "triage", f"/cases/{CASE}/routes", {"stage": "first"}, who="director")
    assert problem["act"] == "route_case"
    assert "standard" not in problem["lacking"]
    assert "data" in problem["lacking"]


@pytest.mark.clause("Y17")
async def test_the_director_sees_what_still_lacks(b: Bench) -> None:
    await filed(b)
    await enquired(b, CASE)
    await b.settle()
    seen = await b.get("triage", f"/cases/{CASE}", who="director")
    assert [lack["item"] for lack in seen["lacking"]] == [
        "standard", "data", "contacts", "preservation", "form_documents"
    ]  # fmt: skip
    # and when it has waited for ten minutes, it is an item of work
    await b.advance(minutes=11)
    [item] = await b.work_items("triage")
    assert (item["subject"], item["state"]) == (f"case/{CASE}", "waiting")
    assert "form_documents" in item["reason"]


@pytest.mark.clause("Y06")
@pytest.mark.parametrize("last", ["earlier_preservation", "form_documents", "enquiry"])
async def test_the_last_pre_step_brings_the_first_assignment_whichever_it_is(b: Bench, last: str) -> None:
    # given a case that lacks one thing
    await filed(b)
    steps = {kind: lambda k=kind: pre_step(b, k) for kind in PRE_STEPS}
    steps |= {"form_documents": lambda: form_documents_sent(b, CASE), "enquiry": lambda: enquired(b, CASE)}
    for name, step in steps.items():
        if name != last:
            await step()
    await b.settle()
    assert "CaseAssigned" not in await b.names("triage")
    # when that arrives
    await steps[last]()
    await b.settle()
    # then the case is routed and assigned in one go, by the system
    routed, given = (await b.events("triage", f"case/{CASE}"))[-2:]
    assert [e["type"].split(".")[1] for e in (routed, given)] == ["CaseRouted", "CaseAssigned"]
    assert routed["recordedat"] == given["recordedat"]
    assert given["actor"] == "system"
    assert await b.work_items("triage") == []


async def test_what_arrives_before_the_case_itself_waits_for_it(b: Bench) -> None:
    # given answers and papers of a case of which triage has not heard yet
    await enquired(b, CASE)
    await form_documents_sent(b, CASE)
    await paid_in(b, "yiyang-p1", CLAIM_FEN)
    # when the case arrives
    await filed(b)
    for kind in PRE_STEPS:
        await pre_step(b, kind)
    await b.settle()
    # then both have had their effect
    assert await assigned(b)
    assert (await b.get("triage", f"/cases/{CASE}", who="director"))["proposed"] == ["close"]


# -- routing


ROUTES = {
    "deposits cover the claim": ({}, [DEPOSIT], [], "simple", "yiyang.r.covered"),
    "nothing is found": ({}, [], [], "simple", "yiyang.r.nothing"),
    "found, but not to be disposed of now": ({}, [asset("vehicle", 1, "no")], [], "simple", "yiyang.r.nothing"),
    "the debtor is willing": ({}, [HOUSE], ["willing_to_perform"], "simple", "yiyang.r.performs"),
    "deposits cover, a house need not be sold": ({}, [DEPOSIT, HOUSE], [], "simple", "yiyang.r.covered"),
    "a house must be sold": ({}, [HOUSE], [], "ordinary", "yiyang.r.dispose"),
    "a state organ, whatever it has": ({"debtor": "organ"}, [DEPOSIT], [], "ordinary", "yiyang.r.organ"),
    "a shop is to be returned": ({"acts": ("return_shop",)}, [DEPOSIT], [], "ordinary", "yiyang.r.return"),
    "criminal terms are unclear": (
        {"instrument": "criminal"}, [DEPOSIT], ["criminal_terms_unclear"], "ordinary", "yiyang.r.criminal"),
    "not known whether it can be disposed of": ({}, [asset("vehicle", 1, "unknown")], [], "ordinary", "yiyang.r.else"),
}  # fmt: skip


@pytest.mark.clause("Y11", "Y12")
async def test_a_case_is_routed_by_its_facts_at_that_moment(b: Bench) -> None:
    cases = {name: f"yiyang-case{n}" for n, name in enumerate(ROUTES)}
    for name, (how, assets, marks, _, _) in ROUTES.items():
        await filed(b, cases[name], **how)
        await found(b, cases[name], *assets)
        await noted(b, cases[name], *marks)
        await prepared(b, cases[name])
    events = await b.events("triage", name="CaseRouted")
    routed = {e["subject"]: (e["data"]["track"], e["data"]["rule"]) for e in events}
    assert {name: routed[f"case/{cases[name]}"] for name in ROUTES} == {
        name: tuple(r[3:]) for name, r in ROUTES.items()
    }


@pytest.mark.clause("Y11")
async def test_a_route_keeps_every_verdict_and_names_its_rule_and_pack(b: Bench) -> None:
    await filed(b)
    await found(b, CASE, HOUSE)
    await prepared(b)
    [routed] = await b.events("triage", f"case/{CASE}", "CaseRouted")
    verdicts = {v["rule"]: v["verdict"] for v in routed["data"]["verdicts"]}
    assert len(verdicts) == 9
    assert verdicts["yiyang.r.dispose"] == "true"
    assert verdicts["yiyang.r.covered"] == "false"
    assert (routed["ruleid"], routed["pack"], routed["packversion"]) == ("yiyang.r.dispose", "yiyang", VERSION)


@pytest.mark.clause("Y09")
async def test_a_preservation_case_goes_to_the_affairs_team_as_it_is_filed(b: Bench) -> None:
    await filed(b, kind="preservation")
    data = await assigned(b)
    assert (data["team"], data["handler"]) == ("affairs", "yiyang-judge-0")


# -- assignment


@pytest.mark.clause("Y02", "Y06")
async def test_cases_that_come_at_once_are_spread_by_load_per_head(b: Bench) -> None:
    # given ten simple cases that lack one thing each; fast_1 has three members, fast_2 two
    cases = [f"yiyang-case{n}" for n in range(10)]
    for case_id in cases:
        await filed(b, case_id)
        await prepared(b, case_id, steps=PRE_STEPS[1:])
    # when it comes for all of them at the same moment
    await asyncio.gather(*(pre_step(b, PRE_STEPS[0], case_id) for case_id in cases))
    await b.settle()
    # then each went to the team with the least to do per head at its turn, though nobody has accepted yet
    given = [e["data"] for e in await b.events("triage", name="CaseAssigned")]
    for data in given:
        loads = {f["name"]: f["value"] for f in data["factors"]}
        assert loads[f"load_{data['team']}"] == min(loads.values())
    assert Counter(data["team"] for data in given) == {"fast_1": 6, "fast_2": 4}


@pytest.mark.clause("Y02")
async def test_the_load_of_teams_and_their_spread_are_shown(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    rule, *_ = await b.get("triage", "/loads", who="director")
    team = (await assigned(b))["team"]
    loads = {t["team"]: t for t in rule["teams"]}
    assert loads[team]["load"] == 10
    assert loads[team]["per_head"] == 10_000 // loads[team]["size"]
    assert rule["rule"] == "yiyang.load"
    assert rule["spread_permille"] > 300
    assert rule["too_uneven"]
    assert not {"affairs", "general"} & set(loads)


@pytest.mark.clause("Y02")
async def test_a_closed_case_weighs_no_more(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await ruled(b)
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge)
    await b.settle()
    rule, *_ = await b.get("triage", "/loads", who="director")
    assert all(team["load"] == 0 for team in rule["teams"])


@pytest.mark.clause("Y15")
async def test_a_simple_case_goes_to_a_fast_team_whose_lead_shares_it_out(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    first = await assigned(b)
    assert first["team"].startswith("fast_")
    lead, officer = first["handler"], first["handler"].replace("judge", "officer")
    # when the lead gives it to another of the team
    body = {"handler": officer}
    await b.post("triage", f"/cases/{CASE}/assignments/manual", body, who=lead.removeprefix("yiyang-"))
    # then that is a second assignment by hand, at the same stage, still in the lead's name
    data = (await b.events("triage", name="CaseAssigned"))[-1]["data"]
    assert data["method"] == "manual"
    assert (data["stage"], data["team"], data["handler"], data["in_name_of"]) == ("first", first["team"], officer, lead)


@pytest.mark.clause("Y15")
async def test_only_the_teams_own_lead_shares_out_and_only_inside_the_team(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    data = await assigned(b)
    lead = data["handler"].removeprefix("yiyang-")
    path, before = f"/cases/{CASE}/assignments/manual", await b.names("triage")
    await b.refused(403, "triage", path, {"handler": data["handler"]}, who="o1-judge")
    await b.refused(422, "triage", path, {"handler": "yiyang-o1-officer"}, who=lead)
    assert await b.names("triage") == [*before, "ActRefused"]
