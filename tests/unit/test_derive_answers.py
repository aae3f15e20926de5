"""Who answers for an occurrence, whose days its time fell on, and what a subject weighs (pack language 4.7, 3.5)."""

import pytest

from rules.answers import Answerer
from rules.reference import Reference
from tests.unit.clocks import at, clock, derived, fact, only, rules

pytestmark = pytest.mark.fast

AFFAIRS, FAST, SLOW = Answerer(team="affairs"), Answerer("judge", "fast", "m1"), Answerer("judge", "slow", "m2")
PLAIN = rules(clock())
BEGUN = fact("Begun", "2026-03-02T10:00")  # 7 days: due with the end of Monday 9 March


def accepted(time: str, team: str = "fast", member: str = "m1", recorded: str | None = None, **data):
    to = {"handover_id": "h1", "to_team": team, "to_post": "judge", "to_member": member}
    return fact("HandoverAccepted", time, recorded, **({"what": "case", "reason": "first_assignment"} | to | data))


def split(found) -> list[tuple[Answerer, int, int]]:
    return [tuple(each) for each in found.shares]


# ---- the holder ------------------------------------------------------------------------------------------------------


def test_before_the_first_acceptance_the_initial_holder_answers():
    assert only(PLAIN, [BEGUN], "2026-03-20").answers == AFFAIRS


def test_until_it_is_accepted_the_giver_holds():
    given = fact("HandedOver", "2026-03-04", handover_id="h1", what="case", to_team="fast", to_post="judge")
    assert only(PLAIN, [BEGUN, given], "2026-03-20").answers == AFFAIRS


def test_only_a_case_handed_over_changes_the_holder():
    assert only(PLAIN, [BEGUN, accepted("2026-03-04", what="file")], "2026-03-20").answers == AFFAIRS


def test_a_breach_is_laid_on_who_held_it_at_the_last_moment_before_it():
    assert only(PLAIN, [BEGUN, accepted("2026-03-09T23:59")], "2026-03-20").answers == FAST


def test_acceptance_at_the_due_instant_does_not_move_the_breach():
    assert only(PLAIN, [BEGUN, accepted("2026-03-10")], "2026-03-20").answers == AFFAIRS


def test_of_a_running_term_who_holds_it_now_answers():
    found = only(PLAIN, [BEGUN, accepted("2026-03-04"), accepted("2026-03-06", "slow", "m2")], "2026-03-05")
    assert found.answers == FAST
    assert only(PLAIN, [BEGUN, accepted("2026-03-04T10:00")], "2026-03-04T10:00").answers == FAST


def test_an_acceptance_not_known_yet_is_not_seen():
    late = accepted("2026-03-04", recorded="2026-03-15")
    assert only(PLAIN, [BEGUN, late], "2026-03-20", known_at="2026-03-14").answers == AFFAIRS
    assert only(PLAIN, [BEGUN, late], "2026-03-20").answers == FAST


# ---- shares ----------------------------------------------------------------------------------------------------------


def test_no_shares_before_it_is_late():
    assert only(PLAIN, [BEGUN, accepted("2026-03-04")], "2026-03-09").shares == ()


def test_a_day_belongs_to_who_holds_at_its_end():
    found = only(PLAIN, [BEGUN, accepted("2026-03-05T09:00")], "2026-03-11T09:00")
    assert split(found) == [(AFFAIRS, 2, 0), (FAST, 5, 2)]


def test_after_a_hand_over_the_receiver_has_only_the_overdue_days_from_then():
    found = only(PLAIN, [BEGUN, accepted("2026-03-11T09:00")], "2026-03-13T09:00")
    assert split(found) == [(AFFAIRS, 7, 1), (FAST, 0, 3)]


def test_two_acceptances_on_one_day_leave_it_to_the_last():
    facts = [BEGUN, accepted("2026-03-05T09:00"), accepted("2026-03-05T15:00", "slow", "m2")]
    assert split(only(PLAIN, facts, "2026-03-10T09:00")) == [(AFFAIRS, 2, 0), (SLOW, 5, 1)]


def test_overdue_days_end_with_the_stop():
    facts = [BEGUN, accepted("2026-03-11T09:00"), fact("Done", "2026-03-12T09:00")]
    assert split(only(PLAIN, facts, "2026-03-20")) == [(AFFAIRS, 7, 1), (FAST, 0, 2)]


def test_suspended_days_and_days_off_are_nobodys():
    book = rules(clock(term={"working_days": 5}, suspended_by=["ruling"]))
    stopped = {"suspension_id": "s", "cause": "ruling", "clocks": []}
    paused = [fact("TermSuspended", "2026-03-04", **stopped), fact("TermResumed", "2026-03-06", **stopped)]
    found = only(book, [BEGUN, *paused, accepted("2026-03-07")], "2026-03-17T09:00")
    assert found.due == at("2026-03-12")
    assert split(found) == [(AFFAIRS, 2, 0), (FAST, 3, 4)]


def test_of_hour_terms_seconds_are_shared():
    book = rules(clock(term={"hours": 24}, roll="none"))
    found = only(book, [fact("Begun", "2026-03-02T09:20"), accepted("2026-03-02T16:00")], "2026-03-03T10:30")
    assert split(found) == [(AFFAIRS, 6 * 3600, 0), (FAST, 18 * 3600, 1800)]


def test_seconds_begin_where_the_cut_off_moved_the_start_to_and_stand_still_with_the_term():
    book = rules(clock(term={"hours": 24}, roll="none", cutoff="15:00"))
    found = only(book, [fact("Begun", "2026-03-02T16:00"), accepted("2026-03-03T06:00")], "2026-03-04T01:00")
    assert split(found) == [(AFFAIRS, 6 * 3600, 0), (FAST, 18 * 3600, 3600)]
    paused = {"suspension_id": "s", "cause": "ruling", "clocks": []}
    stopped = rules(clock(term={"hours": 24}, roll="none", suspended_by=["ruling"]))
    times = ("TermSuspended", "2026-03-02T12:00"), ("TermResumed", "2026-03-02T18:00")
    facts = [fact("Begun", "2026-03-02T10:00"), *(fact(type, at_, **paused) for type, at_ in times)]
    assert split(only(stopped, facts, "2026-03-03T17:00")) == [(AFFAIRS, 24 * 3600, 3600)]


def test_of_same_day_terms_all_falls_on_who_holds_at_the_due_instant():
    book = rules(clock(term="same_day"))
    found = only(book, [BEGUN, accepted("2026-03-02T17:00")], "2026-03-04T09:00")
    assert split(found) == [(FAST, 1, 2)]


def test_shares_of_the_term_add_up_to_the_term():
    facts = [BEGUN, *(accepted(f"2026-03-0{day}T12:00", member=f"m{day}") for day in range(3, 10))]
    assert sum(each.counted for each in only(PLAIN, facts, "2026-03-20").shares) == 7


# ---- others who answer -----------------------------------------------------------------------------------------------

MATTER = {"matter_id": "m", "kind": "disposal"}


@pytest.mark.parametrize(
    ("who", "start", "answers"),
    [
        ({"post": "director"}, fact("X", "2026-03-02"), Answerer("director")),
        ({"team": "fast"}, fact("X", "2026-03-02"), Answerer(team="fast")),
        ("asked", fact("X", "2026-03-02", to_post="clerk", to_team="fast"), Answerer("clerk", "fast")),
        ("asked", fact("X", "2026-03-02", to_post="clerk"), Answerer("clerk")),
        ("giver", fact("X", "2026-03-02", from_post="judge", from_team="slow"), Answerer("judge", "slow")),
        ("receiver", fact("X", "2026-03-02", to_post="judge", to_team="slow", to_member="m2"), SLOW),
        (
            "signer",
            fact("X", "2026-03-02", by_actor="m9", by_post="chief", by_team="head"),
            Answerer("chief", "head", "m9"),
        ),
        ("taker", fact("X", "2026-03-02", to_post="clerk", **MATTER), Answerer("clerk")),
    ],
)
def test_who_the_rule_names(who, start, answers):
    book = rules(clock(start={"event": "X"}, answers=who))
    assert only(book, [start], "2026-03-20").answers == answers


def test_the_taker_is_who_accepted_the_matter():
    book = rules(clock(start={"event": "MatterAccepted"}, answers="taker"))
    taken = fact("MatterAccepted", "2026-03-02", by_actor="m5", by_post="auction_officer", by_team="affairs", **MATTER)
    assert only(book, [taken], "2026-03-20").answers == Answerer("auction_officer", "affairs", "m5")


def test_once_a_matter_is_accepted_its_taker_answers_unless_it_was_late_before():
    book = rules(clock(start={"event": "MatterAsked"}, answers="taker"))
    asked = fact("MatterAsked", "2026-03-02", to_post="clerk", **MATTER)
    taken = fact("MatterAccepted", "2026-03-04", by_actor="m5", by_post="clerk", **MATTER)
    late = fact("MatterAccepted", "2026-03-12", by_actor="m5", by_post="clerk", **MATTER)
    assert only(book, [asked, taken], "2026-03-20").answers == Answerer("clerk", "", "m5")
    assert only(book, [asked, late], "2026-03-20").answers == Answerer("clerk")


# ---- workload and postings -------------------------------------------------------------------------------------------

LOAD = {
    "id": "t.load", "clause": "Y02", "of_team_kinds": ["simple"], "weights": [{"if": "true", "points": 15}],
    "done": [{"points": 1, "apart": True, "of": {"event": "MatterDone", "kind": "affairs"}}],
    "spread_warn_permille": 300,
}  # fmt: skip


def test_a_subject_adds_to_the_load_of_the_team_that_holds_it_as_of_then():
    book = rules(clock(), workload=[LOAD])
    filed = fact(
        "CaseFiled", "2026-03-02", kind="enforcement", instrument={"kind": "judgment"}, cause="labour", parties=[],
        claim={"money": True, "amount_fen": 1, "basis": "instrument", "acts": []}, earlier_preservation=False,
        marked_simple=False,
    )  # fmt: skip
    done = fact("MatterDone", "2026-03-03", kind="affairs", matter_id="m", by_team="fast")
    facts = [filed, done, accepted("2026-03-05")]
    assert [(each.team, each.load) for each in derived(book, facts, "2026-03-02").load] == [("affairs", 15)]
    assert [(each.team, each.load, each.apart) for each in derived(book, facts, "2026-03-06").load] == [("fast", 15, 1)]


def test_team_sizes_are_the_members_posted_there_as_known_then():
    def posted(
        member: str, time: str, reason: str = "appointed", team: str = "fast", recorded: str | None = None, **data
    ):
        return fact("MemberPosted", time, recorded, member_id=member, team=team, post="judge", reason=reason, **data)

    reference = Reference(
        [
            posted("m1", "2026-01-05"),
            posted("m2", "2026-01-05"),
            posted("m2", "2026-02-01", "left"),
            posted("m3", "2026-01-05", until="2026-02-28"),
            posted("m1", "2026-03-01", "adjusted", "slow", recorded="2026-03-10"),
        ]
    )
    known = at("2026-03-20")
    assert reference.team_sizes(at("2026-01-20"), known) == {"fast": 3}
    assert reference.team_sizes(at("2026-03-05"), known) == {"slow": 1}
    assert reference.team_sizes(at("2026-03-05"), at("2026-03-05")) == {"fast": 1}
