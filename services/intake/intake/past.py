"""What happened to a case before the court had this system: application, filing, parties, papers, contacts, file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, JsonValue

from contracts.intake import CaseFiled, Party
from families.events import CheckRecorded
from families.handover import Handover
from families.history import (
    OF_HANDOVERS,
    OF_MATTERS,
    Arrival,
    CaseHistory,
    History,
    HistoryCommands,
    Past,
    Place,
)
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
from kernel.call import Call
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


class FiledHistory(CaseHistory):
    """Intake's part of a running case's history, with its parties."""

    parties: Annotated[tuple[ImportedParty, ...], Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Filed(Arrival):
    """A running case is filed, and keeps the number that it has; the court's series goes on after it."""

    case: FiledHistory
    people: Mapping[str, Party]
    keys: CaseKeys
    series: Series
    case_number: int

    @property
    def also(self) -> Sequence[Stream]:
        blocks = range(block_of(self.case_number) + 1)
        return [(Parties, self.case.case_id), *((CaseNumbers, self.series.block(n)) for n in blocks)]

    def begin(self, *drafts: Any) -> None:
        """The personal data are sealed as ever."""
        of_case, *blocks = drafts
        subject = f"case/{self.case.case_id}"
        for entry in self.case.parties:
            party = self.people[entry.party_id]
            of_case.enter(subject, party, entry, self.keys, party.debtor_hash)
        for block in blocks:
            block.take(self.case_number, subject)


class PastCommands(HistoryCommands):
    """What was filed, and the papers since."""

    vault: Vault
    BEGUN = frozenset({Case, Document, Matter, Handover})
    HISTORY = PAST

    async def known_cases(self, case_ids: Sequence[str]) -> list[str]:
        """Which of these are cases here, wherever they came from."""
        return [case.key for case in await self.read_all(Case, case_ids) if case.exists]

    async def arrivals(self, call: Call, cases: Sequence[FiledHistory]) -> list[Filed]:
        parties = {case.case_id: [each.party_id for each in case.parties] for case in cases}
        keys = await self.vault.make_all_keys(parties)
        return [self._filed(call, number, case, keys[case.case_id]) for number, case in enumerate(cases)]

    def _filed(self, call: Call, number: int, case: FiledHistory, keys: CaseKeys) -> Filed:
        """Raises Invalid for a history without its one filing, and for a number that is not of the court's series."""
        people = {each.party_id: self._party(call, each) for each in case.parties}
        history = tuple(with_parties(past, people) for past in case.history)
        told = self.told(call, number, case.model_copy(update={"history": history}))
        field = f"body.cases.{number}.history"
        filings = [each.contract for each in told if isinstance(each.contract, CaseFiled)]
        if len(filings) != 1:
            raise Invalid("a running case has been filed, once", field=field)
        series, case_number = series_of(call.by.court, self.courts.codes[call.by.court], filings[0], field)
        return Filed(number, case, told, people, keys, series, case_number)

    def _party(self, call: Call, entry: ImportedParty) -> Party:
        hashed = self.vault.identity_hash(call.by.court, entry.identity_no or "")
        return completed(entry.party(entry.party_id), entry, hashed)


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


def series_of(court: str, code: str, filing: CaseFiled, field: str = "history") -> tuple[Series, int]:
    """The series and the number in it of a case number. Raises Invalid where it is not one of this court and kind."""
    parts, word = CASE_NO.fullmatch(filing.case_no), TYPE_WORDS.get(filing.kind)
    if parts is None or word is None or parts["series"] != f"{code}{word}":
        raise Invalid("is no case number of this court for this kind of case", field=f"{field}.case_no")
    number = int(parts["number"])
    if not 1 <= number <= MOST_NUMBERS:
        raise Invalid(f"a number is 1 to {MOST_NUMBERS}", field=f"{field}.case_no")
    return Series(court, int(parts["year"]), code, word), number
