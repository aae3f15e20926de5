"""Who may do what at all: the MAY tables of the services against the published language, section 3, and the packs."""

from datetime import date
from itertools import chain
from typing import get_args

import pytest

import packs
from contracts.base import Post
from infra.host import SERVICES
from kernel.application import Application
from kernel.http import ANYONE
from rules.loader import load_pack
from rules.packs import Pack
from tests.whole_court import COMMANDS, QUERIES, RELEASE

pytestmark = pytest.mark.fast
PER_PACK = "anyone"  # a pack's authority says who, or whoever is asked, gives or takes it
DOERS_OF_MATTERS = dict.fromkeys(("accept_matter", "decline_matter", "progress_matter", "finish_matter"), PER_PACK)
HANDOVERS = dict.fromkeys(("hand_over", "accept_handover", "return_handover"), PER_PACK)
LANGUAGE = {  # published language, section 3, column "may"
    "intake": {
        "receive_application": "filing_officer", "supplement": "filing_officer", "review_filing": "filing_officer",
        "file_case": "filing_officer", "refuse_filing": "director", "note_case": "filing_officer handler director",
        "record_contact": "filing_officer handler general_officer", "draft": PER_PACK, "sign": PER_PACK,
        "send": PER_PACK, "record_service": PER_PACK, "file_material": PER_PACK, **HANDOVERS, **DOERS_OF_MATTERS,
    },
    "triage": {
        "record_pre_step": "director enquiry_officer", "route_case": "director enquiry_officer",
        "assign_case": "director enquiry_officer", **HANDOVERS, "ask_approval": "handler", "decide_approval": PER_PACK,
        "form_panel": "director", "record_performance": "director handler", "suspend_term": "handler",
        "resume_term": "handler", "extend_term": "handler", "close_case": "judge", "post_member": "chief director",
        "record_credential": "chief director", **DOERS_OF_MATTERS,
    },
    "asset-control": {
        "start_enquiry": "enquiry_officer filing_officer", "record_answer": "enquiry_officer filing_officer",
        "report_assets": "handler field_officer", "take_measure": "enquiry_officer field_officer handler",
        "renew_measure": "enquiry_officer field_officer handler",
        "lift_measure": "enquiry_officer field_officer handler", "move_asset": "field_officer auction_officer",
        "ask_matter": "handler", **DOERS_OF_MATTERS,
    },
    "auction": {
        **dict.fromkeys(DOERS_OF_MATTERS, "auction_officer"), "start_pricing": "auction_officer handler",
        "fail_pricing": "auction_officer handler", "fix_price": "auction_officer handler",
        "announce": "auction_officer", "close_round": "auction_officer", "stop_round": "auction_officer",
        "record_transfer": "auction_officer", "ask_matter": "handler",
    },
    "funds": {
        "open_account": "funds_officer", "receive": "finance_officer funds_officer",
        "confirm_arrival": "finance_officer", "identify": "funds_officer", "allocate": "handler",
        "ask_approval": "handler", "decide_approval": PER_PACK, "pay_out": "finance_officer",
        "report_anomaly": "funds_officer", **DOERS_OF_MATTERS,
    },
    "supervision": {
        "perform_duty": PER_PACK, "record_fault": "team_lead chief leader", "ask_approval": "team_lead chief leader",
        "decide_approval": PER_PACK, "publish_policy": "chief director", "acknowledge": PER_PACK,
        **DOERS_OF_MATTERS,
    },
}  # fmt: skip
WIDER = {  # posts the language does not name, by the clause that gives them the act
    ("triage", "record_pre_step"): {"filing_officer": "Y17", "general_officer": "Y17"},
    ("triage", "ask_approval"): {
        "judge": "G08", "director": "N20", "deputy_director": "H35", "filing_officer": "H02 H35",
        **dict.fromkeys(
            ("service_officer", "enquiry_officer", "field_officer", "delegation_officer", "auction_officer",
             "funds_officer", "file_officer", "general_officer"), "H35",
        ),
    },
    ("asset-control", "start_enquiry"): {"field_officer": "Y05"},
    ("asset-control", "record_answer"): {"field_officer": "Y05"},
    ("asset-control", "ask_matter"): {"director": "Y18"},
}  # fmt: skip


def test_every_command_has_one_line_of_its_table_and_every_line_is_used() -> None:
    asked = [command for command in COMMANDS if command.path != RELEASE]
    assert [str(command) for command in asked if len(command.lines) != 1] == []
    for service in SERVICES.values():
        used = {line for route in chain(COMMANDS, QUERIES) if route.service == service.name for line in route.lines}
        assert used == service.may.keys(), service.name


def test_every_line_is_for_posts_of_the_language() -> None:
    known = {*get_args(Post), ANYONE}
    for service in SERVICES.values():
        strange = {name: posts for name, posts in service.may.items() if not posts or not set(posts) <= known}
        assert strange == {}, service.name


def test_what_a_path_names_is_found_by_its_id() -> None:
    """So that a refusal is recorded on what it is about, and who holds the case is known in whatever belongs to it."""
    no_subject = {"member_id", "statement_id", "subject:path"}  # members are reference data, statements of the court
    for command in COMMANDS:
        first = command.path.partition("{")[2].partition("}")[0]
        application: type[Application] = SERVICES[command.service].application
        assert first in {"", "case_id", *no_subject, *dict(application.NAMED)}, str(command)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_may_what_the_language_or_a_clause_does_not_give_him(service: str) -> None:
    may = SERVICES[service].may
    for command, given in LANGUAGE[service].items():
        named = {ANYONE, *get_args(Post)} if given == PER_PACK else set(given.split())
        assert set(may[command]) - named == WIDER.get((service, command), {}).keys(), command


def test_what_is_wider_than_the_language_stands_in_a_clause() -> None:
    clauses = {line.partition("\t")[0] for line in (packs.HOME / "clauses.tsv").read_text("utf-8").splitlines()}
    assert {clause for posts in WIDER.values() for each in posts.values() for clause in each.split()} <= clauses


def test_whoever_a_pack_lets_propose_an_act_can_ask_for_it() -> None:
    asked_in = {"accountability": "supervision", "payout": "funds", "allocation": "funds", "defer_payout": "funds"}
    for line in chain.from_iterable(_newest(name).authority for name in {each.pack for each in packs.published()}):
        if line.act:
            may = SERVICES[asked_in.get(line.act, "triage")].may["ask_approval"]
            assert set(line.asks) <= set(may), f"{line.id}: {line.asks}"


def _newest(pack: str) -> Pack:
    return load_pack(packs.folders(pack)[-1], effective_from=date(2024, 1, 1))
