"""What the tests of the courts' clocks share: events in few words, and what a clock comes to under a court's packs.

Times are Asia/Shanghai. D is the first instant that is late. Days off of 2026 that matter: 15-23 February (14 and 28
February are worked), 4-6 April, 1-5 May (9 May is worked), 19-21 June, 1-7 October (10 October is worked). The 2nd of
March is a Monday.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rules.calendar import SHANGHAI
from rules.derived import Clock
from rules.fact import Fact
from tests.contract.samples import NAMES, golden
from tests.unit.clocks import derived, fact
from tests.unit.courts import rulebook
from tests.unit.yiyang import party

LATER = "2026-12-31"


# ---- events --------------------------------------------------------------------------------------------------------


def said(name: str, time: str, /, recorded: str | None = None, **data: Any) -> Fact:
    """With the other fields of the golden event, where there is one; `by_…` go to the envelope."""
    told = fact(name, time, recorded, **{field: value for field, value in data.items() if field.startswith("by_")})
    own = {field: value for field, value in data.items() if not field.startswith("by_")}
    return replace(told, data=(golden(name) if name in NAMES else {}) | own)


def applied(time: str, kind: str = "enforcement", **more: Any) -> Fact:
    return said("ApplicationReceived", time, kind=kind, items=[], **more)


def filed(time: str, kind: str = "enforcement", debtors: Sequence[str] = ("d1",), **more: Any) -> Fact:
    parties = [party("c1", "creditor"), *(party(id) for id in debtors)]
    claim = {"money": True, "amount_fen": 300_000_000, "basis": "instrument", "acts": []}
    told = {"instrument": {"kind": "judgment"}, "cause": "other", "claim": claim, "parties": parties} | more
    return said("CaseFiled", time, kind=kind, **told)


def changed(time: str, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Fact:
    return said("PartiesChanged", time, added=[party(id) for id in added], removed=list(removed))


def routed(time: str, stage: str = "first") -> Fact:
    return said("CaseRouted", time, stage=stage)


def handed(time: str, what: str = "case", reason: str = "", **more: Any) -> Fact:
    return said("HandedOver", time, what=what, reason=reason, **more)


def taken_over(time: str, what: str = "case", reason: str = "first_assignment", **more: Any) -> Fact:
    return said("HandoverAccepted", time, what=what, reason=reason, **more)


def closed(time: str, way: str = "performed") -> Fact:
    return said("CaseClosed", time, way=way)


def asked(time: str, kind: str, matter: str = "m1", **more: Any) -> Fact:
    return said("MatterAsked", time, kind=kind, **{"matter_id": matter, "urgent": False, "due_on": None} | more)


def accepted(time: str, kind: str, matter: str = "m1", **more: Any) -> Fact:
    return said("MatterAccepted", time, kind=kind, **{"matter_id": matter, "due_on": None} | more)


def declined(time: str, kind: str, matter: str = "m1") -> Fact:
    return said("MatterDeclined", time, kind=kind, matter_id=matter)


def progressed(time: str, kind: str, step: str, matter: str = "m1", **more: Any) -> Fact:
    return said("MatterProgressed", time, kind=kind, step=step, matter_id=matter, **more)


def done(time: str, kind: str, result: str = "done", matter: str = "m1", **more: Any) -> Fact:
    told = {"receipts_complete": True, "reported_to_handler": True} | more
    return said("MatterDone", time, kind=kind, matter_id=matter, result=result, **told)


def enquiry(time: str, purpose: str = "first", channel: str = "network_national", **more: Any) -> Fact:
    return said("EnquiryStarted", time, purpose=purpose, channel=channel, **more)


def asset(id: str, kind: str = "real_estate", place: str = "in_county", online: bool = False, **more: Any) -> dict:
    return {
        "asset_id": id, "party_id": "d1", "kind": kind, "valued": True, "value_fen": 100, "place": place,
        "online": online, "disposable": "yes",
    } | more  # fmt: skip


def found(time: str, *assets: dict, source: str = "enquiry") -> Fact:
    return said("AssetsFound", time, find_id=f"fd-{time}", source=source, assets=list(assets))


def measure(time: str, kind: str = "freeze", of: str | None = None, party_id: str | None = None, **more: Any) -> Fact:
    told = {"measure_id": f"ms-{time}-{kind}", "asset_id": of, "party_id": party_id, "expires_on": None} | more
    return said("MeasureTaken", time, kind=kind, **told)


def sent(time: str, kind: str, to: str = "d1", **more: Any) -> Fact:
    return said("DocumentSent", time, kind=kind, party_id=to, **more)


def drafted(time: str, kind: str, about: str) -> Fact:
    return said("DocumentDrafted", time, kind=kind, about=about)


def signed(time: str, kind: str, **more: Any) -> Fact:
    return said("DocumentSigned", time, kind=kind, **more)


def material(time: str, kind: str, medium: str = "paper", about: str = "", **more: Any) -> Fact:
    return said("MaterialFiled", time, kind=kind, medium=medium, about=about, **more)


def contact(time: str, kind: str, topics: Sequence[str] = (), **more: Any) -> Fact:
    return said("ContactRecorded", time, kind=kind, topics=list(topics), **more)


def check(time: str, kind: str, result: str = "passed", **more: Any) -> Fact:
    return said("CheckRecorded", time, kind=kind, result=result, **more)


def approval(time: str, act: str, decision: str = "approved", final: bool = True, **more: Any) -> Fact:
    return said("ApprovalDecided", time, act=act, decision=decision, final=final, **{"approval_id": "a1"} | more)


def received(time: str, into: str = "case_account", purpose: str = "performance", **more: Any) -> Fact:
    told = {"payment_id": "p1", "payer": "debtor"} | more
    return said("FundsReceived", time, into=into, purpose=purpose, **told)


def paid_out(time: str, *settled: str, **more: Any) -> Fact:
    return said("FundsPaidOut", time, settled_payments=list(settled), **more)


def suspended(since: str, until: str, cause: str = "objection") -> list[Fact]:
    told = {"suspension_id": f"s-{since}", "cause": cause, "clocks": []}
    return [said("TermSuspended", since, **told), said("TermResumed", until, **told)]


def extended(clock: str, occurrence: str, days: int, asked_on: str, recorded: str | None = None) -> Fact:
    told = {"clock": clock, "occurrence": occurrence, "unit": "days", "amount": days}
    return said("TermExtended", asked_on, recorded, asked_on=f"{asked_on}+08:00", **told)


# ---- what a clock comes to -------------------------------------------------------------------------------------------


def case(clause: pytest.MarkDecorator, rule: str, facts: Sequence[Fact], expected: object, as_of: str = LATER) -> Any:
    """A row of a table: the clause; given the facts, the clock's occurrences as of a day.

    `expected`: D and the state of the only occurrence; of several by what tells them apart; {} where there is none.
    """
    return pytest.param(rule, facts, expected, as_of, marks=clause)


def clocks_of(rule: str, facts: Sequence[Fact], as_of: str = LATER, court: str = "", **more: Any) -> dict[str, Clock]:
    """By key: of segments the last, by their start."""
    found = derived(rulebook(court or rule.partition(".")[0]), facts, as_of, **more).clocks
    of_rule = sorted((each for each in found if each.rule == rule), key=lambda each: each.start)
    return {"/".join(each.key) + _cycle(each): each for each in of_rule}


def told(clock: Clock) -> str:
    """D and the state, as the tables have it."""
    due = "never" if clock.due is None else f"{clock.due.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    return f"{due} {clock.state.value}"


def stands(rule: str, facts: Sequence[Fact], expected: object, as_of: str, court: str = "") -> None:
    """Asserts what a row of a table says."""
    found = {key: told(clock) for key, clock in clocks_of(rule, facts, as_of, court).items()}
    if isinstance(expected, Mapping):
        assert found == expected
    else:
        assert list(found.values()) == [expected]


def _cycle(clock: Clock) -> str:
    _, sign, cycle = clock.occurrence.partition("#")
    return sign + cycle
