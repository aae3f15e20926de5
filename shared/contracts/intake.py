"""Events of intake (立案与文书, 3.1): applications, cases, documents, contacts, files."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import (
    MOST_ITEMS,
    Area,
    CaseId,
    CaseNumber,
    Code,
    Contract,
    Count,
    Fen,
    Flag,
    Id,
    Many,
    Nth,
    Part,
    Ref,
    SignedFen,
    text,
)
from contracts.vocabulary import CaseCause, ClaimAct, ContactKind, DocumentKind, DocumentState, Mark, MaterialKind

ApplicationKind = Literal[
    "enforcement", "resumption", "objection", "reconsideration", "transfer", "preservation", "advance", "delegated",
    "add_party",
]  # fmt: skip
Whereabouts = Literal["known", "missing", "unknown"]
InCustody = Literal["yes", "no", "unknown"]
ServiceWay = Literal["electronic", "post", "direct", "left", "on_behalf", "public_notice", "web"]


class _IntakeEvent(Contract):
    service: ClassVar[str] = "intake"


class ApplicationReceived(_IntakeEvent):
    """An application for enforcement or another proceeding arrives (收到申请)."""

    application_id: Id
    kind: ApplicationKind
    items: Many[Code]  # materials present
    from_division: Code | None = None
    agent: Literal["none", "lawyer", "relative", "other"]
    earlier_case_id: CaseId | None = None


class ApplicationSupplemented(_IntakeEvent):
    """Missing materials are handed in (补正)."""

    application_id: Id
    kind: ApplicationKind
    items: Many[Code]


class FilingRefused(_IntakeEvent):
    """The application is refused (不予立案)."""

    application_id: Id
    kind: ApplicationKind
    reasons: Many[Code]


class Instrument(Part):
    """The instrument enforced (执行依据)."""

    kind: Literal[
        "judgment", "mediation", "ruling", "award", "notarised_debt", "criminal", "administrative", "payment_order"
    ]
    from_tribunal: Code | None = None


class Claim(Part):
    """What is to be enforced (执行标的)."""

    money: Flag
    amount_fen: Fen
    basis: Literal["instrument", "offered_property"]
    interest_apart: Flag
    costs_apart: Flag
    acts: Many[ClaimAct]


class Party(Part):
    """A party (当事人) without personal data. `debtor_hash` is a keyed hash in hex, "" for who is no debtor."""

    party_id: Id
    role: Literal["creditor", "debtor", "third", "victim"]
    kind: Literal["person", "company", "organ", "institution"]
    state_employee: Flag
    named_in_instrument: Flag
    area: Area
    debtor_hash: Annotated[str, text("([0-9a-f]{16,128})?", 128)]
    whereabouts: Whereabouts
    in_custody: InCustody
    address_confirmed: Flag
    phone: Flag  # a number is known
    represented: Literal["none", "lawyer", "other"]


class CaseFiled(_IntakeEvent):
    """The case is filed and gets its number (立案)."""

    case_no: CaseNumber
    kind: Literal[
        "enforcement", "resumption", "preservation", "objection", "reconsideration", "supervision", "other", "delegated"
    ]
    application_id: Id
    instrument: Instrument
    cause: CaseCause
    claim: Claim
    parties: Many[Party]
    earlier_preservation: Flag
    marked_simple: Flag
    earlier_case_id: CaseId | None = None
    related_case_id: CaseId | None = None


class PartiesChanged(_IntakeEvent):
    """Parties are added or removed by a ruling (追加变更)."""

    added: Many[Party]
    removed: Many[Id]
    ruling: Id  # a document
    on_application: Flag


class ClaimChanged(_IntakeEvent):
    """The amount to be enforced changes (标的变更)."""

    component: Literal["principal", "interest", "costs", "delay", "waived", "concession_lapsed", "accelerated"]
    amount_fen: SignedFen
    new_total_fen: Fen
    ground: Code


class PartyNote(Part):
    """What became known of one party."""

    party_id: Id
    whereabouts: Whereabouts | None = None
    in_custody: InCustody | None = None


class CaseNoted(_IntakeEvent):
    """Marks are set or taken off the case (案情标注)."""

    marks: Annotated[dict[Mark, Flag], Field(max_length=MOST_ITEMS)]
    party: PartyNote | None = None


class DocumentDrafted(_IntakeEvent):
    """A document is made (制作)."""

    document_id: Id
    kind: DocumentKind
    about: Ref | None = None
    party_ids: Many[Id]
    auto: Flag
    checked_against_file: Flag
    states: Many[DocumentState]
    by_direction: Id | None = None  # a matter


class DocumentSigned(_IntakeEvent):
    """A document is signed (签发)."""

    document_id: Id
    kind: DocumentKind
    about: Ref | None = None
    in_person: Flag
    key_owner: Flag  # signed with the signer's own key
    sealed: Flag


class _DocumentToParty(_IntakeEvent):
    document_id: Id
    kind: DocumentKind
    about: Ref | None = None
    party_id: Id
    attempt: Nth
    way: ServiceWay


class DocumentSent(_DocumentToParty):
    """A document goes out to one party (发出)."""

    address: Literal["confirmed", "registered", "residence", "business", "none"]


class DocumentServed(_DocumentToParty):
    """How the sending to one party ended (送达结果)."""

    outcome: Literal["served", "failed"]
    reason: Code | None = None
    complete: Flag  # all addressees are served


class ContactRecorded(_IntakeEvent):
    """A reception, call or interview with parties (接待约谈)."""

    contact_id: Id
    kind: ContactKind
    with_: Many[Id] = Field(validation_alias="with", serialization_alias="with")  # parties
    visitor: Literal["creditor", "debtor", "agent", "other"]
    topics: Many[Code]
    identity_checked: Flag
    registered_before: Flag
    urgent: Flag
    matter_id: Id | None = None


class MaterialFiled(_IntakeEvent):
    """A material enters the case file (入卷)."""

    material_id: Id
    kind: MaterialKind
    medium: Literal["electronic", "paper"]
    about: Ref | None = None
    pages: Count
    catalogued: Flag
    pocket: Flag
