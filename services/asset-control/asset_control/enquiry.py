"""Enquiries for property (查询): one question to one channel, and its one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asset_control import events
from asset_control.requirements import require_debtors, require_filed, require_open
from contracts.asset_control import FoundAsset
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.facts import Known
from kernel.problems import Invalid, NotForPost, NotFound, WrongState

REPEATED = ("enquiry_id", "channel", "purpose", "cycle", "round")  # in the answer, because nothing joins
FOLLOWING = frozenset({"again", "before_termination", "half_yearly"})  # purposes that follow an earlier round
NETWORK = frozenset({"network_national", "network_local"})  # 总对总, 点对点
AFTER_CLOSING = frozenset({"half_yearly", "clue"})
FINDS = {"found": True, "nothing": False, "failed": False}  # whether assets are named; with `partial` they may be


class Enquiry(Aggregate):
    """One enquiry, from EnquiryStarted to EnquiryAnswered."""

    KIND = "enquiry"
    CORRECTABLE = correctable(
        {
            events.EnquiryStarted: Correctable(frozenset(REPEATED)),
            events.EnquiryAnswered: Correctable(frozenset(REPEATED), void=True),
        }
    )

    def __init__(self) -> None:
        self.what: dict[str, Any] = {}
        self.party_ids: tuple[str, ...] = ()
        self.answered = False

    def start(
        self,
        enquiry_id: str,
        known: Known,
        *,
        channel: str,
        purpose: str,
        round: int,
        party_ids: Sequence[str],
        cycle: int | None = None,
        matter_id: str | None = None,
    ) -> dict[str, str]:
        """Raises Invalid for a round or cycle that does not fit the purpose, WrongState for one asked already."""
        (require_filed if purpose in AFTER_CLOSING else require_open)(known)
        self._require_caller("start_enquiry", purpose, known.subject)
        require_debtors(known, party_ids, "body.party_ids")
        _require_fitting(purpose, round, cycle)
        _require_next(known, channel, purpose, round)
        self.record(
            events.EnquiryStarted,
            subject=known.subject,
            enquiry_id=enquiry_id,
            channel=channel,
            purpose=purpose,
            round=round,
            cycle=cycle,
            party_ids=tuple(party_ids),
            matter_id=matter_id,
        )
        return {"enquiry_id": enquiry_id}

    def answer(self, subject: str, result: str, scope: tuple[str, ...], found: Sequence[FoundAsset]) -> None:
        """Once only. What is found is of the parties and kinds that were asked for."""
        if self.subject != subject:
            raise NotFound("no such enquiry in this case")
        if self.answered:
            raise WrongState("the enquiry is answered already")
        self._require_caller("record_answer", self.what["purpose"], subject)
        if FINDS.get(result, bool(found)) != bool(found):
            raise Invalid("assets are named when something is found, and only then", field="body.assets")
        if not {asset.kind for asset in found} <= set(scope):
            raise Invalid("an asset is of a kind that was not asked for", field="body.assets")
        if not {asset.party_id for asset in found} <= set(self.party_ids):
            raise Invalid("an asset is of a party who was not asked about", field="body.assets")
        self.record(events.EnquiryAnswered, **self.what, scope=scope, result=result)

    def _require_caller(self, act: str, purpose: str, subject: str) -> None:
        """The filing officer makes the first enquiry only."""
        assert self.by is not None, "commands run on drafts"
        if self.by.post == "filing_officer" and purpose != "first":
            told = "after the first enquiry this is for: enquiry_officer, field_officer"
            raise NotForPost(told, act=act, wanted_by="enquiry_officer", subject=subject)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.EnquiryStarted():
                self.what = {name: getattr(event, name) for name in REPEATED}
                self.party_ids = event.party_ids
            case events.EnquiryAnswered():
                self.answered = True
            case _:
                pass


def _require_fitting(purpose: str, round: int, cycle: int | None) -> None:
    if (purpose == "half_yearly") != (cycle is not None):
        raise Invalid("a cycle is given for half-yearly enquiries, and only there", field="body.cycle")
    if purpose == "first" and round != 1:
        raise Invalid("the first enquiry is round 1", field="body.round")
    if purpose in FOLLOWING and round == 1:
        raise Invalid("this purpose follows an earlier round", field="body.round")


def _require_next(known: Known, channel: str, purpose: str, round: int) -> None:
    if round > next_round(known):
        raise WrongState("the round before this one has not been started")
    same = {"channel": channel, "purpose": purpose, "round": round, "answered": False}
    if any(same.items() <= enquiry.items() for enquiry in known.view.enquiries):
        raise WrongState("the same enquiry is under way")


def next_round(known: Known) -> int:
    return 1 + max((enquiry["round"] for enquiry in known.view.enquiries), default=0)


def is_terminated_for_now(known: Known) -> bool:
    """Closed for now (终本), and not gone on since."""
    went_on = any(fact.type == "CaseResumed" for fact in known.facts)
    return known.view.closed_way == "terminated_for_now" and not went_on


def half_yearly_cycles(known: Known) -> set[int]:
    """Those that were enquired for."""
    return {fact.data["cycle"] for fact in known.facts if fact.type == "EnquiryStarted" and "cycle" in fact.data}
