"""分流与办案: pre-steps, route, assignment, hand-over, second assignment, performance and closing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts import asset_control, funds, intake
from contracts.catalogue import BY_NAME
from contracts.families import CheckRecorded, FactCorrected, MatterDone
from tests.contract.samples import golden
from tests.services import Bench, bench, installation
from triage.service import SERVICE as TRIAGE

CASE = "yiyang-case1"
PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
PASSED = {"result": "passed", "lacking": []}
CLAIM_FEN = 8_600_000


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [TRIAGE]) as running:
        await staffed(running)
        yield running


# -- what happens to cases, in few words


async def staffed(b: Bench) -> None:
    await asyncio.gather(
        *(
            b.post("triage", f"/members/{m.member}/postings",
                   {"team": m.team, "post": m.posts[0], "reason": "appointed"}, who="director")
            for m in installation().principals("yiyang")
        )
    )  # fmt: skip


def party(party_id: str, role: str, kind: str = "person") -> dict[str, object]:
    return {
        "party_id": party_id, "role": role, "kind": kind, "state_employee": False, "named_in_instrument": True,
        "area": "", "debtor_hash": "0f" * 32 if role == "debtor" else "", "whereabouts": "known", "in_custody": "no",
        "address_confirmed": True, "phone": True, "represented": "none",
    }  # fmt: skip


async def filed(b: Bench, case_id: str = CASE, *, debtor: str = "person", instrument: str = "judgment",
                acts: tuple[str, ...] = (), preserved: bool = False, kind: str = "enforcement") -> None:  # fmt: skip
    case = intake.CaseFiled.model_validate({
        "case_no": "（2026）豫0327执1号", "kind": kind, "application_id": "yiyang-a1", "cause": "other",
        "instrument": {"kind": instrument},
        "claim": {"money": True, "amount_fen": CLAIM_FEN, "basis": "instrument", "interest_apart": False,
                  "costs_apart": False, "acts": acts},
        "parties": [party("yiyang-c", "creditor"), party("yiyang-d", "debtor", debtor)],
        "earlier_preservation": preserved, "marked_simple": False,
    })  # fmt: skip
    await b.tell("intake", case, case_id, who="filing_officer")
    await b.settle()


def asset(kind: str, value_fen: int, disposable: str) -> dict[str, object]:
    return {"asset_id": f"yiyang-{kind}", "party_id": "yiyang-d", "kind": kind, "valued": True, "value_fen": value_fen,
            "place": "in_county", "online": False, "disposable": disposable}  # fmt: skip


async def found(b: Bench, case_id: str, *assets: dict[str, object]) -> None:
    event = asset_control.AssetsFound.model_validate({"find_id": f"{case_id}-f", "source": "enquiry", "assets": assets})
    await b.tell("asset-control", event, case_id, who="enquiry_officer")


async def noted(b: Bench, case_id: str, *marks: str) -> None:
    await b.tell("intake", intake.CaseNoted(marks=dict.fromkeys(marks, True)), case_id, who="filing_officer")


async def enquired(b: Bench, case_id: str) -> None:
    answer = asset_control.EnquiryAnswered(
        enquiry_id=f"{case_id}-e", channel="network_national", purpose="first", round=1, scope=("deposit",),
        result="nothing",
    )  # fmt: skip
    await b.tell("asset-control", answer, case_id, who="enquiry_officer")


async def form_documents_sent(b: Bench, case_id: str) -> None:
    done = MatterDone(matter_id=f"{case_id}-m", kind="form_documents", result="done", receipts_complete=True,
                      reported_to_handler=False)  # fmt: skip
    await b.tell("intake", done, case_id)


async def pre_step(b: Bench, kind: str, case_id: str = CASE, result: str = "passed") -> str:
    body = {"kind": kind, "result": result, "lacking": []}
    return (await b.post("triage", f"/cases/{case_id}/pre-steps", body, who="director"))["check_id"]


async def prepared(b: Bench, case_id: str = CASE, *, steps: tuple[str, ...] = PRE_STEPS) -> None:
    """Everything that must come before the first assignment."""
    for kind in steps:
        await pre_step(b, kind, case_id)
    await form_documents_sent(b, case_id)
    await enquired(b, case_id)
    await b.settle()


async def assigned(b: Bench, case_id: str = CASE, stage: str = "first") -> dict[str, Any]:
    [event] = [e for e in await b.events("triage", f"case/{case_id}", "CaseAssigned") if e["data"]["stage"] == stage]
    return event["data"]


def handover(team: str, **other: object) -> dict[str, object]:
    return {"what": "case", "reason": "first_assignment", "from_team": "affairs", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": ["whole_file"], "pages": 12, "register_signed": True,
            **other}  # fmt: skip


async def held(b: Bench, case_id: str = CASE) -> str:
    """The case in the hands of the judge it was assigned to, who is returned."""
    data = await assigned(b, case_id)
    given = await b.post("triage", f"/cases/{case_id}/handovers", handover(data["team"]), who="director")
    judge = data["handler"].removeprefix("yiyang-")
    await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=judge)
    return judge


async def in_a_fast_team(b: Bench) -> str:
    await filed(b)
    await prepared(b)
    return await held(b)


ASK = {"act": "second_assignment", "proposal": [], "evidence": []}
APPROVE = {"decision": "approved", "in_person": True, "channel": "online"}


async def to_be_assigned_again(b: Bench, judge: str) -> str:
    asked = await b.post("triage", f"/cases/{CASE}/approvals", ASK, who=judge)
    return asked["approval_id"]


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
    assert (refused["pack"], refused["packversion"]) == ("yiyang", "1.0.0")


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

DEPOSIT, HOUSE = asset("deposit", 9_100_000, "yes"), asset("real_estate", 90_000_000, "yes")
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
    assert (routed["ruleid"], routed["pack"], routed["packversion"]) == ("yiyang.r.dispose", "yiyang", "1.0.0")


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
    [rule] = await b.get("triage", "/loads", who="director")
    team = (await assigned(b))["team"]
    loads = {t["team"]: t for t in rule["teams"]}
    assert loads[team]["load"] == 10
    assert loads[team]["per_head"] == 10_000 // loads[team]["size"]
    assert rule["rule"] == "yiyang.load"
    assert rule["spread_permille"] > 300
    assert rule["too_uneven"]
    assert "general" not in loads


@pytest.mark.clause("Y02")
async def test_a_closed_case_weighs_no_more(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge)
    await b.settle()
    [rule] = await b.get("triage", "/loads", who="director")
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
    assert await b.names("triage") == before


# -- hand-over


@pytest.mark.clause("Y01", "Y15")
async def test_a_case_changes_hands_only_when_the_receiver_accepts(b: Bench) -> None:
    # given a case assigned and handed over
    await filed(b)
    await prepared(b)
    data = await assigned(b)
    given = await b.post("triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")
    path, judge = f"/handovers/{given['handover_id']}", data["handler"].removeprefix("yiyang-")
    assert (await b.get("triage", f"/cases/{CASE}", who=judge))["holder"] == ""
    # when another team tries to take it, and a second hand-over is begun
    await b.refused(403, "triage", f"{path}/accept", who="o1-judge")
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")
    # then only the acceptance of the team it went to makes its member the holder
    await b.post("triage", f"{path}/accept", who=judge)
    await b.settle()
    seen = await b.get("triage", f"/cases/{CASE}", who=judge)
    assert (seen["team"], seen["holder"], seen["status"]) == (data["team"], data["handler"], "handled")
    await b.refused(409, "triage", f"{path}/accept", who=judge)
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")


@pytest.mark.clause("Y01")
async def test_a_case_that_lacks_something_is_returned_and_handed_over_anew(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    data = await assigned(b)
    judge, body = data["handler"].removeprefix("yiyang-"), handover(data["team"])
    given = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    await b.post("triage", f"/handovers/{given['handover_id']}/return", {"lacking": ["address_form"]}, who=judge)
    again = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    await b.post("triage", f"/handovers/{again['handover_id']}/accept", who=judge)
    assert (await b.names("triage", f"case/{CASE}"))[-4:] == [
        "HandedOver", "HandoverReturned", "HandedOver", "HandoverAccepted"
    ]  # fmt: skip


@pytest.mark.clause("Y01")
async def test_a_case_is_handed_over_as_it_was_assigned(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    team = (await assigned(b))["team"]
    wrong = {"to_team": "ordinary_1", "reason": "second_assignment", "basis": "yiyang-a1", "what": "file",
             "from_team": "general"}  # fmt: skip
    for field, value in wrong.items():
        body = handover(team, **{field: value})
        problem = await b.refused(422, "triage", f"/cases/{CASE}/handovers", body, who="director")
        assert problem["errors"][0]["field"] == f"body.{field}"
    assert "HandedOver" not in await b.names("triage")


async def test_an_approval_that_nobody_asked_for_does_not_bring_the_first_assignment_again(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    for act in ("assignments", "routes"):
        again = {"stage": "first", "basis": "yiyang-no-approval"}
        problem = await b.refused(422, "triage", f"/cases/{CASE}/{act}", again, who="director")
        assert problem["errors"][0]["field"] == "body.basis"
    assert (await b.names("triage")).count("CaseAssigned") == 1


# -- second assignment


@pytest.mark.clause("Y19", "Y07")
async def test_the_handler_proposes_the_chief_approves_and_an_ordinary_team_gets_the_case(b: Bench) -> None:
    # given a case in a fast team, in which a flat has turned up
    judge = await in_a_fast_team(b)
    await found(b, CASE, HOUSE)
    await b.settle()
    assert (await b.get("triage", f"/cases/{CASE}", who=judge))["proposed"] == ["second_assignment"]
    # when the handler proposes and the chief approves
    approval = await to_be_assigned_again(b, judge)
    waiting = await b.get("triage", f"/approvals/{approval}", who="chief")
    assert (waiting["state"], waiting["next_posts"]) == ("asked", ["chief"])
    await b.post("triage", f"/approvals/{approval}/decide", APPROVE, who="chief")
    await b.settle()
    # then the case is assigned to an ordinary team under that approval
    data = await assigned(b, stage="second")
    assert data["team"].startswith("ordinary_")
    assert data["basis"] == approval
    # and the affairs team moves it, naming the approval
    body = handover(data["team"], reason="second_assignment", from_team="fast_1", basis=approval)
    body["from_team"] = (await b.get("triage", f"/cases/{CASE}", who=judge))["team"]
    await b.refused(422, "triage", f"/cases/{CASE}/handovers", {**body, "basis": None}, who="director")
    given = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    new = data["handler"].removeprefix("yiyang-")
    await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=new)
    seen = await b.get("triage", f"/cases/{CASE}", who=new)
    assert (seen["team"], seen["holder"]) == (data["team"], data["handler"])
    assert await b.work_items("triage") == []


@pytest.mark.clause("Y19")
async def test_an_approval_by_another_post_is_refused_and_the_refusal_is_a_fact(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    approval = await to_be_assigned_again(b, judge)
    problem = await b.refused(409, "triage", f"/approvals/{approval}/decide", APPROVE, who="leader")
    assert (problem["rule"], problem["wanted_by"]) == ("yiyang.a.second", "chief")
    assert (await b.names("triage", f"case/{CASE}"))[-1] == "ActRefused"
    assert (await b.get("triage", f"/approvals/{approval}", who="chief"))["state"] == "asked"


@pytest.mark.clause("Y19")
async def test_only_the_handler_proposes_the_second_assignment(b: Bench) -> None:
    await in_a_fast_team(b)
    problem = await b.refused(409, "triage", f"/cases/{CASE}/approvals", ASK, who="o1-judge")
    assert (problem["rule"], problem["wanted_by"]) == ("yiyang.a.second", "handler")
    assert (await b.names("triage", f"case/{CASE}"))[-1] == "ActRefused"


@pytest.mark.clause("Y19")
async def test_without_approval_there_is_no_second_assignment(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    path = f"/cases/{CASE}/assignments"
    problem = await b.refused(409, "triage", path, {"stage": "second"}, who="director")
    assert (problem["rule"], problem["lacking"]) == ("yiyang.a.second", ["second_assignment"])
    assert problem["wanted_by"] == "chief"
    await b.refused(409, "triage", f"/cases/{CASE}/routes", {"stage": "second"}, who="director")
    # nor by one that was refused
    approval = await to_be_assigned_again(b, judge)
    await b.post("triage", f"/approvals/{approval}/decide", {**APPROVE, "decision": "refused"}, who="chief")
    await b.settle()
    await b.refused(409, "triage", path, {"stage": "second", "basis": approval}, who="director")
    assert [e["data"]["stage"] for e in await b.events("triage", name="CaseAssigned")] == ["first"]


# -- what speaks against an assignment already made


@pytest.mark.clause("Y17")
async def test_a_check_that_fails_after_the_assignment_is_put_before_the_director(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    check = await pre_step(b, "filing_standard", result="failed")
    await b.settle()
    [asked] = await b.events("triage", f"case/{CASE}", "MatterAsked")
    assert asked["data"]["kind"] == "review_correction"
    assert (asked["data"]["to_post"], asked["data"]["about"]) == ("director", f"check:{check}")
    await b.post("triage", f"/matters/{asked['data']['matter_id']}/accept", who="director")


@pytest.mark.clause("Y17")
async def test_a_fact_withdrawn_after_the_assignment_is_put_before_the_director(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    [answer] = [f for f in await known_facts(b) if f.type == "EnquiryAnswered"]
    void = FactCorrected(corrects=answer.id, how="void", reason="entry_error")
    await b.tell("asset-control", void, CASE, who="enquiry_officer")
    await b.settle()
    assert [e["data"]["kind"] for e in await b.events("triage", name="MatterAsked")] == ["review_correction"]


async def known_facts(b: Bench) -> list[Any]:
    return await b.running["triage"].parts.facts.of("yiyang", f"case/{CASE}")


async def test_checks_that_no_pre_step_needs_open_nothing(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    failed = CheckRecorded(check_id="yiyang-k1", kind="document_check", result="failed", lacking=("date",))
    await b.tell("intake", failed, CASE, who="service_officer")
    await b.settle()
    assert "MatterAsked" not in await b.names("triage")


# -- performance and closing


def closing(way: str, **other: object) -> dict[str, object]:
    return {"way": way, "closed_on": "2026-03-02", "cause": "paid_in_full", "applied_fen": CLAIM_FEN,
            "closed_fen": CLAIM_FEN, "waived_fen": 0, "recovered_fen": CLAIM_FEN, "funds_settled": True,
            **other}  # fmt: skip


async def paid_in(b: Bench, payment_id: str, amount_fen: int) -> None:
    payment = funds.FundsReceived(payment_id=payment_id, into="case_account", amount_fen=amount_fen,
                                  purpose="deduction", payer="bank")  # fmt: skip
    await b.tell("funds", payment, CASE, who="funds_officer")
    await b.settle()


async def paid_out(b: Bench, amount_fen: int) -> None:
    payout = funds.FundsPaidOut(payout_id="yiyang-o1", approval_id="yiyang-a1", way="transfer", lines=(),
                                settled_payments=("yiyang-p1",), amount_fen=amount_fen)  # fmt: skip
    await b.tell("funds", payout, CASE, who="finance_officer")
    await b.settle()


@pytest.mark.clause("Y11")
async def test_the_payment_that_covers_the_claim_performs_it_once(b: Bench) -> None:
    await in_a_fast_team(b)
    await paid_in(b, "yiyang-p1", CLAIM_FEN - 1)
    assert "PerformanceRecorded" not in await b.names("triage")
    await paid_in(b, "yiyang-p2", 1)
    await paid_in(b, "yiyang-p3", 1)
    [performed] = await b.events("triage", name="PerformanceRecorded")
    assert performed["data"]["kind"] == "paid"
    assert performed["data"]["full"]
    assert (await b.get("triage", f"/cases/{CASE}", who="director"))["proposed"] == ["close"]


@pytest.mark.clause("Y16")
async def test_a_case_closes_as_performed_only_when_paid_and_paid_out(b: Bench) -> None:
    judge, path = await in_a_fast_team(b), f"/cases/{CASE}/closing"
    # given nothing is paid: closing is refused and says so
    problem = await b.refused(409, "triage", path, closing("performed"), who=judge)
    assert (problem["rule"], problem["lacking"]) == ("cn.close_performed", ["performed"])
    # given the money lies with the court: it may neither close nor say that nothing is left
    await paid_in(b, "yiyang-p1", CLAIM_FEN)
    await b.refused(422, "triage", path, closing("performed"), who=judge)
    problem = await b.refused(409, "triage", path, closing("performed", funds_settled=False), who=judge)
    assert problem["lacking"] == ["paid_out"]
    # when it is paid out
    await paid_out(b, CLAIM_FEN)
    await b.post("triage", f"/cases/{CASE}/reviews", {"kind": "closing_review", **PASSED}, who="director")
    answer = await b.post("triage", path, closing("performed"), who=judge)
    # then it closes, signed by the judge, because no ruling of the chief's is needed
    assert answer == {"case_id": CASE, "warned": []}
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "judge"
    assert [n for n in await b.names("triage", f"case/{CASE}") if n == "ActRefused"] == ["ActRefused"] * 2


@pytest.mark.clause("Y08", "Y16")
async def test_termination_for_now_names_everything_national_and_own_that_lacks(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    body = closing("terminated_for_now", recovered_fen=0)
    problem = await b.refused(409, "triage", f"/cases/{CASE}/closing", body, who=judge)
    assert set(problem["lacking"]) == {
        "site_survey", "over_3_months", "notice", "report_order", "limit", "exhausted", "interview"
    }  # fmt: skip


@pytest.mark.clause("Y08", "Y13")
async def test_a_case_terminated_for_now_is_looked_into_again_when_property_turns_up(b: Bench) -> None:
    # given everything that must come before, but for the place of the survey, which is only as a rule the county
    judge = await in_a_fast_team(b)
    await exhausted(b)
    await b.post("triage", f"/cases/{CASE}/reviews", {"kind": "no_assets_confirmed", **PASSED}, who=judge)
    await b.advance(days=100)
    # when it is closed for now
    body = closing("terminated_for_now", recovered_fen=0, closed_on="2026-06-10")
    answer = await b.post("triage", f"/cases/{CASE}/closing", body, who=judge)
    # then that is only a warning, and the chief signs
    assert answer["warned"] == ["in_county"]
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "chief"
    # and property found later becomes affairs work: is the case to go on?
    await found(b, CASE, DEPOSIT)
    await b.settle()
    [matter] = await b.events("triage", name="MatterAsked")
    assert (matter["data"]["sub"], matter["data"]["for_case"]) == ("resumption_review", CASE)


async def exhausted(b: Bench) -> None:
    survey = {**golden("MatterDone"), "kind": "site_survey", "result": "nothing_found"}
    survey["record"]["place"] = "outside"
    for service, name, data in (
        ("intake", "DocumentSent", {"kind": "enforcement_notice"}),
        ("intake", "DocumentSent", {"kind": "report_order"}),
        ("intake", "ContactRecorded", {"kind": "termination_interview"}),
        ("asset-control", "MeasureTaken", {"kind": "consumption_limit", "asset_id": None, "asset_kind": None}),
        ("asset-control", "MatterDone", survey),
    ):
        event = BY_NAME[name].model_validate(golden(name) | data)
        await b.tell(service, event, CASE, who="f1-judge")
    await b.settle()


@pytest.mark.clause("Y16")
async def test_a_withdrawn_case_is_signed_by_the_chief_and_closed_by_its_own_team(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await b.refused(403, "triage", f"/cases/{CASE}/closing", closing("withdrawn"), who="o1-judge")
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge)
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "chief"


async def test_a_closed_case_takes_no_further_command(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    approval = await to_be_assigned_again(b, judge)
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge, key="closing")
    before = await b.names("triage")
    for path, body, who in (*commands(), (f"/approvals/{approval}/decide", APPROVE, "chief")):
        await b.refused(409, "triage", path, body, who=judge if who == "handler" else who)
    assert await b.names("triage") == before
    # but the command that closed it gets its answer again
    again = await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge, key="closing")
    assert again["case_id"] == CASE


def commands(case_id: str = CASE) -> list[tuple[str, dict[str, object], str]]:
    """(path, body, who) of every command on a case."""
    paid = {"kind": "paid", "amount_fen": 1, "full": False, "on_the_spot": False}
    return [
        (f"/cases/{case_id}/pre-steps", {"kind": "contacts", **PASSED}, "director"),
        (f"/cases/{case_id}/reviews", {"kind": "closing_review", **PASSED}, "director"),
        (f"/cases/{case_id}/routes", {"stage": "second"}, "director"),
        (f"/cases/{case_id}/assignments", {"stage": "second"}, "director"),
        (f"/cases/{case_id}/assignments/manual", {"handler": "yiyang-f1-officer"}, "f1-judge"),
        (f"/cases/{case_id}/handovers", handover("fast_1"), "director"),
        (f"/cases/{case_id}/approvals", ASK, "handler"),
        (f"/cases/{case_id}/performances", paid, "director"),
        (f"/cases/{case_id}/closing", closing("withdrawn"), "handler"),
    ]


# -- affairs and members


@pytest.mark.clause("Y13")
async def test_other_affairs_are_recorded_apart_from_casework(b: Bench) -> None:
    body = {"kind": "affairs", "sub": "statistics", "to_post": "director", "urgent": False, "items": 1,
            "requirement": True, "materials": []}  # fmt: skip
    matter = (await b.post("triage", "/affairs", body, who="chief"))["matter_id"]
    await b.refused(403, "triage", f"/matters/{matter}/accept", who="general_officer")  # it was not asked of him
    await b.post("triage", f"/matters/{matter}/accept", who="director")
    done = {"result": "done", "receipts_complete": True, "reported_to_handler": False}
    await b.post("triage", f"/matters/{matter}/finish", done, who="director")
    await b.settle()
    assert await b.names("triage", f"matter/{matter}") == ["MatterAsked", "MatterAccepted", "MatterDone"]
    [rule] = await b.get("triage", "/loads", who="director")
    [affairs] = [team for team in rule["teams"] if team["team"] == "affairs"]
    assert (affairs["load"], affairs["apart"]) == (0, 1)


@pytest.mark.clause("Y13")
async def test_a_request_to_resume_becomes_affairs_work(b: Bench) -> None:
    asked = intake.ApplicationReceived(application_id="yiyang-a2", kind="resumption", items=(), agent="none")
    await b.tell("intake", asked, "yiyang-case2", who="filing_officer")
    await b.settle()
    [matter] = await b.events("triage", name="MatterAsked")
    assert (matter["data"]["sub"], matter["data"]["for_case"]) == ("resumption_review", "yiyang-case2")
    assert matter["subject"].startswith("matter/")


@pytest.mark.clause("Y14")
async def test_a_posting_says_once_who_belongs_to_which_team(b: Bench) -> None:
    path, before = "/members/yiyang-f2-officer/postings", len(await b.events("triage", name="MemberPosted"))
    await b.post("triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "appointed"}, who="chief")
    assert len(await b.events("triage", name="MemberPosted")) == before
    # when the member leaves, the team is smaller
    await b.post("triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "left"}, who="chief")
    [rule] = await b.get("triage", "/loads", who="director")
    assert {t["team"]: t["size"] for t in rule["teams"]}["fast_2"] == 1
    await b.refused(409, "triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "left"},
                    who="chief")  # fmt: skip


# -- commands out of order, and bad input


async def test_an_unknown_case_takes_no_command_and_nothing_is_recorded(b: Bench) -> None:
    before = await b.names("triage")
    for path, body, who in commands("yiyang-nobody"):
        answer = await b.call("POST", "triage", path, who="f1-judge" if who == "handler" else who, json=body)
        assert answer.status_code in (403, 404), path
    assert (await b.call("GET", "triage", "/cases/yiyang-nobody", who="director")).status_code == 404
    assert (await b.call("GET", "triage", "/approvals/yiyang-nothing", who="director")).status_code == 404
    await b.refused(404, "triage", "/handovers/yiyang-nothing/accept", who="f1-judge")
    await b.refused(404, "triage", "/approvals/yiyang-nothing/decide", APPROVE, who="chief")
    assert await b.names("triage") == before


async def test_commands_out_of_order_are_refused(b: Bench) -> None:
    await filed(b)
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover("fast_1"), who="director")
    await b.refused(409, "triage", f"/cases/{CASE}/assignments", {"stage": "second"}, who="director")
    await prepared(b)
    await b.refused(409, "triage", f"/cases/{CASE}/assignments", {"stage": "first"}, who="director")
    await b.refused(422, "triage", f"/cases/{CASE}/assignments", {"stage": "returned"}, who="director")


async def test_the_same_command_again_gets_the_same_answer_and_assigns_once(b: Bench) -> None:
    await filed(b)
    for kind in PRE_STEPS:
        await pre_step(b, kind)
    await form_documents_sent(b, CASE)
    await b.settle()
    problem = {"stage": "first"}
    first, again = [
        await b.call("POST", "triage", f"/cases/{CASE}/assignments", who="director", json=problem, key="once")
        for _ in range(2)
    ]
    assert (first.status_code, first.content) == (again.status_code, again.content) == (409, first.content)
    assert (await b.names("triage", f"case/{CASE}")).count("ActRefused") == 1


BAD = {
    "a stage that does not exist": ("routes", {"stage": "third"}, "director"),
    "a field that does not exist": ("assignments", {"stage": "first", "team": "fast_1"}, "director"),
    "a check that is no pre-step": ("pre-steps", {"kind": "arrival_confirmed", **PASSED}, "director"),
    "a result of another type": ("pre-steps", {"kind": "contacts", "result": 1, "lacking": []}, "director"),
    "a negative amount": (
        "performances", {"kind": "paid", "amount_fen": -1, "full": True, "on_the_spot": False}, "director"),
    "a huge amount": (
        "performances", {"kind": "paid", "amount_fen": 2**63, "full": True, "on_the_spot": False}, "director"),
    "an amount in words": (
        "performances", {"kind": "paid", "amount_fen": "1", "full": True, "on_the_spot": False}, "director"),
    "a time in the future": ("routes", {"stage": "first", "at": "2027-01-01T00:00:00Z"}, "director"),
    "a time without zone": ("routes", {"stage": "first", "at": "2026-01-01T00:00:00"}, "director"),
    "a NUL byte": ("assignments/manual", {"handler": "yiyang-f1\x00"}, "f1-judge"),
    "no body": ("routes", [], "director"),
    "a way that does not exist": ("closing", closing("lost"), "f1-judge"),
    "a day that does not exist": ("closing", closing("withdrawn", closed_on="2026-02-30"), "f1-judge"),
    "an approval for an unknown act": ("approvals", {**ASK, "act": "nonsense"}, "f1-judge"),
}  # fmt: skip


async def test_bad_input_is_told_apart_and_leaves_no_trace(b: Bench) -> None:
    await filed(b)
    before = await b.names("triage")
    for name, (path, body, who) in BAD.items():
        problem = await b.refused(422, "triage", f"/cases/{CASE}/{path}", body, who=who)
        assert problem["errors"][0]["field"].startswith("body"), name
    assert await b.names("triage") == before


async def test_a_closing_in_the_future_or_a_post_that_is_none_is_refused(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    body = closing("withdrawn", closed_on="2026-03-03")
    problem = await b.refused(422, "triage", f"/cases/{CASE}/closing", body, who=judge)
    assert problem["errors"][0]["field"] == "body.closed_on"
    posting = {"team": "fast_1", "post": "handler", "reason": "appointed"}
    await b.refused(422, "triage", "/members/yiyang-f1-clerk/postings", posting, who="chief")
    await b.refused(422, "triage", "/members/yiyang-f1-clerk/postings", {**posting, "post": "clerk", "team": "none"},
                    who="chief")  # fmt: skip


async def test_deep_nesting_and_malformed_json_are_refused(b: Bench) -> None:
    await filed(b)
    path, headers = f"/cases/{CASE}/routes", {"content-type": "application/json"}
    for content, status in (
        (b"[" * 10_000, 400),
        (b"{", 400),
        (b'{"stage": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 422),
    ):
        answer = await b.call("POST", "triage", path, who="director", content=content, headers=headers)
        assert answer.status_code in (400, status), answer.text
    assert await b.names("triage") == ["MemberPosted"] * len(installation().principals("yiyang"))


async def test_only_the_posts_a_command_is_for_may_give_it(b: Bench) -> None:
    await filed(b)
    for path, body, _ in commands():
        if not path.endswith("closing"):
            await b.refused(403, "triage", path, body, who="finance_officer")
