"""Handlings, members, panels and terms under any commands."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.triage import PanelMember
from kernel.problems import Invalid, NotForPost, NotFound, Problem, WrongState
from rules.assignment import Assigned
from rules.packs import Destination
from rules.routing import Routed
from tests.unit.machines.machine import AggregateMachine, case_of, few, fields_of, in_days
from triage.handling import Handling
from triage.member import Member
from triage.panel import Panel
from triage.terms import Terms

pytestmark = pytest.mark.fast
CASE = "case/yiyang-1"
STAGES = ("initial", "first", "second")
RULE: Any = SimpleNamespace(id="y.rule")


@dataclass
class HandlingModel:
    """`held`: team and handler. `turns`: the stages at which, and approvals on which, it was assigned."""

    state: str = ""
    held: tuple[str, str] | None = None
    turns: list[tuple[str, str | None]] = field(default_factory=list)
    resumed: bool = False

    def refuses(self, *, assigned: bool = False) -> type[Problem] | None:
        if not self.state:
            return NotFound
        return WrongState if self.state != "open" or (assigned and not self.held) else None

    def become(self, state: str) -> None:
        self.state = state

    def hold(self, team: str, handler: str, turn: tuple[str, str | None] | None = None) -> None:
        self.held = team, handler
        if turn and turn not in self.turns:
            self.turns.append(turn)

    def resume(self) -> None:
        self.resumed = True


class Handlings(AggregateMachine):
    KIND, MODEL = Handling, HandlingModel

    @initialize(state=few(["", "open", "assigned", "assigned"]))
    def begin(self, state: str) -> None:
        if state:
            self.open()
        if state == "assigned":
            self.assign("first", None, "f1", again=False)

    @rule()
    def open(self) -> None:
        self.do(lambda h: h.open("yiyang-1"), None, lambda model: model.become("open"))

    @rule()
    def check(self) -> None:
        self.do(lambda h: h.check(self.id(), **fields_of("CheckRecorded", "check_id")), self.model.refuses())

    @rule()
    def perform(self) -> None:
        fields = fields_of("PerformanceRecorded", "performance_id")
        self.do(lambda h: h.perform(self.id(), **fields), self.model.refuses())

    @precondition(lambda self: self.model.state)
    @rule(team=few([None, "f1"]))
    def route(self, team: str | None) -> None:
        routed, to = Routed(RULE, None, None, (("y.r", "true"),)), Destination(track="ordinary", team=team)
        self.do(lambda h: h.put_on_track("initial", routed, to))
        assert self.aggregate.route.team == (team or "ordinary")

    @rule(stage=few(STAGES), basis=few([None, "yiyang-a1"]), team=few(["f1", "f2"]), again=st.booleans())
    def assign(self, stage: str, basis: str | None, team: str, again: bool) -> None:
        come_twice = (stage, basis) in self.model.turns and not again
        too_early = stage == "second" and self.model.held is None
        refused = self.model.refuses() or (WrongState if come_twice or too_early else None)
        chosen = Assigned(team, RULE, (), 0)

        def command(handling: Handling) -> None:
            handling.require_turn(stage, basis, STAGES, again=again)
            handling.assign(stage, chosen, "score", f"{team}-judge", basis)

        self.do(command, refused, lambda model: model.hold(team, f"{team}-judge", (stage, basis)))

    @rule(team=few(["f1", "f2"]), handler=few(["yiyang-m1", "yiyang-m2"]))
    def reassign(self, team: str, handler: str) -> None:
        refused = self.model.refuses(assigned=True) or (WrongState if self.model.held == (team, handler) else None)
        stage = self.model.turns and self.aggregate.assignment.stage
        effect = lambda model: model.hold(team, handler, (stage, "yiyang-a2"))  # noqa: E731
        self.do(lambda h: h.reassign(team, handler, "yiyang-a2"), refused, effect)

    @rule(own_team=few(["f1", "f2"]), handler=few(["yiyang-m1", "yiyang-m2", "yiyang-m3"]))
    def share_out(self, own_team: str, handler: str) -> None:
        self.act_as(post="team_lead", team=own_team)
        refused = self.model.refuses(assigned=True)
        if refused is None and self.model.held[0] != own_team:
            refused = NotForPost
        elif refused is None and handler == "yiyang-m3":
            refused = Invalid
        members = ["yiyang-m1", "yiyang-m2"]
        self.do(lambda h: h.share_out(handler, members), refused, lambda model: model.hold(own_team, handler))

    @rule(way=few(["performed", "terminated_for_now"]))
    def close(self, way: str) -> None:
        fields = fields_of("CaseClosed", way=way)
        self.do(lambda h: h.close(**fields), self.model.refuses(), lambda model: model.become(way))

    @rule()
    def resume(self) -> None:
        """Told once, and only of a case terminated for now (终本)."""
        before = len(self.stored)
        self.do(lambda h: h.resume("yiyang-2", "creditor"), None, HandlingModel.resume)
        assert len(self.stored) - before <= (self.model.state == "terminated_for_now")

    @invariant()
    def stands_where_the_model_does(self) -> None:
        assigned = self.aggregate.assignment
        assert (assigned and (assigned.team, assigned.handler)) == self.model.held
        assert self.aggregate.turns == set(self.model.turns)
        assert self.aggregate.resumed == self.model.resumed
        assert self.aggregate.is_closed_for_now == (self.model.state == "terminated_for_now" and not self.model.resumed)


@dataclass
class MemberModel:
    """Posts by team: in one team at a time. `introduced`: as the installation told it last."""

    team: str = ""
    posts: frozenset[str] = frozenset()
    introduced: frozenset[tuple[str, str]] = frozenset()

    def take(self, team: str, post: str, ends: bool, introduced: bool) -> None:
        kept = self.posts if team == self.team else frozenset()
        self.team, self.posts = ("", frozenset()) if ends else (team, kept | {post})
        if introduced:
            same_team = frozenset(each for each in self.introduced if each[0] == team)
            self.introduced = frozenset() if ends else same_team | {(team, post)}


class Members(AggregateMachine):
    KIND, MODEL = Member, MemberModel

    @rule(team=few(["f1", "f2"]), post=few(["judge", "clerk"]), until=few([None, -1, 3]), installation=st.booleans(),
          reason=few(["appointed", "appointed", "rotated_in", "left", "rotated_out"]))  # fmt: skip
    def take_post(self, team: str, post: str, until: int | None, installation: bool, reason: str) -> None:
        self.act_as(actor="system" if installation else "yiyang-m9")
        ends, holds = reason in ("left", "rotated_out"), team == self.model.team and post in self.model.posts
        past = until is not None and until < 0
        refused = Invalid if past else WrongState if ends and not holds else None
        told = {"team": team, "post": post, "reason": reason, "until": in_days(until)}
        command = lambda m: m.take_post("yiyang-m1", **told, from_division=None)  # noqa: E731
        known = (team, post) in self.model.introduced if installation else holds
        before = len(self.stored)
        self.do(command, refused, lambda model: model.take(team, post, ends, installation))
        says_nothing_new = refused is not None or (known and reason == "appointed")
        assert len(self.stored) - before == (not says_nothing_new)

    @rule(until=few([None, -1, 3]))
    def record_credential(self, until: int | None) -> None:
        past = until is not None and until < 0
        refused = Invalid if past else None if self.model.posts else NotFound
        fields = fields_of("CredentialRecorded", "member_id", valid_to=in_days(until))
        self.do(lambda m: m.record_credential("yiyang-m1", **fields), refused)

    @invariant()
    def holds_the_posts_of_the_model(self) -> None:
        assert (self.aggregate.team, self.aggregate.posts) == (self.model.team, self.model.posts)


class Panels(AggregateMachine):
    """The model is how many were formed."""

    KIND, MODEL = Panel, list

    @rule(members=st.lists(few([f"yiyang-m{n}" for n in range(9)]), max_size=6),
          sits_in=st.lists(few(["yiyang-m8", "yiyang-m9"]), max_size=2))  # fmt: skip
    def form(self, members: list[str], sits_in: list[str]) -> None:
        twice = len({*members, *sits_in}) != len(members) + len(sits_in)
        refused = Invalid if len(members) not in (3, 5) or twice else None
        told = [PanelMember(member_id=each, division="civil") for each in members]
        fields = {"panel_id": self.id(), "purpose": fields_of("PanelFormed")["purpose"]}
        self.do(lambda p: p.form(CASE, told, sits_in, **fields), refused, lambda model: model.append(len(members)))

    @invariant()
    def every_panel_is_there(self) -> None:
        assert len(self.stored) == len(self.model)


@dataclass
class TermsModel:
    open: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


class CasesTerms(AggregateMachine):
    KIND, MODEL = Terms, TermsModel

    @rule(cause=few(["settlement", "ruling"]))
    def suspend(self, cause: str) -> None:
        refused = WrongState if cause in self.model.open.values() else None
        suspension, fields = self.id(), fields_of("TermSuspended", "suspension_id", "cause")
        effect = lambda model: model.open.update({suspension: cause})  # noqa: E731
        self.do(lambda t: t.suspend(suspension, CASE, cause, **fields), refused, effect)

    @rule(number=st.integers(0, 20))
    def resume(self, number: int) -> None:
        suspension = f"yiyang-i{number}"
        refused = None if suspension in self.model.open else NotFound
        self.do(lambda t: t.resume(suspension, None), refused, lambda model: model.open.pop(suspension))

    @rule(approval=few([f"yiyang-a{n}" for n in range(4)]))
    def extend(self, approval: str) -> None:
        refused = WrongState if approval in self.model.used else None
        fields = fields_of("TermExtended", "extension_id", approval_id=approval)
        self.do(lambda t: t.extend(self.id(), CASE, **fields), refused, lambda model: model.used.add(approval))

    @invariant()
    def stand_still_for_what_the_model_says(self) -> None:
        assert {key: each.cause for key, each in self.aggregate.open.items()} == self.model.open
        assert self.aggregate.used == self.model.used


TestHandlings = case_of(Handlings)
TestMembers = case_of(Members)
TestPanels = case_of(Panels)
TestTerms = case_of(CasesTerms)
