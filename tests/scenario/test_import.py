"""存量案件: a court starts with the cases it has; they keep their history, and are supervised from then on."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import papers
from tests.caseload import CLAIM_FEN, HANDLER, OldCase, imported, one_file, part, write
from tests.services import START, Bench
from tests.walks import system

DAY = timedelta(days=1)
APPLIED = START - 40 * DAY


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


def whole_case(number: int = 1) -> OldCase:
    return OldCase(number, APPLIED).filed().enquired().frozen().notified().assigned().paid()


async def clock(b: Bench, case: OldCase, rule: str, **query: str) -> dict[str, Any]:
    path = f"/cases/{case.case_id}/why"
    [found] = (await b.get("supervision", path, who="director", params={"clock": rule, **query}))["clocks"]
    return found


async def test_nobody_is_reminded_of_what_had_passed_when_a_case_came_in(b: Bench, tmp_path: Path) -> None:
    # given a case whose notice was never sent, by when the other system had long told so
    case = OldCase(1, APPLIED).filed().enquired().assigned()
    await imported(b, one_file(tmp_path, case))
    await b.advance(minutes=1)
    assert (await clock(b, case, "cn.notice"))["state"] == "breached"
    assert await b.events("supervision", case.subject, "ReminderSent") == []
    # when a rung comes that lay ahead, then it is told
    first = datetime.fromisoformat((await clock(b, case, "cn.conclude"))["rungs"][0]["at"])
    await b.advance(seconds=(first - b.clock.now()).total_seconds())
    told = await b.events("supervision", case.subject, "ReminderSent")
    clocks = {each["data"]["clock"] for each in told}
    assert "cn.conclude" in clocks
    assert "cn.notice" not in clocks


# ---- what comes in --------------------------------------------------------------------------------------------------


@pytest.mark.clause("Y01")
async def test_a_case_enters_with_its_history_and_each_service_has_its_part(b: Bench, tmp_path: Path) -> None:
    case = whole_case()

    report = await imported(b, one_file(tmp_path, case))

    assert (report.imported, report.skipped, report.fault_count) == (1, 0, 0), report.faults
    told = [past["event"] for past in case.history]
    found = [name for service in b.running for name in await b.names(service, case.subject)]
    assert sorted(found) == sorted(told)
    seen = await b.get("intake", f"/cases/{case.case_id}", who="director")
    assert (seen["state"], seen["case_no"], seen["claim"]["amount_fen"]) == ("filed", case.case_no, CLAIM_FEN)
    handled = await b.get("triage", f"/cases/{case.case_id}", who="director")
    assert (handled["team"], handled["holder"], handled["contradicted"]) == ("fast_1", HANDLER, [])
    account = await b.get("funds", f"/cases/{case.case_id}/account", who="funds_officer")
    assert account["held_fen"] == CLAIM_FEN
    [filing] = await b.events("intake", case.subject, "CaseFiled")
    assert (filing["actor"], filing["post"]) == ("yiyang-filing-0", "filing_officer")


async def test_names_stand_sealed_with_intake_and_nowhere_else(b: Bench, tmp_path: Path) -> None:
    case = whole_case()
    await imported(b, one_file(tmp_path, case))
    parties = await b.get("intake", f"/cases/{case.case_id}/parties", who="filing_officer")
    assert {each["name"] for each in parties} == {papers.CREDITOR_NAME, papers.DEBTOR_NAME}
    [filing] = await b.events("intake", case.subject, "CaseFiled")
    assert filing["data"]["parties"][1]["debtor_hash"]
    told = "".join([str(await b.events(service)) for service in b.running])
    assert not any(name in told for name in papers.PERSONAL)


# ---- what follows from it -------------------------------------------------------------------------------------------


@pytest.mark.clause("Y01", "Y06")
async def test_its_clocks_run_from_its_history_and_nobody_is_said_to_have_known_before(
    b: Bench, tmp_path: Path
) -> None:
    """Given a case that was never assigned, when it is brought in forty days on, then it is overdue since its eighth
    day, and the record of that begins with the import."""
    case = OldCase(1, APPLIED).filed()
    before = b.clock.now() - DAY

    await imported(b, one_file(tmp_path, case))

    found = await clock(b, case, "yiyang.first_assignment")
    assert (found["state"], found["overdue"] > 25) == ("breached", True)
    [spell] = found["record"]
    assert datetime.fromisoformat(spell["from"]) == b.clock.now()
    path, then = f"/cases/{case.case_id}/why", before.isoformat()
    query = {"as_of": then, "as_known_at": then}
    answer = await b.call("GET", "supervision", path, who="director", params=query)
    assert answer.status_code == 404 or answer.json()["clocks"] == []


async def test_what_its_history_led_to_is_not_done_again(b: Bench, tmp_path: Path) -> None:
    """No enquiry, no freeze, no form document, no assignment of last year follows a second time."""
    case = OldCase(1, APPLIED).filed().enquired()
    await imported(b, one_file(tmp_path, case))
    await b.advance(days=1)
    assert await b.names("triage", case.subject) == []
    assert [name for name in await b.names("asset-control", case.subject) if name == "MeasureTaken"] == []
    assert "MatterAsked" not in await b.names("intake", case.subject)
    assert await b.names("funds", case.subject) == ["AccountOpened"]  # money may come any day


async def test_it_goes_on_by_hand_like_any_other_case(b: Bench, tmp_path: Path) -> None:
    case = whole_case()
    await imported(b, one_file(tmp_path, case))
    judge = HANDLER.removeprefix("yiyang-")
    contact = papers.contact("phone", case.creditor, topics=["property_clue"])
    await b.post("intake", f"/cases/{case.case_id}/contacts", contact, who=judge)
    review = {"kind": "closing_review", **papers.PASSED}
    await b.post("triage", f"/cases/{case.case_id}/reviews", review, who=judge)
    lift = {"asset_id": case.id("deposit"), "cause": "paid"}
    await b.post("asset-control", f"/cases/{case.case_id}/measures/{case.id('m1')}/lift", lift, who=judge)
    line = {"payment_id": case.id("p1"), "to": case.creditor, "purpose": "principal", "amount_fen": CLAIM_FEN}
    await b.post("funds", f"/cases/{case.case_id}/allocations", {"lines": [line]}, who=judge)
    await b.settle()
    assert (await clock(b, case, "cn.seizure_expiry"))["state"] == "met"


async def test_a_seizure_brought_in_is_renewed_in_time_or_ends(b: Bench, tmp_path: Path) -> None:
    case = OldCase(1, APPLIED).filed().enquired().frozen(months=3).assigned()
    await imported(b, one_file(tmp_path, case))
    await b.advance(days=60)
    assert "MatterAsked" in await b.names("asset-control", case.subject)
    await b.advance(days=10)
    [lifted] = await b.events("asset-control", case.subject, "MeasureLifted")
    assert lifted["data"]["cause"] == "expired"


async def test_the_courts_numbers_go_on_after_those_that_were_brought_in(b: Bench, tmp_path: Path) -> None:
    this_year = START - 30 * DAY
    await imported(b, one_file(tmp_path, *(OldCase(number, this_year).filed() for number in (2_317, 45, 1_000))))
    filed = await papers.file_case(b)
    assert filed.case_no == "（2026）豫0327执2318号"


# ---- what is wrong --------------------------------------------------------------------------------------------------


async def test_every_fault_is_told_by_its_line_and_nothing_comes_in(b: Bench, tmp_path: Path) -> None:
    good, second = whole_case(), whole_case(2).line()
    second["history"][1]["data"]["claim"]["amount_fen"] = -1
    second["history"][2]["at"] = (b.clock.now() + DAY).isoformat()
    strange = whole_case(3).line() | {"colour": "red"}
    unfiled = OldCase(4, APPLIED).enquired().line()
    stranger = OldCase(5, APPLIED).filed().notified().line()
    stranger["history"][2]["data"]["party_ids"] = ["yiyang-old-2026-1.debtor"]
    backwards = OldCase(6, APPLIED).filed()
    backwards.tell("DocumentSigned", 3, {"document_id": backwards.id("d"), "kind": "ruling", "in_person": True,
                                         "key_owner": True, "sealed": True})  # fmt: skip
    other_court = OldCase(7, APPLIED, court="horqin").filed().line()
    lines = [good.line(), second, strange, unfiled, stranger, backwards.line(), other_court, good.line()]
    file = write(tmp_path / "cases.jsonl", lines)
    file.write_bytes(file.read_bytes() + b"{\n" + "张三丰".encode() + b"\n")
    heads = await b._heads()

    report = await imported(b, file)

    found = {(fault.line, fault.field) for fault in report.faults}
    assert found >= {
        (2, "history.1.data.claim.amount_fen"), (2, "history.2.at"), (3, "colour"), (4, "history"),
        (5, "history.2.data.party_ids"), (6, "history.2.event"), (7, "case_id"), (8, "case_id"),
        (8, "history.case_no"), (9, "(whole)"), (10, "(whole)"),
    }, found  # fmt: skip
    assert {line for line, _ in found} == set(range(2, 11))
    assert not any(name in str(report.as_json()) for name in papers.PERSONAL)
    assert await b._heads() == heads


async def test_of_many_faults_a_hundred_are_told_and_all_are_counted(b: Bench, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("{}\n" * 250)
    report = await imported(b, file)
    assert (report.cases, len(report.faults)) == (250, 100)
    assert report.fault_count >= 250


# ---- once, and whole ------------------------------------------------------------------------------------------------


async def test_the_same_file_again_changes_nothing(b: Bench, tmp_path: Path) -> None:
    file = one_file(tmp_path, *(whole_case(number) for number in range(1, 6)))
    await imported(b, file)
    heads = await b._heads()
    report = await imported(b, file)
    assert (report.imported, report.skipped, report.fault_count) == (0, 5, 0)
    assert await b._heads() == heads


async def test_an_import_that_was_cut_off_goes_on_where_it_was(b: Bench, tmp_path: Path) -> None:
    """Given some parts of a case in their services and others not, when the file comes again, then the case is whole,
    and nothing of it is there twice."""
    case = whole_case()
    file = one_file(tmp_path, case)
    for service in ("triage", "asset-control"):
        await b.post(service, "/histories", part(b, file, service), who="director")
    await b.settle()
    assert (await b.call("GET", "intake", f"/cases/{case.case_id}", who="director")).status_code == 404
    assert not any(node["met"] for node in (await b.get("supervision", "/summary", who="director"))["nodes"])

    report = await imported(b, file)

    assert (report.imported, report.fault_count) == (1, 0), report.faults
    found = [name for service in b.running for name in await b.names(service, case.subject)]
    assert sorted(found) == sorted(past["event"] for past in case.history)


async def test_a_case_that_came_in_part_and_was_changed_since_is_told(b: Bench, tmp_path: Path) -> None:
    case = whole_case()
    await b.post("triage", "/histories", part(b, one_file(tmp_path, case), "triage"), who="director")
    report = await imported(b, one_file(tmp_path, case.filed_for(1)))
    assert (report.imported, [fault.line for fault in report.faults]) == (0, [1])


async def test_a_number_that_another_case_has_is_not_given_again(b: Bench, tmp_path: Path) -> None:
    await papers.file_case(b)
    taken = OldCase(1, START - DAY).filed(day=0.5)
    report = await imported(b, one_file(tmp_path, taken))
    assert report.imported == 0
    assert "another case" in report.faults[0].reason


async def test_of_cases_that_are_sent_together_only_the_refused_stays_out(b: Bench, tmp_path: Path) -> None:
    filed = await papers.file_case(b)
    assert filed.case_no == OldCase(1, START).case_no
    cases = [OldCase(number, START - DAY).filed(day=0.5) for number in (3, 1, 2)]
    report = await imported(b, one_file(tmp_path, *cases))
    assert (report.imported, [fault.line for fault in report.faults]) == (2, [2])
    assert [len(await b.names("intake", case.subject)) for case in cases] == [2, 0, 2]


async def test_only_the_director_or_the_chief_brings_cases_in(b: Bench, tmp_path: Path) -> None:
    file = one_file(tmp_path, whole_case())
    for service in ("intake", "triage", "asset-control", "funds"):
        await b.refused(403, service, "/histories", part(b, file, service), who="clerk")


# ---- a whole court --------------------------------------------------------------------------------------------------


def caseload(count: int) -> list[OldCase]:
    """Every third is not assigned yet, every fifth has a freeze."""
    cases = [OldCase(number, APPLIED - (number % 90) * DAY).filed() for number in range(1, count + 1)]
    for case in cases:
        if case.number % 5 == 0:
            case.enquired().frozen()
        if case.number % 3:
            case.assigned()
    return cases


async def test_a_court_starts_with_five_thousand_cases(b: Bench, tmp_path: Path) -> None:
    cases = caseload(5_000)
    file = one_file(tmp_path, *cases)

    report = await imported(b, file)

    assert (report.imported, report.fault_count) == (5_000, 0), report.faults
    summary = await b.get("supervision", "/summary", who="director")
    waiting = [case for case in cases if case.number % 3 == 0]
    [node] = [node for node in summary["nodes"] if node["rule"] == "yiyang.first_assignment"]
    assert (node["breached"], node["met"]) == (len(waiting), 5_000 - len(waiting))
    for case in cases[:: 5_000 // 8]:
        found = await clock(b, case, "yiyang.first_assignment")
        filed = case.applied + 2 * DAY
        assert datetime.fromisoformat(found["start"]) == filed
        assert found["state"] == ("met" if case.number % 3 else "breached")
    again = await imported(b, file)
    assert (again.imported, again.skipped) == (0, 5_000)
