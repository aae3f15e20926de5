"""What supervision costs per subject, with the packs of Yiyang: printed, not asserted (`pytest -s`).

Goals (design.md): 40 facts in 2 ms, 2,000 facts in 50 ms. A figure counts only with equal results for equal facts.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

import pytest

import packs
from rules.compiled import Compiler, index_of
from rules.derive import derive
from rules.derived import Derived
from rules.fact import Fact
from rules.loader import load_pack
from rules.reference import Reference
from rules.rulebook import Rulebook
from tests.unit.clocks import at, clock, rules
from tests.unit.yiyang import TEAMS, party

BEGUN = at("2026-01-05T10:00")
HOUR = timedelta(hours=1)
REFERENCE = Reference()
OWN = [load_pack(folder, effective_from=date(2024, 1, 1), teams=TEAMS) for folder in packs.folders("yiyang")]
BOOK = Rulebook([*OWN, *map(load_pack, packs.folders("national"))])
PLAYING = set(index_of([Compiler().policy(BOOK.on(BEGUN.date()))]))
CONDITIONAL = rules(
    *(
        clock(f"t.{start.lower()}", start={"event": start, "if": condition}, stop={"event": stop}, key=key, of="each")
        for start, stop, key, condition in (
            ("MeasureTaken", "MeasureLifted", "measure_id", 'case.assets.all(a, a.disposable != "no")'),
            ("FundsReceived", "FundsPaidOut", {"start": "payment_id", "stop": "settled_payments"}, "!case.covered"),
            ("MatterAsked", "MatterAccepted", "matter_id", "case.claim_fen > case.recovered_fen"),
            ("PricingStarted", "PriceFixed", "lot_id", '"freeze" in case.measures || size(case.debtors) > 5'),
        )
    )
)


def events() -> Iterator[tuple[str, dict]]:
    """A money case from filing to its handler, then property, money and papers without end."""
    claim = {"money": True, "amount_fen": 10_000_000, "basis": "instrument", "acts": []}
    yield "CaseFiled", {
        "kind": "enforcement", "cause": "labour", "instrument": {"kind": "judgment"}, "claim": claim,
        "parties": [party("c1", "creditor"), party("d1"), party("d2")], "earlier_preservation": False,
        "marked_simple": False, "application_id": "a1",
    }  # fmt: skip
    yield "CaseAssigned", {"stage": "first", "team": "simple_1", "handler": "m1"}
    to = {"to_team": "simple_1", "to_post": "judge", "to_member": "m1", "from_team": "affairs", "from_post": "director"}
    yield "HandoverAccepted", {"what": "case", "reason": "first_assignment", "handover_id": "h1", **to}
    number = 0
    while True:
        number += 1
        yield from round_of(f"{number}", f"d{1 + number % 2}")


def round_of(n: str, debtor: str) -> Iterator[tuple[str, dict]]:
    """An enquiry, what it found, its sale, the money of it: as many papers about each clock as in walks 5.1 and 5.2."""
    asset = {
        "asset_id": f"as{n}", "party_id": debtor, "kind": "deposit", "valued": True, "value_fen": 100, "online": True,
        "place": "in_county", "disposable": "yes",
    }  # fmt: skip
    enquiry = {"enquiry_id": f"en{n}", "channel": "network_national", "purpose": "again", "round": 1}
    measure = {"measure_id": f"me{n}", "kind": "freeze", "asset_id": f"as{n}", "rank": 0, "expires_on": "2026-12-01"}
    matter = {"matter_id": f"ma{n}", "kind": "disposal", "to_post": "auction_officer"}
    document = {"document_id": f"do{n}", "kind": "enforcement_notice", "party_id": debtor, "states": []}
    method = ["agreement", "targeted", "network", "appraisal"][int(n) % 4]
    pricing = {"pricing_id": f"pr{n}", "lot_id": f"lo{n}", "method": method, "matter_id": f"ma{n}"}
    payment = {"payment_id": f"pa{n}", "into": "case_account", "purpose": "deduction", "amount_fen": 100}
    approval = {"approval_id": f"ap{n}", "act": "payout", "final": False, "decision": "approved"}
    paid = {"payout_id": f"po{n}", "way": "transfer", "amount_fen": 100, "settled_payments": [f"pa{n}"]}
    yield "EnquiryStarted", enquiry
    yield "EnquiryAnswered", {**enquiry, "result": "found"}
    yield "AssetsFound", {"find_id": f"fi{n}", "source": "enquiry", "assets": [asset]}
    yield "DocumentDrafted", document
    yield "DocumentSigned", document
    yield "MeasureTaken", measure
    yield "DocumentSent", document
    yield "DocumentServed", {**document, "outcome": "served", "complete": True}
    yield "ContactRecorded", {"contact_id": f"co{n}", "kind": "party_informed"}
    yield "MatterAsked", matter
    yield "MatterAccepted", matter
    yield "PricingStarted", pricing
    yield "PriceFixed", pricing
    yield "AuctionAnnounced", {"lot_id": f"lo{n}", "round": 1}
    yield "AuctionSold", {"lot_id": f"lo{n}", "round": 1}
    yield "FundsReceived", payment
    yield "CheckRecorded", {"check_id": f"ch{n}", "kind": "arrival_confirmed", "result": "passed"}
    yield "AuctionPaid", {"lot_id": f"lo{n}", "round": 1}
    yield "MatterProgressed", {**matter, "step": "reported"}
    yield from (("LotTransferred", {"lot_id": f"lo{n}", "step": step}) for step in ("taxes_paid", "delivered"))
    yield "MatterDone", {**matter, "result": "done"}
    yield "FundsAllocated", {"allocation_id": f"al{n}", "payment_ids": [f"pa{n}"]}
    yield "ApprovalAsked", approval
    yield "ApprovalDecided", approval
    yield "ApprovalDecided", {**approval, "final": True}
    yield "FundsPaidOut", paid
    yield "MaterialFiled", {"material_id": f"mt{n}", "kind": "transfer"}


def dense() -> Iterator[tuple[str, dict]]:
    """The same, but for the papers that play no part in any clock."""
    return (event for event in events() if event[0] in PLAYING)


def history(size: int, told: Callable[[], Iterator[tuple[str, dict]]], seed: int = 1) -> list[Fact]:
    """Facts a few hours apart; one in eight is entered late, one in fifty corrected."""
    chance = random.Random(seed)
    facts: list[Fact] = []
    for position, (type_, data) in enumerate(islice(told(), size)):
        if facts and chance.random() < 0.02:
            type_, data = "FactCorrected", {"corrects": facts[-1].id, "how": "amend", "data": facts[-1].data}
            if facts[-1].type == "FactCorrected":
                data = {"corrects": facts[-2].id, "how": "amend", "data": facts[-2].data}
        happened = BEGUN + position * HOUR * 160 * 24 / size
        recorded = happened + (chance.randrange(1, 200) * HOUR if chance.random() < 0.125 else HOUR / 60)
        facts.append(_fact(position, type_, happened, recorded, data))
    return facts


def _fact(position: int, type_: str, happened: datetime, recorded: datetime, data: dict) -> Fact:
    return Fact(
        id=f"f{position}", source="/yiyang/x", type=type_, court="yiyang", subject="case/yiyang-1",
        time=happened, recorded_at=recorded, position=position, data=data, actor="m1", team="simple_1",
    )  # fmt: skip


def derived(facts: list[Fact], book: Rulebook) -> Derived:
    return derive(facts, book, as_of=BEGUN + timedelta(days=170), reference=REFERENCE)


def cost_ms(facts: list[Fact], book: Rulebook, runs: int) -> tuple[float, float]:
    """The median and the least of several runs, in milliseconds of this process's CPU time."""
    taken: list[float] = []
    for _ in range(runs):
        begun = time.process_time()
        derived(facts, book)
        taken.append((time.process_time() - begun) * 1000)
    return statistics.median(taken), min(taken)


@pytest.mark.parametrize(("size", "runs", "goal"), [(40, 60, 2), (2000, 7, 50)])
@pytest.mark.parametrize(
    ("told", "book"),
    [(events, BOOK), (dense, BOOK), (dense, CONDITIONAL)],
    ids=["as it comes", "dense in clocks", "every clock under a condition"],
)
def test_the_cost_of_one_subject(told, book, size, runs, goal, capsys, request):
    facts = history(size, told)
    once, again = derived(facts, book), derived(random.Random(2).sample(facts, len(facts)), book)
    assert len(facts) == size
    assert once == again
    rules = {clock.rule for clock in once.clocks}
    assert len(rules) >= 3
    with capsys.disabled():
        median, least = cost_ms(facts, book, runs)
        of = f"{request.node.callspec.id}: {size} facts, {len(once.clocks)} clocks of {len(rules)} rules"
        print(f"\nderive: {of}: median {median:.2f} ms, least {least:.2f} ms (goal {goal} ms)")
