"""HTTP of the intake service."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from contracts import families
from contracts import intake as contracts
from contracts.base import CaseId, Code, Id
from families.history import EXAMPLE, MOST_CASES
from intake.application import Intake
from intake.casefile import CaseFile
from intake.document import Document
from intake.entry import PartyEntry, PersonalData
from intake.parties import Parties
from intake.past import FiledHistory
from intake.views import case_view, document_view, file_view, papers_view, parties_view, service_view
from kernel.http import ByCaller, Command, body_of, command_router
from kernel.telemetry import trace_id

OF_APPLICATION = ("application_id", "kind")
OF_DOCUMENT = ("document_id", "kind", "about")
PARTY = {
    **{"role": "debtor", "kind": "person", "state_employee": False, "named_in_instrument": True, "area": "城关"},
    **{"whereabouts": "known", "in_custody": "no", "represented": "none", "name": "示例当事人"},
}
log = structlog.get_logger()
router = command_router("intake 立案与文书")


class ReceiveApplication(body_of(contracts.ApplicationReceived, without=("application_id",))):
    """An application (申请), with the parties it names."""

    parties: Annotated[tuple[PartyEntry, ...], Field(min_length=1, max_length=200, examples=[[PARTY]])]


class ImportFiledCases(Command):
    """Intake's parts of running cases."""

    cases: Annotated[
        tuple[FiledHistory, ...],
        Field(
            min_length=1,
            max_length=MOST_CASES,
            examples=[[EXAMPLE | {"parties": [PARTY | {"party_id": "yiyang-old-1.debtor"}]}]],
        ),
    ]


class Supplement(body_of(contracts.ApplicationSupplemented, without=OF_APPLICATION)):
    """What was missing (补正)."""


class ReviewFiling(body_of(families.CheckRecorded, without=("check_id", "kind", "about", "count"))):
    """The result of the filing review (立案审查), naming what lacks."""


class RefuseFiling(body_of(contracts.FilingRefused, without=OF_APPLICATION)):
    """Why the application is not filed (不予立案)."""


class FileCase(body_of(contracts.CaseFiled, without=("case_no", "kind", "application_id", "parties"))):
    """What is to be enforced; the kind of case follows from the application, the number from the court's series."""


class NoteCase(body_of(contracts.CaseNoted)):
    """Marks set or taken off (案情标注), and what became known of a party."""


class RecordParty(PersonalData, Command):
    """What more is known of a party."""


class Draft(body_of(contracts.DocumentDrafted, without=("document_id", "auto"))):
    """A document to be made (制作)."""


class Sign(body_of(contracts.DocumentSigned, without=OF_DOCUMENT)):
    """How it was signed (签发)."""


class Send(body_of(contracts.DocumentSent, without=(*OF_DOCUMENT, "attempt"))):
    """To whom it goes, and how (发出)."""


class RecordService(body_of(contracts.DocumentServed, without=(*OF_DOCUMENT, "way", "complete"))):
    """How an attempt ended (送达结果)."""


class RecordContact(body_of(contracts.ContactRecorded, without=("contact_id",))):
    """A reception, call or interview (接待约谈)."""


class FileMaterial(body_of(contracts.MaterialFiled, without=("material_id",))):
    """A material for the file (入卷)."""


@router.post("/applications")
async def receive_application(body: ReceiveApplication, by: ByCaller) -> Response:
    """Takes an application in (收到申请) and mints the case's id. Names, numbers and addresses are kept encrypted."""
    return await by.do(Intake.receive_application, body=body)


@router.post("/cases/{case_id}/application/supplements")
async def supplement(case_id: CaseId, body: Supplement, by: ByCaller) -> Response:
    """Adds materials to an application (补正)."""
    return await by.do(Intake.supplement, case_id, body=body)


@router.post("/cases/{case_id}/application/review")
async def review_filing(case_id: CaseId, body: ReviewFiling, by: ByCaller) -> Response:
    """Records the filing review (立案审查); only what has passed it can be filed."""
    return await by.do(Intake.review_filing, case_id, body=body)


@router.post("/cases/{case_id}/application/first-review")
async def review_resumption(case_id: CaseId, body: ReviewFiling, by: ByCaller) -> Response:
    """Records the first review of a request to resume (恢复执行初审), before its clues are checked."""
    return await by.do(Intake.review_resumption, case_id, body=body)


@router.post("/cases/{case_id}/application/refusal")
async def refuse_filing(case_id: CaseId, body: RefuseFiling, by: ByCaller) -> Response:
    """Refuses the application (不予立案)."""
    return await by.do(Intake.refuse_filing, case_id, body=body)


@router.post("/cases/{case_id}/filing")
async def file_case(case_id: CaseId, body: FileCase, by: ByCaller) -> Response:
    """Files the case (立案): it gets the next number of the court's series for the year of filing."""
    return await by.do(Intake.file_case, case_id, body=body)


@router.post("/cases/{case_id}/notes")
async def note_case(case_id: CaseId, body: NoteCase, by: ByCaller) -> Response:
    """Sets marks on the case or takes them off (案情标注)."""
    return await by.do(Intake.note_case, case_id, body=body)


@router.get("/cases/{case_id}")
async def case(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """The case, without personal data."""
    intake = by.reads(Intake)
    return case_view(await intake.case(case_id), await intake.read(Parties, case_id))


@router.get("/cases/{case_id}/parties")
async def parties(case_id: CaseId, by: ByCaller) -> list[dict[str, Any]]:
    """The parties by name (当事人), for the posts that deal with them; who is forgotten shows as forgotten.

    That they were seen, and by whom, is logged.
    """
    intake = await by.reads_as(Intake, "see_parties")
    seen = parties_view(await intake.read(Parties, case_id), await intake.vault.keys(case_id))
    log.info("names seen", case_id=case_id, member=by.principal.member, trace=trace_id(by.traceparent))
    return seen


@router.post("/cases/{case_id}/parties/{party_id}")
async def record_party(case_id: CaseId, party_id: Id, body: RecordParty, by: ByCaller) -> Response:
    """Records more of a party (补充当事人信息); what is not given stays."""
    return await by.do(Intake.record_party, case_id, party_id, body=body)


@router.post("/cases/{case_id}/parties/{party_id}/forget")
async def forget_party(case_id: CaseId, party_id: Id, body: Command, by: ByCaller) -> Response:
    """Forgets a person for good: the key of the personal data is destroyed, the history of the case stays."""
    return await by.do(Intake.forget_party, case_id, party_id, body=body)


@router.post("/cases/{case_id}/documents")
async def draft(case_id: CaseId, body: Draft, by: ByCaller) -> Response:
    """Makes a document (制作文书); once the case has its account, every document states it."""
    return await by.do(Intake.draft, case_id, body=body)


@router.get("/cases/{case_id}/documents")
async def papers(case_id: CaseId, by: ByCaller) -> list[dict[str, Any]]:
    """The case's documents (文书), also those the system has drafted: kind, what it is about, whether signed."""
    intake = by.reads(Intake)
    await intake.case(case_id)
    return papers_view(await intake.known(by.principal.court, f"case/{case_id}"))


@router.get("/cases/{case_id}/service")
async def service(case_id: CaseId, kind: Code, by: ByCaller) -> dict[str, Any]:
    """How papers of a kind are to be served on each party (送达方式和地址), and the rules that say so."""
    intake, court = by.reads(Intake), by.principal.court
    await intake.case(case_id)
    known = await intake.known(court, f"case/{case_id}")
    policy = intake.courts.policy(court, by.state.clock.now())
    return service_view(policy, kind, await intake.read(Parties, case_id), known.view)


@router.get("/cases/{case_id}/documents/{document_id}")
async def document(case_id: CaseId, document_id: Id, by: ByCaller) -> dict[str, Any]:
    """A document: what it states, how it was sent, who was served."""
    found = await by.reads(Intake).read(Document, document_id)
    found.require_of(f"case/{case_id}")
    return document_view(found)


@router.post("/cases/{case_id}/documents/{document_id}/signature")
async def sign(case_id: CaseId, document_id: Id, body: Sign, by: ByCaller) -> Response:
    """Signs a document (签发), if the court's pack leaves it to the caller; otherwise the refusal is on record."""
    return await by.do(Intake.sign, case_id, document_id, body=body)


@router.post("/cases/{case_id}/documents/{document_id}/sendings")
async def send(case_id: CaseId, document_id: Id, body: Send, by: ByCaller) -> Response:
    """Sends a signed document to one party (发出); gives the number of the attempt."""
    return await by.do(Intake.send, case_id, document_id, body=body)


@router.post("/cases/{case_id}/documents/{document_id}/services")
async def record_service(case_id: CaseId, document_id: Id, body: RecordService, by: ByCaller) -> Response:
    """Records how an attempt ended (送达结果); a failure gives its reason."""
    return await by.do(Intake.record_service, case_id, document_id, body=body)


@router.post("/cases/{case_id}/contacts")
async def record_contact(case_id: CaseId, body: RecordContact, by: ByCaller) -> Response:
    """Records a contact with parties (接待约谈)."""
    return await by.do(Intake.record_contact, case_id, body=body)


@router.post("/cases/{case_id}/file/materials")
async def file_material(case_id: CaseId, body: FileMaterial, by: ByCaller) -> Response:
    """Puts a material into the case's file (入卷)."""
    return await by.do(Intake.file_material, case_id, body=body)


@router.get("/cases/{case_id}/file")
async def case_file(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """The catalogue of the case's file (卷宗目录)."""
    intake = by.reads(Intake)
    return file_view(await intake.case(case_id), await intake.read(CaseFile, case_id))


@router.post("/histories")
async def import_cases(body: ImportFiledCases, by: ByCaller) -> Response:
    """Brings in running cases (存量案件导入): parties, number and papers of each, all of them whole or none."""
    return await by.do(Intake.import_cases, body=body)


@router.get("/histories")
async def known_cases(
    by: ByCaller, case_id: Annotated[tuple[CaseId, ...], Query(max_length=MOST_CASES)] = ()
) -> list[str]:
    """Which of these cases are here, so that they need not be brought in."""
    intake = await by.reads_as(Intake, "import_cases")
    return await intake.known_cases([each for each in case_id if each.startswith(f"{by.principal.court}-")])
