"""Commands of the intake service, and the posts each is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from contracts.auction import AuctionFailed, AuctionPaid, PriceFixed
from contracts.base import Contract
from contracts.intake import CaseFiled, CaseNoted, Claim, ContactRecorded
from families.correction import CorrectionCommands
from families.days import day_of
from families.handover import Handover, HandoverCommands
from families.history import IMPORTERS
from families.matter import OPEN, Matter, MatterCommands
from intake.auctions import paper, paper_after
from intake.case import FILING_REVIEW, FIRST_REVIEW, RESUMPTION, Case
from intake.casefile import CaseFile
from intake.contact import Contact
from intake.document import Document
from intake.entry import PartyEntry, PersonalData
from intake.numbers import TYPE_WORDS, BlockFull, CaseNumbers, Series
from intake.parties import Parties
from intake.past import PastCommands
from intake.privacy import Vault
from intake.resumption import claim_of, require_leave
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.guard import ground
from kernel.http import ANYONE
from kernel.problems import Invalid, NotYet, Refused, WrongState
from kernel.timers import Timer
from rules import authority, documents
from rules.packs import HANDLER, Rule

DOERS = (
    "handler",
    "service_officer",
    "enquiry_officer",
    "field_officer",
    "auction_officer",
    "general_officer",
    "director",
    "deputy_director",
    "judge",
    "enforcement_officer",
    "clerk",
    "deputy_chief",
    "chief",
)
FILE_KEEPERS = ("file_officer", "trial_management")
MATTER_TAKERS = ("service_officer", "general_officer", "director", "handler")
MAY = {
    "receive_application": ("filing_officer",),
    "supplement": ("filing_officer",),
    "review_filing": ("filing_officer",),
    "review_resumption": ("filing_officer",),
    "refuse_filing": ("director",),
    "file_case": ("filing_officer",),
    "note_case": ("filing_officer", "handler", "director"),
    "record_party": ("filing_officer", "general_officer", "service_officer", "handler"),
    "forget_party": ("director", "chief"),
    "see_parties": ("filing_officer", "general_officer", "service_officer", "director", "chief", "handler"),
    "draft": DOERS,
    "sign": (ANYONE,),  # the court's pack says who: whoever may not is refused, on record
    "send": DOERS,
    "record_service": DOERS,
    "record_contact": ("filing_officer", "handler", "general_officer"),
    "file_material": (*DOERS, *FILE_KEEPERS, "filing_officer"),
    "hand_over": (*DOERS, *FILE_KEEPERS, "filing_officer"),
    "accept_handover": (*DOERS, *FILE_KEEPERS),
    "return_handover": (*DOERS, *FILE_KEEPERS),
    "ask_matter": (*DOERS, "filing_officer"),
    "accept_matter": MATTER_TAKERS,
    "decline_matter": MATTER_TAKERS,
    "progress_matter": MATTER_TAKERS,
    "finish_matter": MATTER_TAKERS,
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "import_cases": IMPORTERS,
}
HAS_DEBTOR = ("enforcement", "transfer", "resumption")  # kinds of applications
FORM_DOCUMENTS = "form_documents"
DESTROY_KEY = "destroy_key"
FORGETS_WITHIN = timedelta(minutes=1)  # longer than a command takes


class Intake(CorrectionCommands, HandoverCommands, MatterCommands, PastCommands):
    """立案与文书: applications, filing, parties, documents, contacts and files. Personal data live only here."""

    SERVICE = "intake"
    NAMED = (("matter_id", Matter), ("handover_id", Handover))
    CORRECTED = (Case, Document, Contact, CaseFile, Matter, Handover)
    vault: Vault  # set by the composition root

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._open_blocks: Counter[Series] = Counter()  # every block before it is full

    # -- applications and filing

    async def receive_application(self, call: Call, parties: tuple[PartyEntry, ...], **fields: Any) -> Answer:
        """Mints the case's id; all further facts of the case stand under it, filed or not."""
        case_id, application_id = call.mint("case"), call.mint("application")
        entered = [entry.party(call.mint(f"party {n}")) for n, entry in enumerate(parties)]
        if fields["kind"] in HAS_DEBTOR and not any(party.role == "debtor" for party in entered):
            raise Invalid("names no debtor", field="body.parties")
        subject, party_ids = f"case/{case_id}", [party.party_id for party in entered]
        keys = await self.vault.make_keys(case_id, party_ids)

        def receive(case: Case, people: Parties) -> dict[str, Any]:
            case.receive(application_id, subject, **fields)
            for party, entry in zip(entered, parties, strict=True):
                people.enter(subject, party, entry, keys, self._identity_hash(call, entry))
            return {"case_id": case_id, "application_id": application_id, "party_ids": party_ids}

        return await self.change_all(call, [(Case, case_id), (Parties, case_id)], receive)

    async def supplement(self, call: Call, case_id: str, items: tuple[str, ...]) -> Answer:
        return await self.change(call, Case, case_id, lambda c: c.supplement(items))

    async def review_filing(self, call: Call, case_id: str, result: str, lacking: tuple[str, ...]) -> Answer:
        key = call.mint("check")
        return await self.change(call, Case, case_id, lambda c: c.review(key, FILING_REVIEW, result, lacking))

    async def review_resumption(self, call: Call, case_id: str, result: str, lacking: tuple[str, ...]) -> Answer:
        key = call.mint("check")
        return await self.change(call, Case, case_id, lambda c: c.review(key, FIRST_REVIEW, result, lacking))

    async def refuse_filing(self, call: Call, case_id: str, reasons: tuple[str, ...]) -> Answer:
        return await self.change(call, Case, case_id, lambda c: c.refuse(reasons))

    async def file_case(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """The case gets the next number of its series, for good."""
        series = self._series(call, await self.case(case_id))
        while True:
            try:
                return await self._file(call, case_id, series, await self._open_block(series), **fields)
            except BlockFull:
                continue  # others have just used it up

    async def _file(self, call: Call, case_id: str, series: Series, block: int, claim: Claim, **fields: Any) -> Answer:
        """Case and number are saved in one append, or neither is."""

        policy = self.policy(call)

        def file(case: Case, parties: Parties, numbers: CaseNumbers, known: Known) -> dict[str, str]:
            case.require_fileable(claim)
            if case.kind == RESUMPTION:
                require_leave(policy, known)
            case_no = series.case_no(numbers.give(block, case.subject))
            case.file(case_no, parties=tuple(parties.parties.values()), claim=claim, **fields)
            return {"case_id": case_id, "case_no": case_no}

        streams = [(Case, case_id), (Parties, case_id), (CaseNumbers, series.block(block))]
        return await self.change_all(call, streams, file, knowing=f"case/{case_id}")

    async def file_resumption(self, call: Call, case_id: str) -> None:
        """By the system, once leave to resume is given: what the earlier case was about, for what there is now.

        Raises NotYet before the application has passed its first review; nothing where a person was faster.
        """
        case = await self.case(case_id)
        if case.state == "filed":
            return
        if case.state != "passed" or case.earlier_case_id is None:
            raise NotYet("the request to resume has not passed its first review, or names no earlier case")
        earlier = await self.known(call.by.court, f"case/{case.earlier_case_id}")
        await self.file_case(call, case_id, **claim_of(earlier))

    async def note_case(self, call: Call, case_id: str, **fields: Any) -> Answer:
        party = fields["party"]
        (await self.read(Parties, case_id)).require([party.party_id] if party else [], "body.party.party_id")

        def note(case: Case, known: Known) -> None:
            if known.view.status == "closed":
                raise WrongState("the case is closed")
            case.note(**fields)

        return await self.change(call, Case, case_id, note, knowing=f"case/{case_id}")

    # -- parties

    async def record_party(self, call: Call, case_id: str, party_id: str, **given: Any) -> Answer:
        """More is known of a party (补充当事人信息); what is not given stays as it is."""
        await self.case(case_id)
        data, keys = PersonalData(**given), await self.vault.keys(case_id)
        hashed = self._identity_hash(call, data)
        return await self.change(
            call, Parties, case_id, lambda p: p.enter(p.subject, p.party(party_id), data, keys, hashed)
        )

    async def forget_party(self, call: Call, case_id: str, party_id: str) -> Answer:
        """Who ordered it and when is durable before the key is gone; if the process ends between, a timer goes on."""
        which = {"case_id": case_id, "party_id": party_id}
        go_on = Timer(f"forget-{call.by.command_id}", call.by.decided_at + FORGETS_WITHIN, DESTROY_KEY, which)
        await self.timers.set(go_on, call.by)
        answer = await self.change(call, Parties, case_id, lambda p: p.forget(party_id))
        await self.destroy_key(case_id, party_id)
        return answer

    async def destroy_key(self, case_id: str, party_id: str) -> None:
        """Only of a party that is forgotten."""
        if party_id in (await self.read(Parties, case_id)).forgotten:
            await self.vault.destroy(case_id, party_id)

    # -- documents

    async def draft(
        self, call: Call, case_id: str, kind: str, party_ids: tuple[str, ...], states: tuple[str, ...], **fields: Any
    ) -> Answer:
        """Raises Refused where the court's pack leaves the kind to others, or it does not state what it must."""
        subject = f"case/{case_id}"
        (await self.read(Parties, case_id)).require(party_ids, "body.party_ids")
        policy, actor = self.policy(call), self.actor(call)

        def draft(document: Document, known: Known) -> dict[str, str]:
            stated = tuple(dict.fromkeys((*states, *_account(known))))
            made: dict[str, Any] = {"kind": kind, "party_ids": party_ids, "states": stated, **fields}
            rules = documents.applying(policy, made, known.view)
            if faults := documents.faults(policy, made, actor, known.view):
                lacking = tuple(dict.fromkeys(lack for fault in faults for lack in fault.lacking))
                wanted_by = next((rule.made_by[0] for rule in rules if rule.made_by), HANDLER)
                raise _refused("draft", [fault.rule for fault in faults], lacking, wanted_by, subject)
            auto = any(rule.auto for rule in rules)
            return document.draft_for(subject, rules[0].id if rules else "", auto=auto, **made)

        return await self.change(call.under(policy), Document, call.mint("document"), draft, knowing=subject)

    async def draft_auction_paper(
        self, call: Call, case_id: str, happened: PriceFixed | AuctionFailed | AuctionPaid
    ) -> None:
        """By the system, for whoever signs it; where the court's rules ask more of the paper, people make it."""
        known, policy = await self.known(call.by.court, f"case/{case_id}"), self.policy(call)
        kind = paper_after(happened, known, policy.rounds)
        if kind is not None:
            made = paper(kind, happened.lot_id, known)
            if made["party_ids"] and not documents.faults(policy, made, self.actor(call), known.view):
                await self.draft(call, case_id, **made)

    async def sign(self, call: Call, case_id: str, document_id: str, **fields: Any) -> Answer:
        """Signed by whom the court's pack says (签发权限); anybody else is refused, and that is on record."""
        subject, policy, actor = f"case/{case_id}", self.policy(call), self.actor(call)

        def sign(document: Document, known: Known) -> None:
            document.require_of(subject)
            rule = authority.for_document(policy, document.kind, known.view)
            if rule is None:
                raise WrongState("no rule in force says who signs this kind of document")
            own_key = fields["in_person"] and fields["key_owner"]
            lacking = authority.lacks_to_sign(rule, actor, known.view, own_key)
            if lacking:
                raise _refused(f"sign/{document.kind}", [rule], lacking, rule.who[0], subject)
            document.sign(rule.id, **fields)

        return await self.change(call.under(policy), Document, document_id, sign, knowing=subject)

    async def send(self, call: Call, case_id: str, document_id: str, party_id: str, **fields: Any) -> Answer:
        def send(document: Document) -> dict[str, object]:
            document.require_of(f"case/{case_id}")
            return document.send(party_id, **fields)

        return await self.change(call, Document, document_id, send)

    async def record_service(self, call: Call, case_id: str, document_id: str, **fields: Any) -> Answer:
        def record(document: Document) -> dict[str, object]:
            document.require_of(f"case/{case_id}")
            return document.record_service(**fields)

        return await self.change(call, Document, document_id, record)

    async def ask_form_documents(self, call: Call, case_id: str) -> None:
        """Asked by the system on filing, where the court's pack has form documents (格式文书)."""
        view = (await self.known(call.by.court, f"case/{case_id}")).view
        rules = documents.form_documents(self.policy(call), view)
        if rules:
            asked = {"kind": FORM_DOCUMENTS, "to_post": rules[0].made_by[0], "urgent": False, "requirement": True}
            papers = sum(len(rule.kinds) for rule in rules)
            await self.ask_matter(call, case_id, _forms(case_id), items=papers, materials=(), **asked)

    async def finish_form_documents(self, call: Call, case_id: str) -> None:
        """Done when every form document of every debtor is sent (Y03)."""
        known = await self.known(call.by.court, f"case/{case_id}")
        matter = await self.read(Matter, _forms(case_id))
        if matter.state in OPEN and not documents.unsent_forms(self.policy(call), known.view, known.facts):
            done = {"result": "done", "receipts_complete": False, "reported_to_handler": False}
            await super().finish_matter(call, matter.key, **done)

    # -- contacts and the file

    async def record_contact(self, call: Call, case_id: str, with_: tuple[str, ...], **fields: Any) -> Answer:
        (await self.read(Parties, case_id)).require(with_, "body.with")
        return await self.change(
            call, Contact, call.mint("contact"), lambda c: c.happen(f"case/{case_id}", with_=with_, **fields)
        )

    async def file_material(self, call: Call, case_id: str, **fields: Any) -> Answer:
        await self.case(case_id)
        key = call.mint("material")
        return await self.change(call, CaseFile, case_id, lambda f: f.file_material(key, f"case/{case_id}", **fields))

    async def open_archiving(self, call: Call, case_id: str) -> Answer:
        return await self.change(call, CaseFile, case_id, lambda f: f.open_archiving(f"case/{case_id}"))

    # -- what the families leave to the service

    async def hand_over(self, call: Call, case_id: str, handover_id: str | None = None, **fields: Any) -> Answer:
        """A file goes to the archives only once its case is closed."""
        await self.case(case_id)
        if (fields["what"], fields["reason"]) == ("file", "archiving"):
            (await self.read(CaseFile, case_id)).require_archiving()
        return await super().hand_over(call, case_id, handover_id, **fields)

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        if case_id is not None:
            await self.case(case_id)
        return await super().ask_matter(call, case_id, matter_id, **fields)

    async def finish_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        if (await self.read(Matter, matter_id)).what.get("kind") == FORM_DOCUMENTS:
            raise WrongState("the form documents are done when the last of them is sent")
        return await super().finish_matter(call, matter_id, **fields)

    # -- corrections

    async def require_true(self, call: Call, subject: str, amended: Contract) -> None:
        """Whoever a fact names is a party of the case; their personal data are recorded with the party."""
        people = await self.read(Parties, subject.removeprefix("case/"))
        if named := _named(amended):
            people.require(named, "body.reading.data")

    # -- what commands need

    async def case(self, case_id: str) -> Case:
        """Raises NotFound."""
        case = await self.read(Case, case_id)
        case.require_received()
        return case

    def _series(self, call: Call, case: Case) -> Series:
        court = call.by.court
        return Series(court, day_of(call.by).year, self.courts.codes[court], TYPE_WORDS[case.kind])

    async def _open_block(self, series: Series) -> int:
        block = self._open_blocks[series]
        while (await self.read(CaseNumbers, series.block(block))).full:
            block += 1
        self._open_blocks[series] = max(block, self._open_blocks[series])  # others may have looked further meanwhile
        return block

    def _identity_hash(self, call: Call, data: PersonalData) -> str:
        return self.vault.identity_hash(call.by.court, data.identity_no or "")


def _forms(case_id: str) -> str:
    """The id of the one matter of the case's form documents."""
    return f"{case_id}-forms"


def _named(event: Contract) -> list[str]:
    """Ids of all parties that an event names and that a correction may exchange."""
    match event:
        case CaseFiled():
            return [party.party_id for party in event.parties]
        case CaseNoted(party=party) if party is not None:
            return [party.party_id]
        case ContactRecorded():
            return list(event.with_)
        case _:
            return []


def _account(known: Known) -> tuple[str, ...]:
    """Every document made once the case has its account states it (一案一账号)."""
    return ("case_account",) if any(fact.type == "AccountOpened" for fact in known.facts) else ()


def _refused(act: str, rules: Sequence[Rule], lacking: tuple[str, ...], wanted_by: str, subject: str) -> Refused:
    return Refused(
        "the rules of the court leave this to others, or ask for more",
        act=act,
        rule=rules[0].id,
        lacking=lacking,
        wanted_by=wanted_by,
        subject=subject,
        grounds=[ground(rule) for rule in rules],
    )
