"""The papers that decide on measures on persons: signed, by whom the court's pack says, before anything is done."""

from __future__ import annotations

from kernel.facts import Known
from kernel.guard import ground
from kernel.problems import Invalid, Refused, WrongState
from rules.authority import for_act, for_document
from rules.packs import HANDLER, Limit
from rules.rulebook import Policy

PAPERS = {  # Civil Procedure Law; 法释〔2015〕17号 (consumption), 法释〔2017〕7号 (listing)
    "consumption_limit": "consumption_decision",
    "dishonest_listing": "dishonest_decision",
    "summons": "summons",
    "forced_summons": "summons",
    "search": "search_order",
    "fine": "fine_decision",
    "detention": "detention_decision",
}
"""Measure -> the kind of paper that orders it; the others need none."""


def deciding_paper(policy: Policy, known: Known, kind: str, party_id: str, named: str | None) -> str | None:
    """The signed paper on this debtor that orders the measure: the one named, else the first not used before.

    Raises Refused, naming who signs it, while there is none; Invalid for another paper than is needed. Where the court
    has a chain of approval for the measure itself, its gates say what comes first.
    """
    paper = PAPERS.get(kind)
    if paper is None or for_act(policy, kind, known.view) is not None:
        return named
    used = _used(known, kind, party_id)
    ready = [each for each in _signed(known, paper, party_id) if each not in used]
    if named is not None and ready and named not in ready:
        raise Invalid(f"is no signed {paper} on this debtor", field="body.document_id")
    if not ready:
        raise _unsigned(policy, known, paper)
    return named or ready[0]


def past(policy: Policy, known: Known, kind: str, limit: Limit, lacking: str) -> Refused:
    """A measure that goes past a limit is refused, whoever has signed for it: who signs has to decide anew."""
    line = for_document(policy, PAPERS[kind], known.view)
    return Refused(
        "the measure goes past what the rules allow",
        act="take_measure",
        rule=limit.id,
        lacking=[lacking],
        wanted_by=line.who[0] if line else HANDLER,
        subject=known.subject,
        grounds=[ground(limit)],
    )


def _signed(known: Known, paper: str, party_id: str) -> list[str]:
    made = [f.data for f in known.facts if f.type == "DocumentDrafted" and f.data["kind"] == paper]
    signed = {f.data["document_id"] for f in known.facts if f.type == "DocumentSigned"}
    return [m["document_id"] for m in made if party_id in m["party_ids"] and m["document_id"] in signed]


def _used(known: Known, kind: str, party_id: str) -> set[str]:
    """Papers on which this measure was taken on this debtor already."""
    taken = [fact.data for fact in known.facts if fact.type == "MeasureTaken"]
    return {
        t["document_id"] for t in taken if (t["kind"], t.get("party_id")) == (kind, party_id) and "document_id" in t
    }


def _unsigned(policy: Policy, known: Known, paper: str) -> Refused | WrongState:
    line = for_document(policy, paper, known.view)
    if line is None:
        return WrongState("no rule in force says who signs the paper that orders this measure")
    return Refused(
        "the paper that orders this measure is not signed",
        act="take_measure",
        rule=line.id,
        lacking=[paper],
        wanted_by=line.who[0],
        subject=known.subject,
        grounds=[ground(line)],
    )
