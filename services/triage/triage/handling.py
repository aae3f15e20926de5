"""The handling of one case (办案): where it was routed, to whom it was assigned, what was performed, how it closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from contracts.triage import Factor, Verdict
from families.events import CheckRecorded
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.facts import Known
from kernel.problems import Invalid, NotForPost, NotFound, WrongState
from rules.assignment import Assigned
from rules.fact import Fact
from rules.packs import Destination, Rule
from rules.routing import Routed
from triage import events

INITIAL = "initial"
FIRST = "first"
MANUAL = "manual"
NAMED = "named"
ASSIGNMENT = "_assignment"  # what reasons of hand-overs end with that follow an assignment
TO_CENTRE = "to_centre"


class Handling(Aggregate):
    """A case goes on only while it is open: a closed one takes no further command."""

    KIND = "handling"
    CORRECTABLE = correctable(  # what was decided is decided anew: of it, only when it was can be corrected
        {
            CheckRecorded: Correctable(frozenset({"kind", "about"}), void=True),
            events.CaseRouted: Correctable(frozenset(events.CaseRouted.model_fields)),
            events.CaseAssigned: Correctable(frozenset(events.CaseAssigned.model_fields)),
            events.PerformanceRecorded: Correctable(void=True),
            events.CaseClosed: Correctable(frozenset({"way", "signed_by"})),
        }
    )

    def __init__(self) -> None:
        self.route: events.CaseRouted | None = None  # the last one
        self.assignment: events.CaseAssigned | None = None  # the last one
        self.turns: set[tuple[str, str | None]] = set()  # (stage, approval) assigned so far
        self.closing: events.CaseClosed | None = None
        self.resumed = False

    # -- what state the case is in

    def require_exists(self) -> None:
        if not self.exists:
            raise NotFound("no such case")

    def require_open(self) -> None:
        self.require_exists()
        if self.closing is not None:
            raise WrongState("the case is closed")

    def require_turn(self, stage: str, basis: str | None, stages: Sequence[str], *, again: bool) -> None:
        """The first assignment comes before those of the court's later stages; each approval carries one of these.

        None comes twice, but where what it stood on has been settled since (`again`).
        """
        self.require_open()
        if (stage, basis) in self.turns and not again:
            raise WrongState("the case was assigned at this stage already")
        later = stages[stages.index(FIRST) + 1 :] if FIRST in stages else ()
        if stage in later and self.assignment is None:
            raise WrongState("the case has had no first assignment yet")

    # -- pre-steps, route and assignment

    def open(self, case_id: str) -> dict[str, str]:
        if not self.exists:
            self.record(events.HandlingOpened, subject=f"case/{case_id}")
        return {"case_id": case_id}

    def check(self, check_id: str, **fields: Any) -> dict[str, str]:
        self.require_open()
        self.record(CheckRecorded, check_id=check_id, **fields)
        return {"check_id": check_id}

    def put_on_track(self, stage: str, routed: Routed, to: Destination) -> dict[str, str]:
        """All verdicts are kept. `team`: the one named, or the kind of teams among which one will be chosen."""
        self.record(
            events.CaseRouted,
            ruleid=routed.rule.id,
            stage=stage,
            track=to.track,
            team=to.team or to.team_kind or to.track,
            rule=routed.rule.id,
            verdicts=tuple(Verdict.model_construct(rule=rule, verdict=said) for rule, said in routed.verdicts),
        )
        return {"rule": routed.rule.id, "track": to.track}

    def assign(self, stage: str, chosen: Assigned, method: str, judge: str, basis: str | None) -> dict[str, str]:
        """The team chosen, in the name of its judge or lead, who shares the work out inside the team (Y15)."""
        self.record(
            events.CaseAssigned,
            ruleid=chosen.rule.id,
            stage=stage,
            team=chosen.team,
            handler=judge,
            in_name_of=judge,
            method=method,
            factors=tuple(Factor.model_construct(name=name, value=value) for name, value in chosen.factors),
            seed=chosen.seed,
            basis=basis,
        )
        return {"team": chosen.team, "handler": judge}

    def name(self, stage: str, rule: Rule, team: str, handler: str, basis: str) -> dict[str, str]:
        """The handler whom a person named, where the rules leave the choice to one (H15)."""
        told: dict[str, Any] = {"stage": stage, "team": team, "handler": handler, "in_name_of": handler, "basis": basis}
        self.record(events.CaseAssigned, ruleid=rule.id, **told, method=NAMED, factors=(), seed=0)
        return {"team": team, "handler": handler}

    def reassign(self, team: str, handler: str, basis: str | None) -> dict[str, str]:
        """Another team and handler at the same stage, named by a person."""
        before = self._require_assigned()
        if (before.team, before.handler) == (team, handler):
            raise WrongState("the case is assigned to this member already")
        told: dict[str, Any] = {"team": team, "handler": handler, "in_name_of": handler, "basis": basis}
        self.record(events.CaseAssigned, stage=before.stage, **told, method=MANUAL, factors=(), seed=0)
        return {"team": team, "handler": handler}

    def share_out(self, handler: str, members: Iterable[str]) -> dict[str, str]:
        """The lead's choice inside the team (Y15): the same assignment, another handler."""
        before = self._require_assigned()
        if before.team != (self.by and self.by.team):
            told = "only the lead of the team that the case is assigned to shares it out"
            raise NotForPost(told, act="share_out", wanted_by="team_lead", lacking=("team",))
        if handler not in members:
            raise Invalid("is no member of the team", field="body.handler")
        kept = {name: getattr(before, name) for name in ("stage", "team", "in_name_of", "basis")}
        self.record(events.CaseAssigned, **kept, handler=handler, method=MANUAL, factors=(), seed=0)
        return {"team": before.team, "handler": handler}

    # -- hand-over

    def require_handover(self, known: Known, centres: Collection[str], what: dict[str, Any]) -> None:
        """By the team that holds the case, or for it by a centralised one (`centres`), which moves cases.

        A case that was assigned goes as it was assigned: to that team, under the approval, if there was one (Y07).
        """
        self.require_open()
        if what["what"] != "case":
            raise Invalid("only the case itself is handed over here", field="body.what")
        if what["reason"].endswith(ASSIGNMENT):
            self._require_as_assigned(known, what)
        if what["from_team"] not in (known.view.team, *centres):
            raise Invalid("is neither the team that holds the case nor a centralised one", field="body.from_team")
        if what["reason"] == TO_CENTRE and what["to_team"] not in centres:
            raise Invalid("is no centralised team of the court", field="body.to_team")
        if _is_under_way(known.facts):
            raise WrongState("a hand-over of the case waits for its receiver already")
        if known.view.holder and known.view.team == what["to_team"]:
            raise WrongState("the team holds the case already")

    def _require_as_assigned(self, known: Known, what: dict[str, Any]) -> None:
        assigned = self._require_assigned()
        demanded = {
            "reason": f"{assigned.stage}{ASSIGNMENT}",
            "to_team": assigned.team,
            "basis": assigned.basis,
        }
        for field, value in demanded.items():
            if what[field] != value:
                raise Invalid("is not as the case was assigned", field=f"body.{field}")

    def _require_assigned(self) -> events.CaseAssigned:
        self.require_open()
        if self.assignment is None:
            raise WrongState("the case is not assigned yet")
        return self.assignment

    # -- performance and closing

    def perform(self, performance_id: str, **fields: Any) -> dict[str, str]:
        self.require_open()
        self.record(events.PerformanceRecorded, performance_id=performance_id, **fields)
        return {"performance_id": performance_id}

    def close(self, **fields: Any) -> None:
        self.require_open()
        self.record(events.CaseClosed, **fields)

    @property
    def is_closed_for_now(self) -> bool:
        """Terminated for now (终本), and not gone on since."""
        return self.closing is not None and self.closing.way == "terminated_for_now" and not self.resumed

    def resume(self, new_case_id: str, trigger: str) -> dict[str, str]:
        """It goes on as another case (恢复执行); told once."""
        if self.is_closed_for_now:
            self.record(events.CaseResumed, new_case_id=new_case_id, trigger=trigger)
        return {"new_case_id": new_case_id}

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.CaseResumed():
                self.resumed = True
            case events.CaseRouted():
                self.route = event
            case events.CaseAssigned():
                self.assignment = event
                self.turns.add((event.stage, event.basis))
            case events.CaseClosed():
                self.closing = event
            case _:
                pass


def _is_under_way(facts: Sequence[Fact]) -> bool:
    """Whether a hand-over of the case has been neither accepted nor returned."""
    given = {f.data["handover_id"] for f in facts if f.type == "HandedOver" and f.data["what"] == "case"}
    return bool(given - {f.data["handover_id"] for f in facts if f.type in ("HandoverAccepted", "HandoverReturned")})
