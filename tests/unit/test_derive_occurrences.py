"""Which occurrences there are, and what ends them (pack language 4.3)."""

import pytest

from rules.breach import State
from rules.derived import Derived
from rules.rulebook import Rulebook
from tests.unit.clocks import amended, at, clock, clocks, derived, fact, only, pack, rules, void

pytestmark = pytest.mark.fast

PLAIN = rules(clock())
KEYED = {"key": "id_", "of": "each"}


def states(book, facts, as_of="2026-03-20", **more) -> dict[str, str]:
    return {text: each.state.value for text, each in clocks(book, facts, as_of, **more).items()}


def test_nothing_begun_nothing_shown():
    assert derived(PLAIN, [], "2026-03-20") == Derived()
    assert derived(PLAIN, [fact("Done", "2026-03-03")], "2026-03-20").clocks == ()


def test_what_happens_after_the_moment_asked_for_is_not_seen():
    assert derived(PLAIN, [fact("Begun", "2026-03-21")], "2026-03-20").clocks == ()


# ---- first, last, each ---------------------------------------------------------------------------------------------


def test_first_is_anchored_at_the_least_start():
    found = only(PLAIN, [fact("Begun", "2026-03-05"), fact("Begun", "2026-03-02")], "2026-03-20")
    assert (found.start, found.occurrence) == (at("2026-03-02"), "")


def test_first_by_time_then_by_recording():
    late, early = (
        fact("Begun", "2026-03-02", "2026-03-04", id="late"),
        fact("Begun", "2026-03-02", "2026-03-03", id="early"),
    )
    assert only(PLAIN, [late, early], "2026-03-20").start_fact == "early"


def test_each_has_an_occurrence_for_every_key_and_the_least_start_of_a_key_twice():
    book = rules(clock(**KEYED))
    facts = [
        fact("Begun", "2026-03-02", id_="a"),
        fact("Begun", "2026-03-04", id_="a"),
        fact("Begun", "2026-03-03", id_="b"),
    ]
    found = clocks(book, facts, "2026-03-20")
    assert {text: each.start for text, each in found.items()} == {"a": at("2026-03-02"), "b": at("2026-03-03")}


def test_a_start_or_stop_without_its_key_makes_and_stops_none():
    facts = [fact("Begun", "2026-03-02"), fact("Begun", "2026-03-02", id_="a"), fact("Done", "2026-03-03")]
    assert states(rules(clock(**KEYED)), facts) == {"a": "breached"}


def test_last_makes_every_start_a_segment_named_by_its_event():
    facts = [fact("Begun", "2026-03-02", id="s1"), fact("Begun", "2026-03-04", id="s2"), fact("Done", "2026-03-05")]
    assert states(rules(clock(of="last")), facts) == {"@s1": "superseded", "@s2": "met"}


def test_a_stop_in_an_earlier_segment_does_not_meet_the_next():
    facts = [fact("Begun", "2026-03-02", id="s1"), fact("Done", "2026-03-03"), fact("Begun", "2026-03-04", id="s2")]
    assert states(rules(clock(of="last")), facts) == {"@s1": "met", "@s2": "breached"}


def test_a_renewal_stops_the_old_segment_and_starts_the_next():
    book = rules(
        clock(of="last", key="id_", start=[{"event": "Begun"}, {"event": "Renewed"}], stop={"event": "Renewed"})
    )
    facts = [fact("Begun", "2026-03-02", id="s1", id_="a"), fact("Renewed", "2026-03-04", id="s2", id_="a")]
    assert states(book, facts, "2026-03-05") == {"a@s1": "met", "a@s2": "running"}


def test_a_late_entered_start_splits_a_segment():
    book = rules(clock(of="last"))
    facts = [
        fact("Begun", "2026-03-02", id="s1"),
        fact("Done", "2026-03-06"),
        fact("Begun", "2026-03-04", "2026-03-08", id="s2"),
    ]
    assert states(book, facts, known_at="2026-03-07") == {"@s1": "met"}
    assert states(book, facts) == {"@s1": "superseded", "@s2": "met"}


def test_a_start_never_stops_its_own_occurrence():
    book = rules(clock(start={"event": "Begun"}, stop={"event": "Begun"}))
    begun = fact("Begun", "2026-03-02")
    assert only(book, [begun], "2026-03-03").state is State.RUNNING
    assert only(book, [begun, fact("Begun", "2026-03-03")], "2026-03-03").state is State.MET


# ---- stops and voids -----------------------------------------------------------------------------------------------


def test_done_before_the_term_began_is_met():
    facts = [fact("Done", "2026-03-01"), fact("Begun", "2026-03-02")]
    assert only(PLAIN, facts, "2026-03-20").state is State.MET


def test_early_stops_may_be_ignored_but_those_of_the_same_instant_count():
    book = rules(clock(early="ignored"))
    assert only(book, [fact("Done", "2026-03-01"), fact("Begun", "2026-03-02")], "2026-03-20").state is State.BREACHED
    same_day = [fact("Done", "2026-03-02", day=True), fact("Begun", "2026-03-02", day=True)]
    assert only(book, same_day, "2026-03-20").state is State.MET


def test_a_void_counts_from_the_anchor_on():
    book = rules(clock(void_by={"event": "Closed"}))
    begun = fact("Begun", "2026-03-02")
    assert only(book, [begun, fact("Closed", "2026-03-01")], "2026-03-05").state is State.RUNNING
    assert only(book, [begun, fact("Closed", "2026-03-02")], "2026-03-05").state is State.VOID


def test_an_event_of_the_anchors_day_of_which_only_the_day_is_known_counts_from_the_anchor_on():
    begun = fact("Begun", "2026-03-02T10:00")
    closing, ignoring = rules(clock(void_by={"event": "Closed"})), rules(clock(early="ignored"))
    for day, state in (("2026-03-02", State.VOID), ("2026-03-01", State.RUNNING)):
        assert only(closing, [begun, fact("Closed", day, day=True)], "2026-03-05").state is state
    for day, state in (("2026-03-02", State.MET), ("2026-03-01", State.RUNNING)):
        assert only(ignoring, [begun, fact("Done", day, day=True)], "2026-03-05").state is state
    assert only(closing, [begun, fact("Closed", "2026-03-02T09:59")], "2026-03-05").state is State.RUNNING


def test_the_least_stop_closes_and_later_ones_do_not_matter():
    facts = [fact("Begun", "2026-03-02"), fact("Done", "2026-03-15"), fact("Done", "2026-03-05", id="first")]
    found = only(PLAIN, facts, "2026-03-20")
    assert (found.state, found.closed_fact) == (State.MET, "first")


def test_the_void_of_the_first_stop_uncovers_the_later_one():
    stop = fact("Done", "2026-03-05")
    facts = [fact("Begun", "2026-03-02"), stop, fact("Done", "2026-03-08", id="second"), void(stop, "2026-03-09")]
    found = only(PLAIN, facts, "2026-03-20")
    assert (found.state, found.closed_fact) == (State.MET, "second")


def test_a_list_valued_stop_field_stops_every_key_in_it():
    book = rules(clock(of="each", key={"start": "payment_id", "stop": "settled"}))
    facts = [
        *(fact("Begun", "2026-03-02", payment_id=id) for id in "abc"),
        fact("Done", "2026-03-03", settled=["a", "b"]),
    ]
    assert states(book, facts, "2026-03-05") == {"a": "met", "b": "met", "c": "running"}


def test_of_a_reference_only_the_id_counts():
    book = rules(clock(of="each", key={"start": "lot_id", "stop": "about"}))
    facts = [fact("Begun", "2026-03-02", lot_id="l1"), fact("Done", "2026-03-03", about="lot:l1")]
    assert states(book, facts) == {"l1": "met"}


def test_a_key_in_a_matcher_stands_for_the_clocks_own_and_case_means_all():
    ends = [{"event": "Closed", "key": "case"}, {"event": "Removed", "key": "party"}]
    book = rules(clock(void_by=ends, **KEYED))
    begun = [fact("Begun", "2026-03-02", id_=id) for id in "ab"]
    removed = [*begun, fact("Removed", "2026-03-03", party="a")]
    assert states(book, removed, "2026-03-05") == {"a": "void", "b": "running"}
    assert states(book, [*begun, fact("Closed", "2026-03-03")], "2026-03-05") == {"a": "void", "b": "void"}


def test_several_key_fields_are_joined():
    book = rules(clock(of="each", key=["a", "b"]))
    assert states(book, [fact("Begun", "2026-03-02", a="x", b="y")], "2026-03-05") == {"x/y": "running"}


# ---- all_of --------------------------------------------------------------------------------------------------------

BOTH = {"all_of": [{"event": "Done"}, {"event": "Signed"}]}


def test_all_of_is_met_by_the_latest_of_the_least():
    facts = [
        fact("Begun", "2026-03-02"),
        *(fact("Done", f"2026-03-0{n}") for n in (3, 5)),
        fact("Signed", "2026-03-04", id="x"),
    ]
    found = only(rules(clock(stop=BOTH)), facts, "2026-03-20")
    assert (found.state, found.closed_fact) == (State.MET, "x")


def test_all_of_is_not_met_by_one_of_them():
    facts = [fact("Begun", "2026-03-02"), fact("Done", "2026-03-03")]
    assert only(rules(clock(stop=BOTH)), facts, "2026-03-05").state is State.RUNNING


def test_all_of_in_start_begins_when_all_are_there():
    book = rules(clock(start={"all_of": [{"event": "Sold"}, {"event": "Taxed"}]}, key="lot", of="each"))
    sold = [fact("Sold", "2026-03-05", lot="l"), fact("Sold", "2026-03-02", lot="l")]
    assert derived(book, sold, "2026-03-20").clocks == ()
    assert only(book, [*sold, fact("Taxed", "2026-03-03", lot="l")], "2026-03-20").start == at("2026-03-03")


def test_none_of_what_began_it_stops_it_and_what_cannot_be_told_of_one_of_them_makes_it_uncertain():
    begins = {"all_of": [{"event": "Begun", "if": '!("m" in case.marks)'}, {"event": "Signed"}]}
    book = rules(clock(start=begins, stop={"event": "Begun"}))
    facts = [fact("Begun", "2026-03-02"), fact("Signed", "2026-03-03")]
    assert only(book, facts, "2026-03-05").state is State.RUNNING
    assert only(book, [*facts, fact("Begun", "2026-03-04")], "2026-03-05").state is State.MET
    marks = fact("CaseNoted", "2026-03-01", marks={f"m{n}": True for n in range(201)})
    assert only(book, [marks, *facts], "2026-03-05").state is State.UNCERTAIN


# ---- each_of -------------------------------------------------------------------------------------------------------


def test_each_of_fans_out_over_a_list_of_the_event():
    book = rules(
        clock(
            each_of="assets", where='item.place != "outside"', key={"start": "item.id", "stop": "asset_id"}, of="each"
        )
    )
    assets = [{"id": "a", "place": "inside"}, {"id": "b", "place": "outside"}, {"id": "c", "place": "inside"}]
    facts = [fact("Begun", "2026-03-02", assets=assets), fact("Done", "2026-03-03", asset_id="c")]
    assert states(book, facts, "2026-03-05") == {"a": "running", "c": "met"}


def test_an_element_of_which_it_cannot_be_told_is_uncertain():
    book = rules(
        clock(each_of="assets", where='item.place == "inside"', key={"start": "item.id", "stop": "id_"}, of="each")
    )
    assert states(book, [fact("Begun", "2026-03-02", assets=[{"id": "a"}])], "2026-03-05") == {"a": "uncertain"}


def party(id: str, role: str = "debtor") -> dict:
    return {
        "party_id": id, "role": role, "kind": "person", "state_employee": False, "named_in_instrument": True,
        "area": "", "whereabouts": "known", "in_custody": "no", "address_confirmed": True,
        "phone": True, "represented": "none",
    }  # fmt: skip


def filed(time: str = "2026-03-02", recorded: str | None = None, *parties: dict, **changed):
    claim = {"money": True, "amount_fen": 100, "basis": "instrument", "acts": []}
    data = {
        "kind": "enforcement", "application_id": "a", "cause": "labour", "instrument": {"kind": "judgment"},
        "claim": claim, "parties": list(parties) or [party("d1")], "earlier_preservation": False,
        "marked_simple": False,
    }  # fmt: skip
    return fact("CaseFiled", time, recorded, **(data | changed))


def changed(time: str, added: str = "", removed: str = ""):
    joined = [party(id) for id in added.split()]
    return fact("PartiesChanged", time, id=f"change-{time}", added=joined, removed=removed.split())


OF_CASE_CLOCKS = [
    clock(
        of="each", each_of="case.debtors", key={"start": "item.id", "stop": "party_id"},
        void_by=[{"event": "Closed", "key": "case"}, {"event": "PartiesChanged", "key": "removed"}],
    )
]  # fmt: skip
OF_CASE = rules(*OF_CASE_CLOCKS)
OF_EVENT = rules(
    clock(
        start={"event": "CaseFiled"}, of="each", each_of="parties", where='item.role == "debtor"',
        key={"start": "item.party_id", "stop": "party_id"}, void_by={"event": "Closed", "key": "case"},
    )
)  # fmt: skip


def test_a_list_of_case_facts_is_read_as_it_stands_at_the_start_the_same_instant_included():
    facts = [filed("2026-03-02"), fact("Begun", "2026-03-03"), changed("2026-03-03", "d2", "d1")]
    assert states(OF_CASE, facts, "2026-03-05") == {"d2": "running"}


@pytest.mark.parametrize(("book", "begun"), [(OF_CASE, [fact("Begun", "2026-03-03")]), (OF_EVENT, [])])
def test_a_party_added_later_starts_an_occurrence_at_that_event(book, begun):
    found = clocks(book, [filed(), *begun, changed("2026-03-10", "d2")], "2026-03-12")
    assert found["d2"].start == at("2026-03-10")
    assert set(found) == {"d1", "d2"}


def test_an_added_party_that_does_not_pass_where_starts_none():
    third = fact("PartiesChanged", "2026-03-10", added=[party("c9", "creditor")], removed=[])
    assert set(clocks(OF_EVENT, [filed(), third], "2026-03-12")) == {"d1"}
    assert set(clocks(OF_CASE, [filed(), fact("Begun", "2026-03-03"), third], "2026-03-12")) == {"d1"}


def test_no_occurrence_for_a_party_added_before_the_clock_began_or_after_it_was_void():
    assert states(OF_CASE, [filed(), changed("2026-03-03", "d2")]) == {}
    facts = [filed(), fact("Begun", "2026-03-03"), fact("Closed", "2026-03-04"), changed("2026-03-05", "d2")]
    assert states(OF_CASE, facts) == {"d1": "void"}


def test_a_party_removed_and_added_again_starts_a_new_occurrence():
    facts = [filed(), fact("Begun", "2026-03-03"), fact("Done", "2026-03-04", party_id="d1")]
    again = [*facts, changed("2026-03-05", removed="d1"), changed("2026-03-06", "d1")]
    assert states(OF_CASE, again, "2026-03-07") == {"d1": "met", "d1@change-2026-03-06": "running"}
    met = [*again, fact("Done", "2026-03-07", party_id="d1")]
    assert states(OF_CASE, met, "2026-03-08") == {"d1": "met", "d1@change-2026-03-06": "met"}


def test_a_party_that_never_had_one_starts_its_first_occurrence_though_it_was_removed_before():
    facts = [filed(), fact("Begun", "2026-03-03"), changed("2026-03-04", removed="d2"), changed("2026-03-05", "d2")]
    assert set(clocks(OF_CASE, facts, "2026-03-07")) == {"d1", "d2"}


def test_a_party_added_again_under_two_versions_of_the_pack_starts_one_occurrence():
    two = Rulebook([pack(*OF_CASE_CLOCKS), pack(*OF_CASE_CLOCKS, version="2.0.0", since="2026-03-05")])
    facts = [filed(), fact("Begun", "2026-03-03"), changed("2026-03-05", removed="d1"), changed("2026-03-06", "d1")]
    found = clocks(two, facts, "2026-03-07")
    assert {text: each.pack_version for text, each in found.items()} == {"d1": "1.0.0", "d1@change-2026-03-06": "2.0.0"}


def test_plain_elements_are_keys_themselves_and_what_is_no_list_is_fanned_out_to_nobody():
    book = rules(clock(of="each", each_of="ids", key={"start": "item", "stop": "id_"}))
    facts = [fact("Begun", "2026-03-02", ids=["a", "b"]), fact("Done", "2026-03-03", id_="b")]
    assert states(book, facts, "2026-03-05") == {"a": "running", "b": "met"}
    assert states(book, [fact("Begun", "2026-03-02", ids="a")]) == {}


def test_a_party_added_twice_without_being_removed_starts_none_anew():
    facts = [filed(), fact("Begun", "2026-03-03"), changed("2026-03-05", "d1")]
    found = clocks(OF_CASE, facts, "2026-03-07")
    assert {text: each.start for text, each in found.items()} == {"d1": at("2026-03-03")}


# ---- conditions ----------------------------------------------------------------------------------------------------

IF_MONEY = rules(clock(start={"event": "Begun", "if": 'case.kind == "enforcement"'}))


def test_a_condition_reads_the_case_as_it_stood_at_the_start():
    assert states(IF_MONEY, [fact("Begun", "2026-03-01"), filed("2026-03-02")]) == {}
    assert states(IF_MONEY, [fact("Begun", "2026-03-02"), filed("2026-03-02")]) == {"": "breached"}


def test_a_fact_entered_late_makes_the_start_known_late():
    facts = [fact("Begun", "2026-03-03"), filed("2026-03-02", "2026-03-15")]
    found = only(IF_MONEY, facts, "2026-03-20")
    assert (found.state, found.record[0].since) == (State.BREACHED, at("2026-03-15"))
    assert states(IF_MONEY, facts, known_at="2026-03-14") == {}


def test_a_correction_of_what_the_condition_reads_withdraws_the_occurrence():
    case = filed("2026-03-02")
    facts = [case, fact("Begun", "2026-03-03"), amended(case, "2026-03-15", kind="objection")]
    assert states(IF_MONEY, facts) == {"": "withdrawn"}


def test_an_unknown_condition_makes_the_clock_uncertain():
    facts = [fact("CaseNoted", "2026-03-02", marks={f"m{n}": True for n in range(201)}), fact("Begun", "2026-03-03")]
    found = derived(rules(clock(start={"event": "Begun", "if": '"m" in case.marks'})), facts, "2026-03-20")
    assert [each.state for each in found.clocks] == [State.UNCERTAIN]
    assert [each.reason for each in found.findings] == ["condition"]
    assert found.clocks[0].record == ()


@pytest.mark.parametrize("part", ["stop", "void_by"])
def test_a_stop_or_void_of_which_it_cannot_be_told_makes_the_clock_uncertain_from_then(part):
    marks = fact("CaseNoted", "2026-03-02", marks={f"m{n}": True for n in range(201)})
    book = rules(clock(**{"void_by": {"event": "Closed"}, part: {"event": "Ended", "if": '"m" in case.marks'}}))
    facts = [marks, fact("Begun", "2026-03-03"), fact("Ended", "2026-03-05")]
    assert only(book, facts, "2026-03-04").state is State.RUNNING
    assert only(book, facts, "2026-03-06").state is State.UNCERTAIN


# ---- repeat --------------------------------------------------------------------------------------------------------


def test_a_repeating_clock_counts_every_cycle_from_the_anchor():
    book = rules(clock(repeat={"every": {"months": 6}, "times": 3, "field": "cycle"}))
    facts = [fact("Begun", "2025-08-31"), fact("Done", "2026-03-10", cycle=1), fact("Done", "2026-02-01", cycle=2)]
    found = clocks(book, facts, "2026-03-20")
    assert {text: each.state.value for text, each in found.items()} == {"#1": "met_late", "#2": "met", "#3": "running"}
    assert [each.due for each in found.values()] == [at("2026-03-01"), at("2026-09-01"), at("2027-03-02")]


def test_without_a_cycle_field_a_stop_counts_in_its_own_window_only():
    book = rules(clock(repeat={"every": {"days": 7}, "times": 3, "field": None}))
    facts = [
        fact("Begun", "2026-03-02"),
        fact("Done", "2026-03-01"),
        fact("Done", "2026-03-10"),
        fact("Done", "2026-03-12"),
    ]
    assert states(book, facts, "2026-03-25") == {"#1": "breached", "#2": "met", "#3": "breached"}
