"""What the court's people see of a case on paper. Names are shown in one view only, to the posts that need them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from intake.case import Case
from intake.casefile import CaseFile
from intake.document import Document
from intake.parties import Parties
from intake.privacy import CaseKeys
from kernel.facts import Known
from kernel.guard import ground
from rules import documents
from rules.case import CaseView
from rules.rulebook import Policy


def case_view(case: Case, parties: Parties) -> dict[str, Any]:
    """Without personal data."""
    return {
        "case_id": case.key,
        "state": case.state,
        "application": {"application_id": case.application_id, "kind": case.application_kind},
        "case_no": case.case_no,
        "kind": case.kind,
        "claim": None if case.claim is None else case.claim.model_dump(),
        "marks": sorted(mark for mark, holds in case.marks.items() if holds),
        "parties": [party.model_dump() for party in parties.parties.values()],
    }


def parties_view(parties: Parties, keys: CaseKeys) -> list[dict[str, Any]]:
    """With names, numbers and addresses; a forgotten person shows as forgotten. Raises NotFound."""
    parties.require((), "")
    return [_person(parties, keys, party_id) for party_id in parties.parties]


def _person(parties: Parties, keys: CaseKeys, party_id: str) -> dict[str, Any]:
    known = None if party_id in parties.forgotten else keys.unseal(party_id, parties.sealed[party_id])
    party = parties.parties[party_id]
    return {"party_id": party_id, "role": party.role, "kind": party.kind, "forgotten": known is None, **(known or {})}


def papers_view(known: Known) -> list[dict[str, Any]]:
    """The case's documents in the order they were drafted, by whomever."""
    signed = {fact.data["document_id"] for fact in known.facts if fact.type == "DocumentSigned"}
    drafted = (fact.data for fact in known.facts if fact.type == "DocumentDrafted")
    return [
        {
            "document_id": d["document_id"],
            "kind": d["kind"],
            "about": d.get("about"),
            "signed": d["document_id"] in signed,
        }
        for d in drafted
    ]


def document_view(document: Document) -> dict[str, Any]:
    return {
        "document_id": document.key,
        "kind": document.kind,
        "states": document.states,
        "signed": document.signed,
        "sent": {party_id: list(ways) for party_id, ways in document.ways.items()},
        "served": sorted(document.served),
    }


def service_view(policy: Policy, kind: str, parties: Parties, view: CaseView) -> dict[str, Any]:
    """How papers of a kind are to be served (送达) on each party: ways in their order, addresses, who hears of failure.

    `rules`: those that say so; where none does, the server chooses.
    """
    doc: dict[str, Any] = {"kind": kind, "states": ()}
    known = {party["id"]: party for party in (*view.creditors, *view.debtors)}
    return {
        "kind": kind,
        "rules": [ground(rule) for rule in documents.applying(policy, doc, view)],
        "parties": {
            party_id: asdict(documents.service(policy, doc, known[party_id], view))
            for party_id in parties.parties
            if party_id in known
        },
    }


def file_view(case: Case, file: CaseFile) -> dict[str, Any]:
    """The catalogue of the case's file."""
    shown = ("material_id", "kind", "medium", "about", "pages", "catalogued", "pocket")
    return {
        "case_id": case.key,
        "archiving": file.archiving,
        "materials": [{name: getattr(m, name) for name in shown} for m in file.materials.values()],
    }
