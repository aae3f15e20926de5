"""Cases, their numbers, parties, files and papers under any commands."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.intake import Claim
from intake import numbers
from intake.case import Case
from intake.casefile import CaseFile
from intake.contact import Contact
from intake.document import Document
from intake.entry import PersonalData
from intake.numbers import BlockFull, CaseNumbers
from intake.parties import Parties
from intake.privacy import CaseKeys
from kernel.problems import Invalid, NotFound, Problem, WrongState
from tests.unit.machines.machine import AggregateMachine, case_of, few, fields_of

pytestmark = pytest.mark.fast
CASE = "case/yiyang-1"


@dataclass
class CaseModel:
    kind: str = ""
    state: str = ""
    marks: dict[str, bool] = field(default_factory=dict)

    def become(self, state: str) -> None:
        self.state = state

    def refuses(self) -> type[Problem] | None:
        """What only an application takes that is not decided."""
        return NotFound if not self.state else WrongState if self.state in ("refused", "filed") else None


class Cases(AggregateMachine):
    KIND, MODEL = Case, CaseModel

    @initialize(kind=few(["enforcement", "resumption", "resumption", None]))
    def begin(self, kind: str | None) -> None:
        if kind is None:
            return
        fields = fields_of("ApplicationReceived", "application_id", kind=kind)

        def received(model: CaseModel) -> None:
            model.kind, model.state = kind, "received"

        self.do(lambda c: c.receive("yiyang-a1", CASE, **fields), None, received)

    @rule()
    def supplement(self) -> None:
        self.do(lambda c: c.supplement(("identity",)), self.model.refuses())

    @rule(kind=few(["filing_review", "resumption_first_review"]), result=few(["passed", "passed", "failed"]),
          lacking=few([(), (), ("identity",)]))  # fmt: skip
    def review(self, kind: str, result: str, lacking: tuple[str, ...]) -> None:
        wrong_kind = kind == "resumption_first_review" and self.model.kind != "resumption"
        wrong_result = (result == "failed") != (lacking != ())
        refused = self.model.refuses() or (WrongState if wrong_kind else Invalid if wrong_result else None)
        command = lambda c: c.review(self.id(), kind, result, lacking)  # noqa: E731
        self.do(command, refused, lambda model: model.become(result))

    @rule(reasons=few([(), ("no_instrument",)]))
    def refuse(self, reasons: tuple[str, ...]) -> None:
        refused = self.model.refuses() or (None if reasons else Invalid)
        self.do(lambda c: c.refuse(reasons), refused, lambda model: model.become("refused"))

    @rule(fen=few([0, 100]), money=st.booleans())
    def file(self, fen: int, money: bool) -> None:
        claim = Claim(money=money, amount_fen=fen, basis="instrument", interest_apart=False, costs_apart=False, acts=())
        fields = fields_of("CaseFiled", "case_no", "kind", "application_id", "earlier_case_id", claim=claim)
        unfit = WrongState if self.model.state != "passed" else Invalid if money and not fen else None

        def command(case: Case) -> None:
            case.require_fileable(claim)
            case.file("（2026）豫0327执1号", None, **fields)

        self.do(command, self.model.refuses() or unfit, lambda model: model.become("filed"))

    @rule(marks=st.dictionaries(few(["disputed", "easy"]), st.booleans()))
    def note(self, marks: dict[str, bool]) -> None:
        refused = WrongState if self.model.state != "filed" else None if marks else Invalid
        self.do(lambda c: c.note(marks=marks, party=None), refused, lambda model: model.marks.update(marks))

    @invariant()
    def stands_where_the_model_does(self) -> None:
        assert (self.aggregate.state, self.aggregate.marks) == (self.model.state, self.model.marks)


@dataclass
class FileModel:
    materials: list[str] = field(default_factory=list)
    archiving: bool = False

    def open(self) -> None:
        self.archiving = True


class CaseFiles(AggregateMachine):
    KIND, MODEL = CaseFile, FileModel

    @rule()
    def file_material(self) -> None:
        material, fields = self.id(), fields_of("MaterialFiled", "material_id")
        effect = lambda model: model.materials.append(material)  # noqa: E731
        self.do(lambda f: f.file_material(material, CASE, **fields), None, effect)

    @rule()
    def open_archiving(self) -> None:
        self.do(lambda f: f.open_archiving(CASE), None, FileModel.open)

    @rule()
    def archive(self) -> None:
        self.do(lambda f: f.require_archiving(), None if self.model.archiving else WrongState)

    @invariant()
    def holds_what_was_filed(self) -> None:
        assert list(self.aggregate.materials) == self.model.materials


class Contacts(AggregateMachine):
    KIND, MODEL = Contact, list

    @rule()
    def happen(self) -> None:
        assert self.do(lambda c: c.happen(CASE, **fields_of("ContactRecorded", "contact_id")))


PARTIES = ("yiyang-p1", "yiyang-p2")


@dataclass
class PaperModel:
    """`attempts`: of each party, every sending with how it ended, if that is known. `complete`: as was last told."""

    addressed: tuple[str, ...] = ()
    signed: bool = False
    complete: bool = False
    attempts: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def draft(self, addressed: tuple[str, ...]) -> None:
        self.addressed = addressed

    def sign(self) -> None:
        self.signed = True

    def end(self, party: str, attempt: int, outcome: str, complete: bool) -> None:
        self.attempts[party][attempt], self.complete = outcome, complete

    def is_served(self) -> bool:
        return all("served" in self.attempts[party].values() for party in self.addressed)


class Documents(AggregateMachine):
    KIND, MODEL = Document, PaperModel

    @initialize(parties=few([PARTIES, PARTIES[:1]]), signed=few([True, True, False]))
    def begin(self, parties: tuple[str, ...], signed: bool) -> None:
        fields = fields_of("DocumentDrafted", "document_id", party_ids=parties)
        self.do(lambda d: d.draft_for(CASE, "y.rule", **fields), None, lambda model: model.draft(parties))
        if signed:
            self.sign()

    @rule()
    def sign(self) -> None:
        fields = fields_of("DocumentSigned", "document_id", "kind", "about")
        self.do(lambda d: d.sign("y.rule", **fields), WrongState if self.model.signed else None, PaperModel.sign)

    @rule(party=few([*PARTIES, "yiyang-stranger"]))
    def send(self, party: str) -> None:
        refused = WrongState if not self.model.signed else None if party in self.model.addressed else Invalid
        number = len(self.model.attempts[party]) + 1
        fields = fields_of("DocumentSent", "document_id", "kind", "about", "party_id", "attempt")
        effect = lambda model: model.attempts[party].update({number: ""})  # noqa: E731
        answer = self.do(lambda d: d.send(party, **fields), refused, effect)
        assert answer in (None, {"attempt": number})

    @precondition(lambda self: self.model.signed)
    @rule(party=few(PARTIES), back=st.integers(-1, 2), served=st.booleans(), fits=few([True, True, False]))
    def end(self, party: str, back: int, served: bool, fits: bool) -> None:
        """Of the last attempt, one before it, or one that was never made; `fits`: a failure alone gives its reason."""
        attempt, reason = max(len(self.model.attempts[party]) - back, 1), "moved" if served != fits else None
        outcome, known = "served" if served else "failed", self.model.attempts[party]
        told = WrongState if known.get(attempt) else Invalid if served == (reason is not None) else None
        others = all("served" in self.model.attempts[each].values() for each in self.model.addressed if each != party)
        complete = others and (served or "served" in known.values())
        command = lambda d: d.record_service(party, attempt, outcome, reason)  # noqa: E731
        effect = lambda model: model.end(party, attempt, outcome, complete)  # noqa: E731
        self.do(command, told if attempt in known else NotFound, effect)

    def may_be_void(self, version: int) -> bool:
        """Not while the last result says that everybody is served, and nobody would be."""
        left = PaperModel()
        for each, effect in sorted(self.effects.items()):
            if each != version:
                effect(left)
        return not left.complete or left.is_served()

    @invariant()
    def is_served_to_whom_the_model_says(self) -> None:
        served = {party for party, ends in self.model.attempts.items() if "served" in ends.values()}
        waits = {(party, n) for party, ends in self.model.attempts.items() for n, end in ends.items() if not end}
        assert (self.aggregate.served, self.aggregate.open) == (served, waits)
        assert (self.aggregate.signed, self.aggregate.complete) == (self.model.signed, self.model.complete)


SMALL_BLOCK = 6


class CaseNumbersOfABlock(AggregateMachine):
    """The model is the set of numbers that cases have; the block holds so few that it fills up."""

    KIND, MODEL, KEY = CaseNumbers, set, "yiyang-2026-执-1"

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(numbers, "NUMBERS_PER_BLOCK", SMALL_BLOCK)

    def teardown(self) -> None:
        super().teardown()
        self._patch.undo()

    @rule()
    def give(self) -> None:
        """One more than the greatest number of this block; none once it is full."""
        following = max([SMALL_BLOCK, *(n for n in self.model if n <= 2 * SMALL_BLOCK)]) + 1
        full = following > 2 * SMALL_BLOCK or any(n > 2 * SMALL_BLOCK for n in self.model)
        try:
            assert self.do(lambda b: b.give(1, CASE), None, lambda model: model.add(following)) == following
        except BlockFull:
            assert full
        else:
            assert not full

    @rule(number=st.integers(SMALL_BLOCK + 1, 3 * SMALL_BLOCK))
    def take(self, number: int) -> None:
        """A case brings a number with it; one past the block fills it."""
        refused = WrongState if number in self.model else None
        self.do(lambda b: b.take(number, CASE), refused, lambda model: model.add(number))

    @invariant()
    def no_number_is_two_cases(self) -> None:
        assert self.aggregate.numbers == self.model


@dataclass
class PartiesModel:
    names: dict[str, str] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)


class PartiesOfACase(AggregateMachine):
    """Names are what the model knows by itself; the aggregate knows them sealed."""

    KIND, MODEL = Parties, PartiesModel
    KEYS: ClassVar = {party: bytes([n]) * 32 for n, party in enumerate(PARTIES)}

    def keys(self) -> CaseKeys:
        held = {party: key for party, key in self.KEYS.items() if party not in self.model.forgotten}
        return CaseKeys("yiyang-1", held)

    @rule(party=few(PARTIES), name=few([None, "甲", "乙"]), phones=few([None, (), ("0379-1",)]))
    def enter(self, party: str, name: str | None, phones: tuple[str, ...] | None) -> None:
        known: Any = fields_of("CaseFiled")["parties"][0].model_copy(update={"party_id": party, "phone": False})
        data = PersonalData(name=name, phones=phones)
        refused = WrongState if party in self.model.forgotten else None

        def entered(model: PartiesModel) -> None:
            model.names[party] = name or model.names.get(party, "")

        self.do(lambda p: p.enter(CASE, known, data, self.keys(), "f" * 32), refused, entered)
        assert refused or self.aggregate.parties[party].phone == bool(phones)

    @rule(party=few([*PARTIES, "yiyang-stranger"]))
    def forget(self, party: str) -> None:
        refused = None if party in self.model.names else NotFound
        self.do(lambda p: p.forget(party), refused, lambda model: model.forgotten.add(party))

    @invariant()
    def names_are_known_until_they_are_forgotten(self) -> None:
        assert self.aggregate.parties.keys() == self.model.names.keys()
        for party, name in self.model.names.items():
            opened = self.keys().unseal(party, self.aggregate.sealed[party])
            assert opened is None if party in self.model.forgotten else opened.get("name", "") == name

    @invariant()
    def no_event_holds_a_name(self) -> None:
        assert not any(name.encode() in state for _, state in self.stored for name in ("甲", "乙", "0379-1"))


TestCases = case_of(Cases)
TestCaseFiles = case_of(CaseFiles)
TestContacts = case_of(Contacts)
TestDocuments = case_of(Documents)
TestCaseNumbers = case_of(CaseNumbersOfABlock)
TestParties = case_of(PartiesOfACase)
