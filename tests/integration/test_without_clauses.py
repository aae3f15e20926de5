"""Every clause of 宜阳 is missed by a scenario that names it as soon as its rules are taken out of the packs."""

import subprocess
import sys
from pathlib import Path

import pytest

from packs.register import register
from tests.architecture.checkout import ROOT
from tests.without_clauses import MISSED, NOT_MISSED, OPTION

COURT = "yiyang"
CLAUSES = sorted(clause.id for clause in register().values() if clause.court == COURT)
SCENARIOS = {  # of all that name clauses, the cheapest that together miss each of them
    "test_accountability.py": [
        "test_a_fault_laid_to_the_wrong_person_is_laid_to_the_right_one",
        "test_an_account_is_asked_of_a_fault_of_the_case_only",
    ],
    "test_asset_control.py": [
        "test_only_the_centralised_team_asks_and_controls_through_the_network",
        "test_the_offices_are_asked_at_the_counter_in_a_further_round",
        "test_a_clue_that_nobody_takes_up_that_day_is_overdue",
    ],
    "test_auction_rounds.py": ["test_only_the_centralised_team_prices_and_auctions"],
    "test_intake.py": ["test_form_documents_are_the_centralised_teams_to_make"],
    "test_records.py": ["test_both_sides_of_a_hand_over_stand_in_the_ledger_with_who_did_it_in_which_post"],
    "test_supervision.py": [
        "test_a_case_that_is_not_assigned_in_seven_days_is_overdue_from_the_eighth",
        "test_load_per_head_follows_the_packs_points_and_the_members_posted",
    ],
    "test_triage_affairs.py": [
        "test_other_affairs_are_recorded_apart_from_casework",
        "test_a_team_shows_which_of_the_schemes_posts_nobody_in_it_holds",
    ],
    "test_triage_assignment.py": [
        "test_assignment_without_its_pre_steps_is_refused_and_names_all_that_lacks",
        "test_a_case_is_routed_by_its_facts_at_that_moment",
        "test_a_preservation_case_goes_to_the_affairs_team_as_it_is_filed",
        "test_a_simple_case_goes_to_a_fast_team_whose_lead_shares_it_out",
    ],
    "test_triage_closing.py": ["test_termination_for_now_names_everything_national_and_own_that_lacks"],
    "test_triage_handover.py": ["test_an_approval_by_another_post_is_refused_and_the_refusal_is_a_fact"],
    "test_walks.py": [
        "test_a_late_entry_cures_what_stays_on_record_for_ever",
        "test_a_flat_found_later_brings_the_case_to_an_ordinary_team_and_to_pricing",
    ],
}
PLANTED = """
import pytest

@pytest.mark.clause("Y06")
def test_that_needs_no_rule():
    pass

@pytest.mark.clause("Y09")
def test_that_cannot_even_be_set_up(nothing_of_this_name):
    pass
"""


def run(*tests: object) -> tuple[int, dict[str, str]]:
    """The exit code, and what is told of each clause."""
    options = ["-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", "--color=no", "-q"]
    command = [sys.executable, "-m", "pytest", *options, OPTION, COURT, *tests]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    told = (line.partition(" ") for line in done.stdout.splitlines() if f" {MISSED} " in line)
    return done.returncode, {clause: what for clause, _, what in told}


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    return run(*(f"tests/scenario/{file}::{test}" for file, tests in SCENARIOS.items() for test in tests))[1]


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_scenario_that_names_the_clause_fails_without_its_rules(told: dict[str, str], clause: str) -> None:
    assert told[clause].startswith(f"{MISSED} tests/scenario/")


def test_a_clause_whose_tests_do_not_need_its_rules_is_told(tmp_path: Path) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(PLANTED)
    assert run("-p", "tests.conftest", planted) == (1, {"Y06": NOT_MISSED, "Y09": NOT_MISSED})
