"""What supervision costs per subject, with the packs of Yiyang: printed, not asserted (`pytest -s`).

Goals (design.md): 40 facts in 2 ms, 2,000 facts in 50 ms. A figure counts only with equal results for equal facts.
"""

import random
import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

import pytest

import packs
from rules.derive import derive
from rules.derived import Derived
from rules.fact import Fact
from rules.loader import load_pack
from rules.reference import Reference
from rules.rulebook import Rulebook
from tests.unit.clocks import at
from tests.unit.yiyang import TEAMS, party

BEGUN = at("2026-01-05T10:00")
HOUR = timedelta(hours=1)
REFERENCE = Reference()
OWN = [load_pack(folder, effective_from=date(2024, 1, 1), teams=TEAMS) for folder in packs.folders("yiyang")]
BOOK = Rulebook([*OWN, *map(load_pack, packs.folders("national"))])


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
    asset = {
        "asset_id": f"as{n}", "party_id": debtor, "kind": "deposit", "valued": True, "value_fen": 100, "online": True,
        "place": "in_county", "disposable": "yes",
    }  # fmt: skip
    measure = {"measure_id": f"me{n}", "kind": "freeze", "asset_id": f"as{n}", "rank": 0, "expires_on": "2026-12-01"}
    matter = {"matter_id": f"ma{n}", "kind": "disposal", "to_post": "auction_officer"}
    document = {"document_id": f"do{n}", "kind": "enforcement_notice", "party_id": debtor, "states": []}
    pricing = {"pricing_id": f"pr{n}", "lot_id": f"lo{n}", "method": "appraisal", "matter_id": f"ma{n}"}
    payment = {"payment_id": f"pa{n}", "into": "case_account", "purpose": "deduction", "amount_fen": 100}
    paid = {"payout_id": f"po{n}", "way": "transfer", "amount_fen": 100, "settled_payments": [f"pa{n}"]}
    yield "AssetsFound", {"find_id": f"fi{n}", "source": "enquiry", "assets": [asset]}
    yield "MeasureTaken", measure
    yield "DocumentDrafted", document
    yield "DocumentSent", document
    yield "MatterAsked", matter
    yield "MatterAccepted", matter
    yield "PricingStarted", pricing
    yield "PriceFixed", pricing
    yield "AuctionAnnounced", {"lot_id": f"lo{n}"}
    yield "MeasureRenewed", {**measure, "expires_on": "2027-12-01"}
    yield "FundsReceived", payment
    yield "FundsPaidOut", paid
    yield "CheckRecorded", {"check_id": f"ch{n}", "kind": "arrival_confirmed", "result": "passed"}


def history(size: int, seed: int = 1) -> list[Fact]:
    """Facts a few hours apart; one in eight is entered late, one in fifty corrected."""
    chance = random.Random(seed)
    facts: list[Fact] = []
    for position, (type_, data) in enumerate(islice(events(), size)):
        if facts and chance.random() < 0.02:
            type_, data = "FactCorrected", {"corrects": facts[-1].id, "how": "amend", "data": facts[-1].data}
            if facts[-1].type == "FactCorrected":
                data = {"corrects": facts[-2].id, "how": "amend", "data": facts[-2].data}
        happened = BEGUN + position * HOUR * 160 * 24 / size
        recorded = happened + (chance.randrange(1, 200) * HOUR if chance.random() < 0.125 else HOUR / 60)
        facts.append(
            Fact(
                id=f"f{position}",
                source="/yiyang/x",
                type=type_,
                court="yiyang",
                subject="case/yiyang-1",
                time=happened,
                recorded_at=recorded,
                position=position,
                data=data,
                actor="m1",
                team="simple_1",
            )  # fmt: skip
        )
    return facts


def derived(facts: list[Fact]) -> Derived:
    return derive(facts, BOOK, as_of=BEGUN + timedelta(days=170), reference=REFERENCE)


def median_ms(facts: list[Fact], runs: int) -> float:
    taken: list[float] = []
    for _ in range(runs):
        begun = time.perf_counter()
        derived(facts)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


@pytest.mark.parametrize(("size", "runs", "goal"), [(40, 60, 2), (2000, 5, 50)])
def test_the_cost_of_one_subject(size, runs, goal, capsys):
    facts = history(size)
    once, again = derived(facts), derived(random.Random(2).sample(facts, len(facts)))
    assert len(facts) == size
    assert once == again
    rules = {clock.rule for clock in once.clocks}
    assert len(rules) >= 8
    with capsys.disabled():
        took = median_ms(facts, runs)
        print(
            f"\nderive: {size} facts, {len(once.clocks)} clocks of {len(rules)} rules: {took:.2f} ms (goal {goal} ms)"
        )
