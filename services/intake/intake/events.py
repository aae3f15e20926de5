"""What can happen to a case on paper (立案与文书): its application, filing, parties, documents, contacts and file."""

from __future__ import annotations

from contracts import intake as contracts
from kernel.domain import DomainEvent


class ApplicationReceived(DomainEvent, contracts.ApplicationReceived):
    TOPIC = "intake:ApplicationReceived.1"


class ApplicationSupplemented(DomainEvent, contracts.ApplicationSupplemented):
    TOPIC = "intake:ApplicationSupplemented.1"


class FilingRefused(DomainEvent, contracts.FilingRefused):
    TOPIC = "intake:FilingRefused.1"


class CaseFiled(DomainEvent, contracts.CaseFiled):
    TOPIC = "intake:CaseFiled.1"


class CaseNumberGiven(DomainEvent):
    """The next number of a series is a case's for good."""

    TOPIC = "intake:CaseNumberGiven.1"
    number: int


class CaseNumberTaken(DomainEvent):
    """A case has brought its number with it. `place`: up to where the block's numbers are used up since."""

    TOPIC = "intake:CaseNumberTaken.1"
    number: int
    place: int


class PartyRecorded(DomainEvent):
    """A party is entered, or more is known of one: `sealed` holds the personal data that were given, by field."""

    TOPIC = "intake:PartyRecorded.1"
    party: contracts.Party
    sealed: dict[str, str]


class PartyForgotten(DomainEvent):
    """The key of a party's personal data is destroyed: nobody can read them again."""

    TOPIC = "intake:PartyForgotten.1"
    party_id: str


class CaseNoted(DomainEvent, contracts.CaseNoted):
    TOPIC = "intake:CaseNoted.1"


class DocumentDrafted(DomainEvent, contracts.DocumentDrafted):
    TOPIC = "intake:DocumentDrafted.1"


class DocumentSigned(DomainEvent, contracts.DocumentSigned):
    TOPIC = "intake:DocumentSigned.1"


class DocumentSent(DomainEvent, contracts.DocumentSent):
    TOPIC = "intake:DocumentSent.1"


class DocumentServed(DomainEvent, contracts.DocumentServed):
    TOPIC = "intake:DocumentServed.1"


class ContactRecorded(DomainEvent, contracts.ContactRecorded):
    TOPIC = "intake:ContactRecorded.1"


class MaterialFiled(DomainEvent, contracts.MaterialFiled):
    TOPIC = "intake:MaterialFiled.1"


class ArchivingOpened(DomainEvent):
    """The case is closed: its file may be handed over to the archives (归档)."""

    TOPIC = "intake:ArchivingOpened.1"
