"""Facts of a case (pack language 2.3): what conditions read as `case`. Total: every field is there, never null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, TypedDict, cast, get_args, get_origin, get_type_hints, is_typeddict

from contracts.vocabulary import VOCABULARY
from rules.calendar import Calendar
from rules.conditions import ANY, BOOL, INT, STRING, ListOf, MapOf, Record, Type
from rules.fact import Fact, activity_of


class Party(TypedDict):
    """A creditor or debtor. `organ`: a party or state organ (党政机关); `lawyer`: represented by one."""

    id: str
    kind: str
    organ: bool
    state_employee: bool
    area: str
    whereabouts: str
    in_custody: str
    address_confirmed: bool
    phone: bool
    lawyer: bool
    named: bool


class Asset(TypedDict):
    """An asset as last found. `liquid`: of a kind that needs no sale; `controlled`: frozen, sealed or seized by us."""

    id: str
    kind: str
    liquid: bool
    valued: bool
    value_fen: int
    place: str
    online: bool
    disposable: str
    state: str
    controlled: bool


class Enquiry(TypedDict):
    channel: str
    purpose: str
    round: int
    answered: bool
    result: str


class Document(TypedDict):
    kind: str
    signed: bool
    sent: bool
    served: bool
    states: tuple[str, ...]


class Matter(TypedDict):
    """`state` is asked, accepted, declined or done."""

    kind: str
    sub: str
    state: str
    result: str


LIQUID_KINDS = ("deposit", "network_account", "securities")


@dataclass(frozen=True, slots=True)
class Court:
    """What the fold must know of the court: the kinds its pack adds, its teams, what counts as liquid.

    `attributes`: of a foreign log, with what they are before they are told; None: events are ours.
    """

    initial_holder: str = ""
    team_kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    check_kinds: frozenset[str] = VOCABULARY["check_kinds"]
    liquid_kinds: tuple[str, ...] = LIQUID_KINDS
    attributes: Mapping[str, int | str | bool] | None = None


NO_COURT = Court()


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as known from a set of facts. Amounts in fen; "" where there is nothing to name.

    `items`: materials handed in. `marks`: those that are true. `liquid_fen`: value of liquid assets that may be
    disposed of, with what was deducted but has not arrived. `recovered_fen`: what counts against the claim, also paid
    directly to the creditor. `held_fen`: in the court's hands. `measures`: kinds in force.
    `team`, `holder`: who holds the case, by the last acceptance of a handover (4.7).
    Of a foreign log alone: `attr`, the latest value of each attribute; `seen`, each activity so far once.
    """

    filing: str = ""
    agent: str = "none"
    items: tuple[str, ...] = ()
    kind: str = ""
    instrument: str = ""
    cause: str = ""
    tribunal: str = ""
    claim_fen: int = 0
    money: bool = False
    acts: tuple[str, ...] = ()
    simple_on_form: bool = False
    earlier_preservation: bool = False
    basis: str = ""
    creditors: tuple[Party, ...] = ()
    debtors: tuple[Party, ...] = ()
    marks: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    assets: tuple[Asset, ...] = ()
    liquid_fen: int = 0
    covered: bool = False
    measures: tuple[str, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    contacts: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    matters: tuple[Matter, ...] = ()
    recovered_fen: int = 0
    paid_fen: int = 0
    held_fen: int = 0
    fully_performed: bool = False
    stage: str = ""
    track: str = ""
    team: str = ""
    team_kind: str = ""
    holder: str = ""
    status: str = ""
    closed_way: str = ""
    money_settled: bool = False
    attr: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seen: tuple[str, ...] = ()


OF_A_LOG = frozenset({"attr", "seen"})
"""Fields that only cases of a foreign log have; every event tells them."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is made on: the case's effective facts sorted by ≺, their fold, and the moment."""

    facts: Sequence[Fact]
    view: CaseView
    now: datetime
    calendar: Calendar


def _type_of(hint: Any) -> Type:
    if is_typeddict(hint) or hint is CaseView:
        return Record({name: _type_of(each) for name, each in get_type_hints(hint).items()})
    if get_origin(hint) in (tuple, list):
        return ListOf(_type_of(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return MapOf(_type_of(get_args(hint)[1]))
    return cast("dict[Any, Type]", {str: STRING, int: INT, bool: BOOL}).get(hint, ANY)


CASE = _type_of(CaseView)
"""The type of `case` in conditions: the fields of CaseView."""


def case_view(facts: Iterable[Fact], court: Court | None = None) -> CaseView:
    """The fold of a case's effective events, sorted by ≺ and cut at the moment of interest by the caller."""
    fold = fold_of(court or NO_COURT)
    for fact in facts:
        fold.add(fact)
    return fold.view()


def fold_of(court: Court) -> CaseFold | LogFold:
    """An empty fold: of a case of the court, or of a foreign log."""
    return CaseFold(court) if court.attributes is None else LogFold(court)


class LogFold:
    """The fold of a foreign log's events: the latest value of each attribute, and each activity so far once."""

    def __init__(self, court: Court) -> None:
        self.court = court
        self.attr = dict(court.attributes or {})
        self.seen: dict[str, None] = {}

    def copy(self) -> LogFold:
        copy = LogFold(self.court)
        copy.attr, copy.seen = self.attr.copy(), self.seen.copy()
        return copy

    def add(self, fact: Fact) -> None:
        self.attr |= fact.data
        self.seen[activity_of(fact.type)] = None

    def told(self, name: str) -> Any:
        return getattr(self.view(), name)

    def view(self) -> CaseView:
        return CaseView(attr=self.attr.copy(), seen=tuple(self.seen))


_CLAIM_PURPOSES = ("performance", "deduction", "auction_balance")
_IN_COURT = ("case_account", "cash")
_CONTROLS = ("freeze", "seal", "seize")
_GONE = ("sold", "returned", "released", "given_in_kind", "destroyed")


class CaseFold:
    """The fold, event by event in the order ≺. A view may be taken after any of them; records are never changed."""

    def __init__(self, court: Court | None = None) -> None:
        self.court = court or NO_COURT
        self.plain: dict[str, Any] = {**_UNTOLD, "team": self.court.initial_holder}
        self.items: dict[str, None] = {}
        self.creditors: dict[str, Party] = {}
        self.debtors: dict[str, Party] = {}
        self.marks: dict[str, bool] = {}
        self.checks = dict.fromkeys(sorted(self.court.check_kinds), "none")
        self.assets: dict[str, Asset] = {}
        self.deducted: dict[str, int] = {}
        self.deducted_on_the_way = 0
        self.measures: dict[str, Mapping[str, Any]] = {}
        self.enquiries: dict[str, Enquiry] = {}
        self.contacts: dict[str, None] = {}
        self.documents: dict[str, Document] = {}
        self.matters: dict[str, Matter] = {}
        self.recovered_fen = self.paid_fen = self.held_fen = 0

    def copy(self) -> CaseFold:
        """Its records may be shared: they are never changed."""
        copy = CaseFold.__new__(CaseFold)
        known: dict[str, Any] = vars(self)
        vars(copy).update({name: value.copy() if type(value) is dict else value for name, value in known.items()})
        return copy

    def add(self, fact: Fact) -> None:
        """Take the next event in; one that says nothing of the case is passed over."""
        apply = _APPLY.get(fact.type)
        if apply is not None:
            apply(self, fact.data)

    def view(self) -> CaseView:
        """The case as of the last event taken in."""
        return CaseView(**{name: self.told(name) for name in _FIELDS})

    def told(self, name: str) -> Any:
        """One field of the view."""
        return _READ[name](self) if name in _READ else self.plain[name]

    # ---- application, filing, parties -------------------------------------------------------------------------

    def application(self, data: Mapping[str, Any]) -> None:
        self.plain["filing"] = data["kind"]
        self.plain["agent"] = data.get("agent", self.plain["agent"])
        self.items |= dict.fromkeys(data["items"])

    def filed(self, data: Mapping[str, Any]) -> None:
        instrument, claim = data["instrument"], data["claim"]
        self.plain |= {
            "kind": data["kind"],
            "instrument": instrument["kind"],
            "tribunal": instrument.get("from_tribunal", ""),
            "cause": data["cause"],
            "claim_fen": claim["amount_fen"],
            "money": claim["money"],
            "acts": tuple(claim["acts"]),
            "basis": claim["basis"],
            "simple_on_form": data["marked_simple"],
            "earlier_preservation": data["earlier_preservation"],
        }
        self.plain["status"] = self.plain["status"] or "filed"
        self._join(data["parties"])

    def parties_changed(self, data: Mapping[str, Any]) -> None:
        for party_id in data["removed"]:
            self.creditors.pop(party_id, None)
            self.debtors.pop(party_id, None)
        self._join(data["added"])

    def _join(self, parties: Iterable[Mapping[str, Any]]) -> None:
        sides = {"creditor": self.creditors, "debtor": self.debtors}
        for party in parties:
            if party["role"] in sides:
                sides[party["role"]][party["party_id"]] = _party(party)

    def claim_changed(self, data: Mapping[str, Any]) -> None:
        self.plain["claim_fen"] = data["new_total_fen"]

    def noted(self, data: Mapping[str, Any]) -> None:
        self.marks |= data["marks"]
        note = data.get("party", {})
        for side in (self.creditors, self.debtors):
            party = side.get(note.get("party_id", ""))
            if party is not None:
                whereabouts = note.get("whereabouts", party["whereabouts"])
                in_custody = note.get("in_custody", party["in_custody"])
                side[party["id"]] = {**party, "whereabouts": whereabouts, "in_custody": in_custody}

    def checked(self, data: Mapping[str, Any]) -> None:
        self.checks[data["kind"]] = data["result"]

    # ---- property ---------------------------------------------------------------------------------------------

    def enquiry(self, data: Mapping[str, Any]) -> None:
        """Started, and answered where the data has a result."""
        known = self.enquiries.get(data["enquiry_id"])
        result = data.get("result", known["result"] if known else "")
        self.enquiries[data["enquiry_id"]] = {
            "channel": data["channel"],
            "purpose": data["purpose"],
            "round": data["round"],
            "answered": result != "",
            "result": result,
        }

    def assets_found(self, data: Mapping[str, Any]) -> None:
        for asset in data["assets"]:
            known = self.assets.get(asset["asset_id"])
            self.deducted.pop(asset["asset_id"], None)
            self.assets[asset["asset_id"]] = {
                "id": asset["asset_id"],
                "kind": asset["kind"],
                "liquid": asset["kind"] in self.court.liquid_kinds,
                "valued": asset["valued"],
                "value_fen": asset["value_fen"] if asset["valued"] else 0,
                "place": asset["place"],
                "online": asset["online"],
                "disposable": asset["disposable"],
                "state": known["state"] if known else "",
                "controlled": False,
            }
            self._see_who_controls(asset["asset_id"])

    def asset_state(self, data: Mapping[str, Any]) -> None:
        asset = self.assets.get(data["asset_id"])
        if asset is not None:
            self.assets[asset["id"]] = {**asset, "state": data["state"]}

    def measure_taken(self, data: Mapping[str, Any]) -> None:
        self.measure_lifted(data)
        self.measures[data["measure_id"]] = data
        self._see_who_controls(data.get("asset_id"))
        if data["kind"] == "deduct" and "asset_id" in data:
            amount = data.get("amount_fen", 0)
            self.deducted[data["asset_id"]] = self.deducted.get(data["asset_id"], 0) + amount
            self.deducted_on_the_way += amount

    def measure_lifted(self, data: Mapping[str, Any]) -> None:
        measure = self.measures.pop(data["measure_id"], None)
        if measure is not None:
            self._see_who_controls(measure.get("asset_id"))

    def _see_who_controls(self, asset_id: str | None) -> None:
        asset = self.assets.get(asset_id or "")
        if asset is not None:
            ours = (
                each for each in self.measures.values() if each.get("asset_id") == asset["id"] and each["rank"] == 0
            )
            self.assets[asset["id"]] = {**asset, "controlled": any(each["kind"] in _CONTROLS for each in ours)}

    # ---- documents, contacts, matters -------------------------------------------------------------------------

    def drafted(self, data: Mapping[str, Any]) -> None:
        self._set_document(data, states=tuple(data["states"]))

    def signed(self, data: Mapping[str, Any]) -> None:
        self._set_document(data, signed=True)

    def sent(self, data: Mapping[str, Any]) -> None:
        self._set_document(data, sent=True)

    def served(self, data: Mapping[str, Any]) -> None:
        """Served means that every addressee was."""
        if data["complete"]:
            self._set_document(data, served=True)

    def _set_document(self, data: Mapping[str, Any], **change: Any) -> None:
        blank: Document = {"kind": data["kind"], "signed": False, "sent": False, "served": False, "states": ()}
        known = self.documents.get(data["document_id"], blank)
        self.documents[data["document_id"]] = cast(Document, {**known, **change})

    def contact(self, data: Mapping[str, Any]) -> None:
        self.contacts[data["kind"]] = None

    def matter(self, data: Mapping[str, Any], state: str) -> None:
        result = data.get("result", "")
        sub = data.get("sub", "")
        self.matters[data["matter_id"]] = {"kind": data["kind"], "sub": sub, "state": state, "result": result}

    # ---- money ------------------------------------------------------------------------------------------------

    def received(self, data: Mapping[str, Any]) -> None:
        if data["purpose"] in _CLAIM_PURPOSES:
            self.recovered_fen += data["amount_fen"]
        if data["purpose"] == "deduction":
            self.deducted_on_the_way -= data["amount_fen"]
        if data["into"] in _IN_COURT:
            self.held_fen += data["amount_fen"]

    def paid_out(self, data: Mapping[str, Any]) -> None:
        self.paid_fen += data["amount_fen"]
        if data["way"] != "on_the_spot":
            self.held_fen -= data["amount_fen"]

    def performed(self, data: Mapping[str, Any]) -> None:
        """`paid` only records money that FundsReceived has already counted."""
        self.plain["fully_performed"] = self.plain["fully_performed"] or data["full"]
        if data["kind"] == "paid_directly":
            self.recovered_fen += data["amount_fen"]

    # ---- handling ---------------------------------------------------------------------------------------------

    def routed(self, data: Mapping[str, Any]) -> None:
        self.plain |= {"stage": data["stage"], "track": data["track"]}

    def assigned(self, data: Mapping[str, Any]) -> None:
        self.plain["stage"] = data["stage"]

    def handover_accepted(self, data: Mapping[str, Any]) -> None:
        if data["what"] == "case":
            self.plain |= {"team": data["to_team"], "holder": data["to_member"]}
            if self.plain["status"] != "closed":
                self.plain["status"] = "handled"

    def closed(self, data: Mapping[str, Any]) -> None:
        self.plain |= {"status": "closed", "closed_way": data["way"], "money_settled": data["funds_settled"]}


def _party(data: Mapping[str, Any]) -> Party:
    return {
        "id": data["party_id"],
        "kind": data["kind"],
        "organ": data["kind"] == "organ",
        "state_employee": data["state_employee"],
        "area": data["area"],
        "whereabouts": data["whereabouts"],
        "in_custody": data["in_custody"],
        "address_confirmed": data["address_confirmed"],
        "phone": data["phone"],
        "lawyer": data["represented"] == "lawyer",
        "named": data["named_in_instrument"],
    }


def _matter_in(state: str) -> Callable[[CaseFold, Mapping[str, Any]], None]:
    return lambda fold, data: fold.matter(data, state)


_APPLY: dict[str, Callable[[CaseFold, Mapping[str, Any]], None]] = {
    "ApplicationReceived": CaseFold.application,
    "ApplicationSupplemented": CaseFold.application,
    "CaseFiled": CaseFold.filed,
    "PartiesChanged": CaseFold.parties_changed,
    "ClaimChanged": CaseFold.claim_changed,
    "CaseNoted": CaseFold.noted,
    "CheckRecorded": CaseFold.checked,
    "EnquiryStarted": CaseFold.enquiry,
    "EnquiryAnswered": CaseFold.enquiry,
    "AssetsFound": CaseFold.assets_found,
    "AssetStateChanged": CaseFold.asset_state,
    "MeasureTaken": CaseFold.measure_taken,
    "MeasureLifted": CaseFold.measure_lifted,
    "DocumentDrafted": CaseFold.drafted,
    "DocumentSigned": CaseFold.signed,
    "DocumentSent": CaseFold.sent,
    "DocumentServed": CaseFold.served,
    "ContactRecorded": CaseFold.contact,
    "MatterAsked": _matter_in("asked"),
    "MatterAccepted": _matter_in("accepted"),
    "MatterDeclined": _matter_in("declined"),
    "MatterDone": _matter_in("done"),
    "FundsReceived": CaseFold.received,
    "FundsPaidOut": CaseFold.paid_out,
    "PerformanceRecorded": CaseFold.performed,
    "CaseRouted": CaseFold.routed,
    "CaseAssigned": CaseFold.assigned,
    "HandoverAccepted": CaseFold.handover_accepted,
    "CaseClosed": CaseFold.closed,
}


def _liquid_fen(fold: CaseFold) -> int:
    left = (
        max(asset["value_fen"] - fold.deducted.get(id_, 0), 0)
        for id_, asset in fold.assets.items()
        if asset["liquid"] and asset["disposable"] != "no" and asset["state"] not in _GONE
    )
    return sum(left) + max(fold.deducted_on_the_way, 0)


def _is_covered(fold: CaseFold) -> bool:
    return fold.plain["money"] and _liquid_fen(fold) >= fold.plain["claim_fen"] - fold.recovered_fen


_FIELDS = tuple(each.name for each in fields(CaseView))
_UNTOLD: Mapping[str, Any] = {name: getattr(CaseView(), name) for name in _FIELDS}
_READ: Mapping[str, Callable[[CaseFold], Any]] = {
    "items": lambda fold: tuple(fold.items),
    "creditors": lambda fold: tuple(fold.creditors.values()),
    "debtors": lambda fold: tuple(fold.debtors.values()),
    "marks": lambda fold: tuple(sorted(mark for mark, holds in fold.marks.items() if holds)),
    "checks": lambda fold: dict(fold.checks),
    "assets": lambda fold: tuple(fold.assets.values()),
    "liquid_fen": _liquid_fen,
    "covered": _is_covered,
    "measures": lambda fold: tuple(sorted({measure["kind"] for measure in fold.measures.values()})),
    "enquiries": lambda fold: tuple(fold.enquiries.values()),
    "contacts": lambda fold: tuple(fold.contacts),
    "documents": lambda fold: tuple(fold.documents.values()),
    "matters": lambda fold: tuple(fold.matters.values()),
    "recovered_fen": lambda fold: fold.recovered_fen,
    "paid_fen": lambda fold: fold.paid_fen,
    "held_fen": lambda fold: fold.held_fen,
    "team_kind": lambda fold: fold.court.team_kinds.get(fold.plain["team"], ""),
}
"""Fields of a case that the fold holds otherwise than they are shown; the rest stand in `plain`."""

_FILING = ("CaseFiled",)
_PARTIES = ("CaseFiled", "PartiesChanged", "CaseNoted")
_RECOVERED = ("FundsReceived", "PerformanceRecorded")
_HELD_BY = ("HandoverAccepted",)
_LIQUID = ("AssetsFound", "AssetStateChanged", "MeasureTaken", "FundsReceived")
_MATTER = ("MatterAsked", "MatterAccepted", "MatterDeclined", "MatterDone")
_TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "filing": ("ApplicationReceived", "ApplicationSupplemented"),
    "agent": ("ApplicationReceived", "ApplicationSupplemented"),
    "items": ("ApplicationReceived", "ApplicationSupplemented"),
    "kind": _FILING,
    "instrument": _FILING,
    "cause": _FILING,
    "tribunal": _FILING,
    "claim_fen": (*_FILING, "ClaimChanged"),
    "money": _FILING,
    "acts": _FILING,
    "simple_on_form": _FILING,
    "earlier_preservation": _FILING,
    "basis": _FILING,
    "creditors": _PARTIES,
    "debtors": _PARTIES,
    "marks": ("CaseNoted",),
    "checks": ("CheckRecorded",),
    "assets": ("AssetsFound", "AssetStateChanged", "MeasureTaken", "MeasureLifted"),
    "liquid_fen": _LIQUID,
    "covered": (*_LIQUID, *_FILING, "ClaimChanged", *_RECOVERED),
    "measures": ("MeasureTaken", "MeasureLifted"),
    "enquiries": ("EnquiryStarted", "EnquiryAnswered"),
    "contacts": ("ContactRecorded",),
    "documents": ("DocumentDrafted", "DocumentSigned", "DocumentSent", "DocumentServed"),
    "matters": _MATTER,
    "recovered_fen": _RECOVERED,
    "paid_fen": ("FundsPaidOut",),
    "held_fen": ("FundsReceived", "FundsPaidOut"),
    "fully_performed": ("PerformanceRecorded",),
    "stage": ("CaseRouted", "CaseAssigned"),
    "track": ("CaseRouted",),
    "team": _HELD_BY,
    "team_kind": _HELD_BY,
    "holder": _HELD_BY,
    "status": (*_FILING, *_HELD_BY, "CaseClosed"),
    "closed_way": ("CaseClosed",),
    "money_settled": ("CaseClosed",),
    **dict.fromkeys(OF_A_LOG, ()),
}
"""Which events say what of a case: no others change that field of its fold."""


@cache
def told_by(names: frozenset[str]) -> frozenset[str]:
    """The types of events that these fields of a case follow from."""
    return frozenset(type_ for name in names for type_ in _TOLD_BY[name])
