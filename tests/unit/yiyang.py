"""What the tests of rules share: the Yiyang policy, and facts written in few words."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import packs
from rules.calendar import china
from rules.case import CaseView, Situation, case_view
from rules.fact import Fact
from rules.loader import load_pack
from rules.packs import Team
from rules.rulebook import Policy, Rulebook

DAY = timedelta(days=1)
FILED = datetime(2026, 1, 5, 2, tzinfo=UTC)  # Monday, 10:00 in Shanghai
TEAMS = [Team(id=f"{kind}_{n}", kind=kind, zh="团队", en="team") for kind in ("simple", "ordinary") for n in (1, 2)]


def policy(day: date = date(2026, 1, 5)) -> Policy:
    own = [load_pack(folder, effective_from=date(2024, 1, 1), teams=TEAMS) for folder in packs.folders("yiyang")]
    return Rulebook([*own, *map(load_pack, packs.folders("national"))]).on(day)


POLICY = policy()


def fact(type: str, time: datetime = FILED, /, *, by_team: str = "", by_post: str = "", **data: object) -> Fact:
    id = f"{type}-{time.isoformat()}-{sorted(data.items(), key=str)}"
    return Fact(
        id=id, source="/yiyang/x", type=type, court="yiyang", subject="case/yiyang-1", time=time, recorded_at=time,
        position=0, data=data, team=by_team, post=by_post,
    )  # fmt: skip


def party(id: str, role: str = "debtor", **changed: object) -> dict[str, object]:
    return {
        "party_id": id, "role": role, "kind": "person", "state_employee": False, "named_in_instrument": True,
        "area": "", "debtor_hash": "", "whereabouts": "known", "in_custody": "no", "address_confirmed": True,
        "phone": True, "represented": "none",
    } | changed  # fmt: skip


def filed(amount_fen: int = 10_000_000, time: datetime = FILED, **changed: object) -> Fact:
    claim = {"money": True, "amount_fen": amount_fen, "basis": "instrument", "acts": [], "interest_apart": False}
    data = {
        "case_no": "（2026）豫0327执1号", "kind": "enforcement", "application_id": "a1", "cause": "labour",
        "instrument": {"kind": "judgment"}, "claim": claim | changed.pop("claim", {}),
        "parties": [party("c1", "creditor"), party("d1")], "earlier_preservation": False, "marked_simple": False,
    }  # fmt: skip
    return fact("CaseFiled", time, **(data | changed))


def found(time: datetime = FILED + DAY, **assets: tuple[str, int, str]) -> Fact:
    """Assets by id: (kind, value in fen, disposable)."""
    listed = [
        {
            "asset_id": id, "party_id": "d1", "kind": kind, "valued": True, "value_fen": value, "place": "in_county",
            "online": True, "disposable": disposable,
        }
        for id, (kind, value, disposable) in assets.items()
    ]  # fmt: skip
    return fact("AssetsFound", time, find_id="f1", source="enquiry", assets=listed)


def noted(*marks: str, time: datetime = FILED + DAY) -> Fact:
    return fact("CaseNoted", time, marks=dict.fromkeys(marks, True))


def view(*facts: Fact) -> CaseView:
    return case_view(sorted(facts), POLICY.court)


def situation(facts: Iterable[Fact], now: datetime = FILED + 5 * DAY) -> Situation:
    ordered = sorted(facts)
    return Situation(ordered, case_view(ordered, POLICY.court), now, china())
