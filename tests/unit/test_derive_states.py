"""The state of an occurrence and the record of its breach, known now and known then (pack language 4.4 to 4.6)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.breach import Parked, State
from rules.calendar import without_days_off
from rules.reference import Reference
from rules.rulebook import Rulebook
from tests.unit.clocks import amended, at, clock, clocks, derived, fact, only, pack, rules, spells, void

pytestmark = pytest.mark.fast

PLAIN = rules(clock(void_by={"event": "Closed"}))
STOPPED = rules(clock(suspended_by=["ruling"], extension={"act": "extend"}))
BEGUN = fact("Begun", "2026-03-02T10:00", id="begun")  # 7 days: due with the end of Monday 9 March


def suspended(since: str, until: str | None = None, recorded: str | None = None, **data) -> list:
    data = {"suspension_id": f"s-{since}", "cause": "ruling", "clocks": []} | data
    ends = [fact("TermResumed", until, **data)] if until else []
    return [fact("TermSuspended", since, recorded, **data), *ends]


def extended(asked_on: str, recorded: str | None = None, amount: int = 5, unit: str = "days", **data):
    data = {"clock": "t.c", "occurrence": "", "unit": unit, "amount": amount, "asked_on": at(asked_on)} | data
    return fact("TermExtended", recorded or asked_on, **data)


# ---- the table, from above -----------------------------------------------------------------------------------------


def test_running_then_breached_from_the_due_instant_on():
    assert only(PLAIN, [BEGUN], "2026-03-09T23:59").state is State.RUNNING
    found = only(PLAIN, [BEGUN], "2026-03-10")
    assert (found.state, found.due, found.due_shown) == (State.BREACHED, at("2026-03-10"), at("2026-03-09T23:59:59"))


@pytest.mark.parametrize(
    ("when", "state"), [("2026-03-09T23:59:59", "met"), ("2026-03-10", "met_late"), ("2026-03-12T09:00", "met_late")]
)
def test_late_is_at_the_due_instant_or_after_it(when, state):
    found = only(PLAIN, [BEGUN, fact("Done", when)], "2026-03-20")
    assert (found.state.value, found.standing) == (state, "clean" if state == "met" else "standing")


@pytest.mark.parametrize(("when", "state"), [("2026-03-05", "void"), ("2026-03-12", "breached_closed")])
def test_a_void_closes_in_time_or_late(when, state):
    assert only(PLAIN, [BEGUN, fact("Closed", when)], "2026-03-20").state.value == state


def test_at_one_instant_a_stop_counts_before_a_void():
    facts = [BEGUN, fact("Closed", "2026-03-05"), fact("Done", "2026-03-05")]
    assert only(PLAIN, facts, "2026-03-20").state is State.MET


def test_what_comes_after_the_closing_is_ignored():
    facts = [BEGUN, fact("Closed", "2026-03-05"), fact("Done", "2026-03-12")]
    assert only(PLAIN, facts, "2026-03-20").state is State.VOID


def test_a_segment_superseded_after_its_due_day_is_a_closed_breach():
    book = rules(clock(of="last"))
    facts = [fact("Begun", "2026-03-02", id="a"), fact("Begun", "2026-03-12", id="b")]
    assert clocks(book, facts, "2026-03-13")["@a"].state is State.BREACHED_CLOSED


def test_pending_until_the_end_of_the_delay():
    book = rules(clock(delay={"days": 3}))
    assert only(book, [BEGUN], "2026-03-05T23:59").state is State.PENDING
    found = only(book, [BEGUN], "2026-03-06")
    assert (found.state, found.due) == (State.RUNNING, at("2026-03-13"))


def test_overdue_time_counts_in_the_unit_of_the_term():
    assert only(PLAIN, [BEGUN], "2026-03-16").overdue == 7
    by_working_days = rules(clock(term={"working_days": 5}))
    found = only(by_working_days, [BEGUN], "2026-03-16")
    assert (found.overdue, found.unit) == (5, "working_days")
    hours = only(rules(clock(term={"hours": 24}, roll="none")), [BEGUN], "2026-03-03T12:30")
    assert (hours.overdue, hours.unit) == (3, "hours")


def test_overdue_time_ends_where_the_breach_does():
    assert only(PLAIN, [BEGUN, fact("Done", "2026-03-12T09:00")], "2026-03-20").overdue == 3


# ---- terms of hours ------------------------------------------------------------------------------------------------

HOURS = rules(clock(term={"hours": 24}, roll="none"))


def test_of_hour_terms_an_event_of_a_known_day_starts_at_its_beginning_and_stops_at_its_end():
    begun = fact("Begun", "2026-03-02", day=True)
    assert only(HOURS, [begun], "2026-03-02T12:00").due == at("2026-03-03")
    facts = [fact("Begun", "2026-03-02T10:00"), fact("Done", "2026-03-03", day=True)]
    assert only(HOURS, facts, "2026-03-05").state is State.MET_LATE
    same = [fact("Begun", "2026-03-02T10:00"), fact("Done", "2026-03-02", day=True)]
    found = only(HOURS, same, "2026-03-05")
    assert (found.state, found.closed) == (State.MET, at("2026-03-03"))


def test_of_hour_terms_the_least_stop_is_the_least_as_read():
    known_to_the_minute = fact("Done", "2026-03-03T09:00", id="minute")
    facts = [fact("Begun", "2026-03-02T10:00"), fact("Done", "2026-03-03", day=True), known_to_the_minute]
    assert only(HOURS, facts, "2026-03-05").closed_fact == "minute"


def test_a_day_term_takes_a_stop_of_a_known_day_as_of_its_beginning():
    assert only(PLAIN, [BEGUN, fact("Done", "2026-03-09", day=True)], "2026-03-20").state is State.MET


# ---- suspensions ---------------------------------------------------------------------------------------------------


def test_suspended_while_a_listed_cause_lasts_and_not_due():
    found = only(STOPPED, [BEGUN, *suspended("2026-03-04T09:00")], "2026-03-20")
    assert (found.state, found.due, found.next_change) == (State.SUSPENDED, None, None)


@pytest.mark.parametrize("named", [{"cause": "settlement"}, {"clocks": ["t.other"]}])
def test_another_cause_or_another_clock_does_not_stop_it(named):
    assert only(STOPPED, [BEGUN, *suspended("2026-03-04", **named)], "2026-03-20").state is State.BREACHED


def test_a_suspension_that_names_the_clock_stops_it():
    assert only(STOPPED, [BEGUN, *suspended("2026-03-04", clocks=["t.c"])], "2026-03-20").state is State.SUSPENDED


def test_a_suspension_after_the_term_ran_out_changes_nothing():
    assert only(STOPPED, [BEGUN, *suspended("2026-03-10")], "2026-03-20").due == at("2026-03-10")


def test_a_resumed_term_runs_on():
    found = only(STOPPED, [BEGUN, *suspended("2026-03-04T09:00", "2026-03-10T16:00")], "2026-03-12")
    assert (found.state, found.due) == (State.RUNNING, at("2026-03-17"))


def test_by_local_days_the_day_of_resuming_is_counted_again():
    facts = [BEGUN, *suspended("2026-03-04T09:00", "2026-03-10T16:00")]
    assert only(STOPPED, facts, "2026-03-10T17:00").state is State.RUNNING


def test_of_one_id_used_twice_the_least_start_and_the_least_end_count():
    twice = [
        *suspended("2026-03-04", "2026-03-05", suspension_id="s"),
        *suspended("2026-03-06", "2026-03-08", suspension_id="s"),
    ]
    assert only(STOPPED, [BEGUN, *twice], "2026-03-20").due == at("2026-03-11")


def test_the_end_is_not_seen_before_it_happens():
    facts = [BEGUN, *suspended("2026-03-04", "2026-03-06")]
    assert only(STOPPED, facts, "2026-03-05").state is State.SUSPENDED


def test_of_hour_terms_time_stands_still_from_instant_to_instant():
    book = rules(clock(term={"hours": 24}, roll="none", suspended_by=["ruling"]))
    facts = [fact("Begun", "2026-03-02T10:00"), *suspended("2026-03-02T12:00", "2026-03-02T18:30")]
    assert only(book, facts, "2026-03-02T11:59").state is State.RUNNING
    assert only(book, facts, "2026-03-02T12:00").state is State.SUSPENDED
    assert only(book, facts, "2026-03-02T18:30").state is State.RUNNING
    assert only(book, facts, "2026-03-04").due == at("2026-03-03T16:30")


def test_same_day_and_until_know_no_suspension_and_never_show_one():
    for term in ("same_day", {"until": "due_on"}):
        book = rules(clock(term=term, suspended_by=["ruling"]))
        begun = fact("Begun", "2026-03-02T10:00", due_on="2026-03-02")
        found = only(book, [begun, *suspended("2026-03-02T11:00")], "2026-03-02T12:00")
        assert (found.state, found.due) == (State.RUNNING, at("2026-03-03"))


# ---- extensions ----------------------------------------------------------------------------------------------------


def test_an_extension_for_this_clock_and_occurrence_moves_the_due_day():
    found = only(STOPPED, [BEGUN, extended("2026-03-05")], "2026-03-11")
    assert (found.state, found.due) == (State.RUNNING, at("2026-03-17"))


@pytest.mark.parametrize("of", [{"clock": "t.other"}, {"occurrence": "x"}])
def test_an_extension_of_another_clock_or_occurrence_does_not(of):
    assert only(STOPPED, [BEGUN, extended("2026-03-05", **of)], "2026-03-11").state is State.BREACHED


def test_a_late_extension_stays_on_record_without_effect():
    found = derived(STOPPED, [BEGUN, extended("2026-03-10")], "2026-03-11")
    assert found.clocks[0].state is State.BREACHED
    assert [(each.kind, each.reason) for each in found.findings] == [("extension", "late")]


def test_a_late_arriving_suspension_keeps_an_extension_alive():
    late = suspended("2026-03-03", "2026-03-07", recorded="2026-03-13")
    facts = [BEGUN, extended("2026-03-12"), *late]
    assert only(STOPPED, facts, "2026-03-14", known_at="2026-03-12T12:00").state is State.BREACHED
    found = only(STOPPED, facts, "2026-03-14")
    assert (found.state, found.due) == (State.RUNNING, at("2026-03-19"))


def test_extensions_are_judged_in_the_order_of_events_however_they_arrive():
    one, two = extended("2026-03-09T10:00"), extended("2026-03-12T10:00")
    for facts in ([BEGUN, one, two], [two, one, BEGUN]):
        assert only(STOPPED, facts, "2026-03-13").due == at("2026-03-20")


def test_an_extension_recorded_late_cures_but_does_not_clean():
    late = extended("2026-03-09T10:00", "2026-03-12T10:00")
    found = only(STOPPED, [BEGUN, late], "2026-03-13")
    assert (found.state, found.standing) == (State.RUNNING, "cured")
    assert spells(found) == [("03-10T00:00", "03-12T10:00")]


# ---- the record ----------------------------------------------------------------------------------------------------


def test_met_in_time_is_clean():
    found = only(PLAIN, [BEGUN, fact("Done", "2026-03-05")], "2026-03-20")
    assert (found.standing, found.record) == ("clean", ())


def test_late_and_known_to_be_is_standing():
    found = only(PLAIN, [BEGUN], "2026-03-20")
    assert (found.standing, found.state_then) == ("standing", State.BREACHED)
    assert spells(found) == [("03-10T00:00", None)]


def test_a_stop_entered_late_cures():
    facts = [BEGUN, fact("Done", "2026-03-05", "2026-03-12T10:00")]
    found = only(PLAIN, facts, "2026-03-20")
    assert (found.state, found.standing, spells(found)) == (State.MET, "cured", [("03-10T00:00", "03-12T10:00")])


def test_then_is_what_was_known_at_the_moment_itself():
    facts = [BEGUN, fact("Done", "2026-03-05", "2026-03-12T10:00")]
    found = only(PLAIN, facts, "2026-03-11")
    assert (found.state, found.state_then) == (State.MET, State.BREACHED)
    assert spells(found) == [("03-10T00:00", "03-12T10:00")]


def test_what_was_not_known_yet_has_no_state_then():
    late = fact("Begun", "2026-03-02", "2026-03-15")
    found = only(PLAIN, [late], "2026-03-12")
    assert (found.state, found.state_then, spells(found)) == (State.BREACHED, None, [("03-15T00:00", None)])


def test_a_breach_of_which_the_start_is_entered_late_is_known_from_then():
    found = only(PLAIN, [fact("Begun", "2026-03-02", "2026-03-15")], "2026-03-20")
    assert spells(found) == [("03-15T00:00", None)]


def test_a_corrected_stop_reopens_the_breach():
    stop = fact("Done", "2026-03-05")
    found = only(PLAIN, [BEGUN, stop, void(stop, "2026-03-15")], "2026-03-20")
    assert (found.state, spells(found)) == (State.BREACHED, [("03-15T00:00", None)])


def test_known_late_twice_with_a_gap_between():
    stop = fact("Done", "2026-03-05", "2026-03-12")
    found = only(PLAIN, [BEGUN, stop, void(stop, "2026-03-15")], "2026-03-20")
    assert spells(found) == [("03-10T00:00", "03-12T00:00"), ("03-15T00:00", None)]


def test_met_late_stays_standing_with_what_was_known_of_the_stop():
    found = only(PLAIN, [BEGUN, fact("Done", "2026-03-12", "2026-03-13")], "2026-03-20")
    assert spells(found) == [("03-10T00:00", "03-13T00:00"), ("03-13T00:00", None)]
    assert [each.stop for each in found.record] == [None, at("2026-03-12")]


def test_an_amended_time_moves_the_event_but_not_what_was_known():
    stop = fact("Done", "2026-03-12")
    found = only(PLAIN, [BEGUN, stop, amended(stop, "2026-03-14", time="2026-03-09")], "2026-03-20")
    assert (found.state, found.standing) == (State.MET, "cured")
    assert spells(found) == [("03-10T00:00", "03-12T00:00"), ("03-12T00:00", "03-14T00:00")]


def test_of_several_corrections_the_greatest_holds():
    stop = fact("Done", "2026-03-05")
    facts = [BEGUN, stop, void(stop, "2026-03-12"), amended(stop, "2026-03-13")]
    found = only(PLAIN, facts, "2026-03-20")
    assert (found.state, spells(found)) == (State.MET, [("03-12T00:00", "03-13T00:00")])


def test_corrections_follow_each_other_as_recorded_then_by_where_they_stand():
    stop = fact("Done", "2026-03-05", id="stop")
    voided, restored = void(stop, "2026-03-12"), amended(stop, "2026-03-12")
    for first, second, state in ((voided, restored, State.MET), (restored, voided, State.BREACHED)):
        facts = [BEGUN, stop, replace(second, position=900), replace(first, position=800)]
        assert only(PLAIN, facts, "2026-03-20").state is state
    earlier = replace(amended(stop, "2026-03-11"), position=900)
    assert only(PLAIN, [BEGUN, stop, earlier, replace(voided, position=800)], "2026-03-20").state is State.BREACHED


def test_a_correction_may_leave_of_an_event_only_its_day():
    stop = fact("Done", "2026-03-03T09:00", id="stop")
    only_the_day = fact(
        "FactCorrected", "2026-03-04", corrects="stop", how="amend", data={}, reason="x",
        time=at("2026-03-03").isoformat(), timeprecision="day",
    )  # fmt: skip
    facts = [fact("Begun", "2026-03-02T10:00"), stop, only_the_day]
    assert only(HOURS, facts, "2026-03-05", known_at="2026-03-03T12:00").state is State.MET
    assert only(HOURS, facts, "2026-03-05").state is State.MET_LATE


def test_an_occurrence_whose_start_is_void_is_withdrawn_and_its_record_stays():
    found = only(PLAIN, [BEGUN, void(BEGUN, "2026-03-15")], "2026-03-20")
    assert (found.state, found.standing, spells(found)) == (State.WITHDRAWN, "cured", [("03-10T00:00", "03-15T00:00")])
    assert only(PLAIN, [BEGUN, void(BEGUN, "2026-03-15")], "2026-03-20", known_at="2026-03-14").state is State.BREACHED


def test_nothing_recorded_later_empties_a_record():
    facts = [BEGUN]
    done, closed = fact("Done", "2026-03-03", "2026-03-11"), fact("Closed", "2026-03-02T10:00", "2026-03-13")
    for later in (done, void(BEGUN, "2026-03-12"), closed):
        facts.append(later)
        assert spells(only(PLAIN, facts, "2026-03-20"))[0] == ("03-10T00:00", "03-11T00:00")


def test_an_import_of_the_whole_history_is_known_from_its_recording():
    facts = [fact("Begun", "2026-03-02", "2026-03-15"), fact("Done", "2026-03-05", "2026-03-15")]
    assert only(PLAIN, facts, "2026-03-20").standing == "clean"


def test_what_becomes_known_without_an_effect_does_not_cut_the_record():
    found = only(STOPPED, [BEGUN, extended("2026-03-12")], "2026-03-20")
    assert spells(found) == [("03-10T00:00", None)]


def test_a_term_that_ends_while_it_is_pending_is_late_from_the_end_of_the_delay_on():
    book = rules(clock(delay={"days": 20}, term={"until": "due_on"}))
    begun = fact("Begun", "2026-03-02", due_on="2026-03-06")
    pending = only(book, [begun], "2026-03-20")
    assert (pending.state, pending.record) == (State.PENDING, ())
    found = only(book, [begun], "2026-03-30")
    assert (found.state, spells(found)) == (State.BREACHED, [("03-23T00:00", None)])


# ---- uncertainty ---------------------------------------------------------------------------------------------------


def test_a_parked_event_makes_the_subject_uncertain_above_all():
    parked = [Parked(at("2026-03-11"), at("2026-03-12"))]
    found = only(PLAIN, [BEGUN], "2026-03-20", uncertain=parked)
    assert (found.state, spells(found)) == (State.UNCERTAIN, [("03-10T00:00", "03-12T00:00")])
    for known_at in (None, "2026-03-20"):  # what had not happened by then makes nothing uncertain
        found = only(PLAIN, [BEGUN], "2026-03-10T12:00", known_at, uncertain=parked)
        assert (found.state, spells(found)) == (State.BREACHED, [("03-10T00:00", None)])


def test_a_spell_of_uncertainty_is_a_gap():
    parked = [Parked(at("2026-03-11"), at("2026-03-12"), until=at("2026-03-14"))]
    found = only(PLAIN, [BEGUN], "2026-03-20", uncertain=parked)
    assert (found.state, spells(found)) == (State.BREACHED, [("03-10T00:00", "03-12T00:00"), ("03-14T00:00", None)])


def test_until_a_day_that_cannot_be_read_is_uncertain():
    book = rules(clock(term={"until": "due_on"}))
    assert only(book, [fact("Begun", "2026-03-02", due_on="soon")], "2026-03-20").state is State.UNCERTAIN
    assert only(book, [fact("Begun", "2026-03-02")], "2026-03-20").due is None
    assert only(book, [fact("Begun", "2026-03-02", due_on="2026-03-06")], "2026-03-20").due == at("2026-03-07")


# ---- versions of rules and calendars -------------------------------------------------------------------------------


def published(recorded: str, version: str, since: str, what: str = "pack", name: str = "t"):
    return fact(
        "PolicyPublished", recorded, what=what, name=name, version=version, effective_from=since, provisional=False
    )


TWO = Rulebook([pack(clock()), pack(clock(term={"days": 3}), version="2.0.0", since="2026-03-05")])


def test_a_term_begun_under_one_version_ends_under_it():
    found = only(TWO, [BEGUN], "2026-03-20")
    assert (found.due, found.pack_version) == (at("2026-03-10"), "1.0.0")
    later = only(TWO, [fact("Begun", "2026-03-05")], "2026-03-20")
    assert (later.due, later.pack_version) == (at("2026-03-10"), "2.0.0")


def test_a_version_that_switches_computes_again_from_the_change_on():
    switching = clock(term={"days": 1}, on_change="switch")
    book = Rulebook([pack(clock()), pack(switching, version="2.0.0", since="2026-03-05")])
    assert only(book, [BEGUN], "2026-03-04T23:59").due == at("2026-03-10")
    found = only(book, [BEGUN], "2026-03-06")
    assert (found.state, found.due, spells(found)) == (State.BREACHED, at("2026-03-04"), [("03-05T00:00", None)])


def test_before_the_first_version_takes_effect_nothing_starts():
    book = Rulebook([pack(clock(), since="2026-03-03")])
    assert clocks(book, [fact("Begun", "2026-03-02")], "2026-03-20") == {}


def test_a_version_published_later_changes_what_is_known_from_then():
    reference = Reference(
        [published("2026-01-01", "1.0.0", "2020-01-01"), published("2026-03-15", "2.0.0", "2026-03-01")]
    )
    book = Rulebook([pack(clock(term={"days": 30})), pack(clock(), version="2.0.0", since="2026-03-01")])
    found = only(book, [BEGUN], "2026-03-20", reference=reference)
    assert (found.due, found.pack_version, spells(found)) == (at("2026-03-10"), "2.0.0", [("03-15T00:00", None)])
    before = only(book, [BEGUN], "2026-03-20", known_at="2026-03-14", reference=reference)
    assert (before.state, before.pack_version) == (State.RUNNING, "1.0.0")


def test_a_version_that_is_not_loaded_is_an_error():
    reference = Reference([published("2026-01-01", "9.0.0", "2020-01-01")])
    with pytest.raises(ValueError, match=r"t 9\.0\.0 is in force but not loaded"):
        only(PLAIN, [BEGUN], "2026-03-20", reference=reference)


def test_a_calendar_published_later_cures():
    begun = fact("Begun", "2026-02-10", id="begun")  # 7 days: 17 February, in Spring Festival
    reference = Reference(
        [
            published("2026-01-01", "2025.1", "2025-01-01", "calendar", "cn"),
            published("2026-02-20", "2026.1", "2026-01-01", "calendar", "cn"),
        ]
    )
    found = only(PLAIN, [begun], "2026-02-21", reference=reference)
    assert (found.state, found.calendar_version, found.provisional) == (State.RUNNING, "cn@2026.1", False)
    assert spells(found) == [("02-18T00:00", "02-20T00:00")]
    assert found.record[0].calendar_version == "cn@2025.1"


def test_without_publications_the_calendar_is_known_as_the_notices_were():
    begun = fact("Begun", "2025-10-30")
    assert only(rules(clock(term={"months": 4})), [begun], "2025-11-01").provisional
    assert not only(rules(clock(term={"months": 4})), [begun], "2025-11-05").provisional


# ---- what comes by itself ------------------------------------------------------------------------------------------


def test_the_next_change_without_any_event():
    laddered = rules(
        clock(
            delay={"days": 2},
            warn=[{"before": {"days": 2}, "to": ["judge"]}],
            past=[{"after": {"days": 3}, "to": ["chief"]}],
        )
    )
    changes, now = [], "2026-03-02T12:00"
    while (found := only(laddered, [BEGUN], now)).next_change:
        changes.append(found.next_change)
        now = (found.next_change + timedelta(hours=8)).replace(tzinfo=None).isoformat()
    assert changes == [at("2026-03-05"), at("2026-03-09"), at("2026-03-12"), at("2026-03-14")]


def test_while_it_is_pending_no_rung_is_waited_for():
    book = rules(clock(delay={"days": 9}, term={"days": 2}, warn=[{"before": {"days": 7}, "to": ["judge"]}]))
    found = only(book, [BEGUN], "2026-03-02T12:00")
    assert found.rungs[0].at < found.next_change == at("2026-03-12")


def test_rungs_count_back_from_the_last_day_and_on_from_it():
    warn = [{"before": length, "to": ["judge"]} for length in ({"days": 5}, {"working_days": 2})]
    book = rules(clock(warn=warn, past=[{"after": "same_day", "to": ["chief"]}]))
    found = only(book, [BEGUN], "2026-03-03")
    assert [(each.kind, each.n, each.at) for each in found.rungs] == [
        ("warn", 1, at("2026-03-04")),
        ("warn", 2, at("2026-03-05")),
        ("past", 1, at("2026-03-10")),
    ]


def test_rungs_in_hours_count_from_the_due_instant():
    book = rules(
        clock(
            term={"hours": 24}, roll="none", warn=[{"before": {"hours": 5}, "to": ["judge"]}],
            past=[{"after": {"hours": 3}, "to": ["chief"]}],
        )
    )  # fmt: skip
    found = only(book, [fact("Begun", "2026-03-02T10:00")], "2026-03-02T12:00")
    assert [each.at for each in found.rungs] == [at("2026-03-03T05:00"), at("2026-03-03T13:00")]
    assert only(book, [fact("Begun", "2026-03-02T10:00"), fact("Done", "2026-03-02T11:00")], "2026-03-04").rungs == ()


def test_no_rung_while_suspended():
    book = rules(clock(warn=[{"before": {"days": 5}, "to": ["judge"]}], suspended_by=["ruling"]))
    assert only(book, [BEGUN, *suspended("2026-03-03")], "2026-03-04").rungs == ()


def test_the_trace_says_why_each_day_was_not_counted():
    book = rules(clock(suspended_by=["ruling"], term={"days": 5}))
    facts = [fact("Begun", "2026-02-10", id="b"), *suspended("2026-02-12", "2026-02-13")]
    found = only(book, facts, "2026-02-14", trace=True)
    assert found.due == at("2026-02-25")
    assert [(step.kind, step.note) for step in found.trace[:3]] == [
        ("start", "b"),
        ("suspended", ""),
        ("rolled", "春节"),
    ]
    assert sum(step.kind == "rolled" for step in found.trace) == 8
    assert only(book, facts, "2026-02-14").trace == ()


def test_a_calendar_without_days_off_rolls_nothing_in_its_own_zone():
    reference = Reference(calendar=without_days_off(ZoneInfo("Europe/Rome")))
    found = only(rules(clock(term={"days": 5})), [BEGUN], "2026-03-20", reference=reference)
    assert found.due == datetime(2026, 3, 8, tzinfo=ZoneInfo("Europe/Rome"))
