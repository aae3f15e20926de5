"""What the other services tell of a case, for tests of a service that runs without them."""

import itertools
from datetime import date
from typing import Any

from contracts.base import Contract
from contracts.families import HandoverAccepted
from contracts.intake import CaseFiled, DocumentDrafted, DocumentSigned
from contracts.triage import CaseClosed
from tests.contract.samples import golden
from tests.services import Bench

CASE = "yiyang-case1"
DEBTOR, CREDITOR = "yiyang-debtor", "yiyang-creditor"
HANDLER = "f1-judge"
CLAIM_FEN = 8_600_000
_papers = itertools.count(1)


class Unheard(Contract):
    """An event that no version of the language knows."""

    service = "triage"


async def filed(b: Bench, case_id: str = CASE, **changes: Any) -> None:
    """A case of one creditor and one debtor, for CLAIM_FEN."""
    data = golden("CaseFiled") | changes
    for party, name in zip(data["parties"], (CREDITOR, DEBTOR), strict=True):
        party["party_id"] = name
    data["claim"] |= {"amount_fen": CLAIM_FEN, "acts": []}
    await b.tell("intake", CaseFiled.model_validate(data), case_id, who="filing_officer")
    await b.settle()


async def held(b: Bench, case_id: str = CASE, who: str = HANDLER, reason: str = "first_assignment") -> None:
    """The handler has confirmed the hand-over of the case: it is his from now on."""
    accepted = HandoverAccepted(
        handover_id=f"{case_id}-{reason}", what="case", reason=reason, from_team="affairs", from_post="director",
        to_team=who[:2], to_post="judge", items=(), pages=0, register_signed=True, to_member=f"yiyang-{who}",
    )  # fmt: skip
    await b.tell("triage", accepted, case_id, who=who)
    await b.settle()


async def signed(b: Bench, kind: str, party_id: str = DEBTOR, case_id: str = CASE) -> str:
    """A paper on a debtor is made and signed. Gives its id."""
    document_id = f"{case_id}-{kind}-{next(_papers)}"
    drafted = DocumentDrafted(
        document_id=document_id, kind=kind, party_ids=(party_id,), auto=False, checked_against_file=True, states=()
    )
    paper = DocumentSigned(document_id=document_id, kind=kind, in_person=True, key_owner=True, sealed=True)
    await b.tell("intake", drafted, case_id, who="service_officer")
    await b.tell("intake", paper, case_id, who="chief")
    await b.settle()
    return document_id


async def closed(b: Bench, case_id: str = CASE, way: str = "performed") -> None:
    data = golden("CaseClosed") | {"way": way, "closed_on": date(2026, 4, 1)}
    await b.tell("triage", CaseClosed.model_validate(data), case_id, who=HANDLER)
    await b.settle()
