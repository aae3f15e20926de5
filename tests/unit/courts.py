"""What the tests of all courts' rules share: each court's policy, facts in few words, what the rules say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import count

import packs
from rules.assignment import Assigned, Candidate, Holding, assign, teams_for
from rules.authority import Actor, for_document, lacks_to_sign
from rules.calendar import SHANGHAI, china
from rules.case import CaseView, Situation, case_view
from rules.documents import faults
from rules.fact import Fact
from rules.gates import check
from rules.loader import load_pack
from rules.packs import Destination, Team
from rules.routing import route
from rules.rulebook import Policy, Rulebook
from tests.unit.yiyang import party

_numbers = count(1)
FIRST_DAY = date(2024, 1, 1)
TEAMS = {
    "yiyang": [
        Team(id=f"{kind}_{n}", kind=kind, zh="团队", en="team") for kind in ("simple", "ordinary") for n in (1, 2)
    ],
    "shihe": [Team(id=f"team_{n}", kind="ordinary", zh="团队", en="team") for n in (1, 2)],
}
COURTS = ("yiyang", "horqin", "nanzhao", "shihe", "guancheng")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@cache
def rulebook(court: str) -> Rulebook:
    own = [load_pack(f, effective_from=FIRST_DAY, teams=TEAMS.get(court, ())) for f in packs.folders(court)]
    return Rulebook([*own, *map(load_pack, packs.folders("national"))])


@dataclass(frozen=True)
class Court:
    """One court's rules on a day, asked in few words."""

    name: str
    day: date = date(2026, 3, 2)

    @property
    def policy(self) -> Policy:
        return rulebook(self.name).on(self.day)

    def view(self, *facts: Fact) -> CaseView:
        return case_view(sorted(facts), self.policy.court)

    def situation(self, facts: Iterable[Fact], now: str) -> Situation:
        ordered = sorted(facts)
        return Situation(ordered, case_view(ordered, self.policy.court), at(now), china())

    def routed(self, *facts: Fact, stage: str = "first") -> tuple[str, str]:
        """The rule's last word, and the team, kind of teams or track it leads to, or the post it asks."""
        found = route(self.policy, stage, self.view(*facts))
        to = found.ask.post if found.to is None else found.to.team or found.to.team_kind or found.to.track
        return found.rule.id.rpartition(".")[2], to

    def lacks(
        self, act: str, fields: Mapping[str, object], actor: Actor, *facts: Fact, now: str = "2026-07-01T10:00"
    ) -> list[str]:
        """What the court's own gates lack; a warning ends with `?`."""
        found = check(self.policy, act, fields, actor, self.situation(facts, now))
        own = [lack for lack in found if lack.rule.startswith(self.name)]
        return [lack.item.id + "?" * (lack.gate.on_lack == "warn") for lack in own]

    def signing(self, kind: str, actor: Actor, *facts: Fact, own_key: bool = True) -> tuple[str, ...]:
        view = self.view(*facts)
        rule = for_document(self.policy, kind, view)
        assert rule is not None
        return lacks_to_sign(rule, actor, view, own_key)

    def making(self, kind: str, actor: Actor, *facts: Fact, states: Iterable[str] = (), checked: bool = True) -> list:
        doc = {"kind": kind, "states": list(states), "checked_against_file": checked, "party_ids": [], "auto": False}
        return [lack for fault in faults(self.policy, doc, actor, self.view(*facts)) for lack in fault.lacking]

    def assigned(
        self,
        to: Destination,
        candidates: Iterable[Candidate],
        *facts: Fact,
        holdings: Iterable[Holding] = (),
        now: str = "2026-01-08T10:00",
        case: str = "case-1",
    ) -> Assigned:
        return assign(
            self.policy, to.track, case, candidates, self.situation(facts, now), list(holdings), at("2026-01-05T10:00")
        )

    def candidates(self, to: Destination, last: str = "2026-01-07T10:00", **loads: tuple[int, int]) -> list[Candidate]:
        """The teams of a track; `loads`: team -> (points, members), else none and 4."""
        return [
            Candidate(
                team.id,
                team.kind,
                loads.get(team.id, (0, 4))[1],
                loads.get(team.id, (0, 4))[0],
                at(last),
                self.policy.structure.townships(team.id),
            )
            for team in teams_for(self.policy, to)
        ]


def fact(type: str, time: str = "2026-03-04T10:00", /, *, by: Actor | None = None, **data: object) -> Fact:
    """`with_` and `class_` stand for the words Python keeps."""
    number, by = next(_numbers), by or Actor("m1")
    named = {name.rstrip("_"): value for name, value in data.items()}
    return Fact(
        id=f"f{number}", source="/t/x", type=type, court="t", subject="case/t-1", time=at(time), recorded_at=at(time),
        position=number, data=named, team=by.team, post=by.post, actor=by.id,
    )  # fmt: skip


def filed(fen: int = 300_000_000, time: str = "2026-03-02T10:20", /, **changed: object) -> Fact:
    claim = {"money": True, "amount_fen": fen, "basis": "instrument", "acts": [], "interest_apart": True}
    instrument = {"kind": changed.pop("instrument", "judgment")}
    if tribunal := changed.pop("tribunal", None):
        instrument["from_tribunal"] = tribunal
    data = {
        "case_no": "x", "kind": "enforcement", "application_id": "a1", "cause": "other", "instrument": instrument,
        "claim": claim | {"costs_apart": True} | changed.pop("claim", {}),
        "parties": [party("c1", "creditor"), party("d1")], "earlier_preservation": False, "marked_simple": False,
    }  # fmt: skip
    return fact("CaseFiled", time, **(data | changed))


def of(*areas: str, **changed: object) -> list[dict[str, object]]:
    """A creditor, and a debtor in each of the areas."""
    debtors = [party(f"d{n}", area=area, **changed) for n, area in enumerate(areas, 1)]
    return [party("c1", "creditor"), *debtors]


def found(*assets: tuple[str, str, int, str], time: str = "2026-03-04T10:00") -> Fact:
    """Assets as (id, kind, value in fen, disposable)."""
    listed = [
        {
            "asset_id": id, "party_id": "d1", "kind": kind, "valued": True, "value_fen": value, "place": "in_county",
            "online": True, "disposable": disposable,
        }
        for id, kind, value, disposable in assets
    ]  # fmt: skip
    return fact("AssetsFound", time, find_id="x", source="enquiry", assets=listed)


def noted(*marks: str) -> Fact:
    return fact("CaseNoted", marks=dict.fromkeys(marks, True))


def held(team: str, member: str = "j1", reason: str = "first_assignment", time: str = "2026-03-10T09:00") -> Fact:
    return fact(
        "HandoverAccepted", time, handover_id="h", what="case", reason=reason, from_team="x", from_post="director",
        to_team=team, to_post="judge", items=[], pages=1, register_signed=True, to_member=member,
    )  # fmt: skip


def checked(kind: str, result: str = "passed", time: str = "2026-03-05T10:00", **more: object) -> Fact:
    return fact("CheckRecorded", time, check_id=kind + time, kind=kind, result=result, lacking=[], **more)


def approved(act: str, decision: str = "approved", **more: object) -> Fact:
    plain = {"approval_id": act, "step": 1, "final": True, "in_person": True, "channel": "online"}
    return fact("ApprovalDecided", act=act, decision=decision, **{**plain, **more})


def answered(*scope: str, purpose: str = "first", result: str = "nothing", channel: str = "network_national") -> Fact:
    return fact(
        "EnquiryAnswered", enquiry_id=f"{purpose}{scope}", channel=channel, purpose=purpose, round=1, scope=scope,
        result=result,
    )  # fmt: skip


def done(kind: str, result: str = "done", *, by: Actor | None = None, **more: object) -> Fact:
    plain = {"matter_id": kind, "receipts_complete": True, "reported_to_handler": True}
    return fact("MatterDone", by=by, kind=kind, result=result, **{**plain, **more})


def signed(kind: str) -> Fact:
    return fact("DocumentSigned", document_id=kind, kind=kind, in_person=True, key_owner=True, sealed=True)


def applied(kind: str, *items: str, agent: str = "none") -> Fact:
    return fact("ApplicationReceived", "2026-03-02T09:00", application_id="a1", kind=kind, items=items, agent=agent)
