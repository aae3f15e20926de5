"""What happened to a case before the court had this system: application, filing, parties, papers, contacts, file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from contracts.intake import CaseFiled, Party
from families.events import CheckRecorded
from families.handover import Handover
from families.history import OF_HANDOVERS, OF_MATTERS, History, HistoryCommands, Past, Place, Told
from families.matter import Matter
from intake import events
from intake.case import Case
from intake.casefile import CaseFile
from intake.contact import Contact
from intake.document import Document
from intake.entry import ImportedParty
from intake.numbers import TYPE_WORDS, CaseNumbers, Series, block_of
from intake.parties import Parties, completed
from intake.privacy import CaseKeys, Vault
from kernel.application import Stream
from kernel.call import Answer, Call
from kernel.problems import Invalid

PARTIES = {"CaseFiled": "parties", "PartiesChanged": "added"}
"""Where events name parties whole. A history names them by their ids, because it tells of each once only."""
CASE_NO = re.compile(r"（(?P<year>\d{4})）(?P<series>.*?)(?P<number>\d+)号")
MOST_NUMBERS = 99_999  # of a series in a year

PAST: History = {
    **OF_HANDOVERS,
    **OF_MATTERS,
    events.ApplicationReceived: Place(Case, opens=True),
    events.ApplicationSupplemented: Place(Case),
    CheckRecorded: Place(Case),
    events.CaseFiled: Place(Case),
    events.CaseNoted: Place(Case),
    events.DocumentDrafted: Place(Document, "document_id", opens=True),
    events.DocumentSigned: Place(Document, "document_id"),
    events.DocumentSent: Place(Document, "document_id"),
    events.DocumentServed: Place(Document, "document_id"),
    events.ContactRecorded: Place(Contact, "contact_id", opens=True),
    events.MaterialFiled: Place(CaseFile),
}


class PastCommands(HistoryCommands):
    """A running case is filed, and keeps the number that it has; the court's series goes on after it."""

    vault: Vault
    BEGUN = frozenset({Case, Document, Matter, Handover})
    HISTORY = PAST

    async def import_case(
        self, call: Call, case_id: str, digest: str, history: Sequence[Past], parties: Sequence[ImportedParty] = ()
    ) -> Answer:
        """The personal data are sealed as ever."""
        keys = await self.vault.make_keys(case_id, [each.party_id for each in parties])
        people = {each.party_id: self._party(call, each) for each in parties}
        told = self.told(call, case_id, [with_parties(past, people) for past in history])
        series, number = self._number(call, told)
        also: list[Stream] = [(Parties, case_id), *self._blocks(series, number)]

        def begin(of_case: Parties, *blocks: CaseNumbers) -> None:
            for entry in parties:
                _enter(f"case/{case_id}", of_case, entry, people[entry.party_id], keys)
            for block in blocks:
                block.take(number, f"case/{case_id}")

        return await self.bring_in(call, case_id, digest, told, also, begin)

    def _party(self, call: Call, entry: ImportedParty) -> Party:
        hashed = self.vault.identity_hash(call.by.court, entry.identity_no or "")
        return completed(entry.party(entry.party_id), entry, hashed)

    def _number(self, call: Call, told: Sequence[Told]) -> tuple[Series, int]:
        """Raises Invalid for a history without its one filing, and for a number that is not of the court's series."""
        filings = [each.contract for each in told if isinstance(each.contract, CaseFiled)]
        if len(filings) != 1:
            raise Invalid("a running case has been filed, once", field="body.history")
        series, number = series_of(call.by.court, self.courts.codes[call.by.court], filings[0])
        return series, number

    def _blocks(self, series: Series, number: int) -> list[Stream]:
        return [(CaseNumbers, series.block(n)) for n in range(block_of(number) + 1)]


def _enter(subject: str, parties: Parties, entry: ImportedParty, party: Party, keys: CaseKeys) -> None:
    parties.enter(subject, party, entry, keys, party.debtor_hash)


def with_parties(past: Past, people: Mapping[str, Party]) -> Past:
    """With the parties themselves in place of their ids."""
    field = PARTIES.get(past.event)
    named = past.data.get(field) if field else None
    if field is None or not isinstance(named, list):
        return past
    found: list[JsonValue] = [
        people[each].model_dump(mode="json") if isinstance(each, str) and each in people else each for each in named
    ]
    return past.model_copy(update={"data": {**past.data, field: found}})


def series_of(court: str, code: str, filing: CaseFiled) -> tuple[Series, int]:
    """The series and the number in it of a case number. Raises Invalid where it is not one of this court and kind."""
    parts, word = CASE_NO.fullmatch(filing.case_no), TYPE_WORDS.get(filing.kind)
    if parts is None or word is None or parts["series"] != f"{code}{word}":
        raise Invalid("is no case number of this court for this kind of case", field="body.history.case_no")
    number = int(parts["number"])
    if not 1 <= number <= MOST_NUMBERS:
        raise Invalid(f"a number is 1 to {MOST_NUMBERS}", field="body.history.case_no")
    return Series(court, int(parts["year"]), code, word), number
