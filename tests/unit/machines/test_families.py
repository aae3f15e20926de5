"""Matters, approvals, hand-overs and imports under any commands."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from families.approval import Approval
from families.handover import Handover
from families.history import EXAMPLE, CaseHistory, Import
from families.matter import Matter
from kernel.problems import Invalid, NotForPost, NotFound, Problem, Refused, WrongState
from rules.packs import Authority
from tests.unit.machines.machine import AggregateMachine, case_of, few, fields_of, in_days
from tests.unit.yiyang import view

pytestmark = pytest.mark.fast
ABOUT_MATTERS = ("matter_id", "kind", "sub", "about")
posts, days = few(["judge", "clerk", ""]), few([None, -1, 0, 5])


@dataclass
class MatterModel:
    state: str = ""
    to: str = ""

    def refuses(self, post: str, *states: str) -> type[Problem] | None:
        if not self.state:
            return NotFound
        if self.state not in states:
            return WrongState
        return NotForPost if post and self.to not in (post, "handler") else None

    def become(self, state: str) -> None:
        self.state = state


class Matters(AggregateMachine):
    KIND, MODEL = Matter, MatterModel

    @initialize(to=few(["judge", "handler", None]))
    def begin(self, to: str | None) -> None:
        if to is not None:
            self.ask(to, None)

    @rule(to=few(["judge", "handler"]), due=days)
    def ask(self, to: str, due: int | None) -> None:
        refused = Invalid if not self.model.state and due is not None and due < 0 else None
        fields = fields_of("MatterAsked", "matter_id", to_post=to, due_on=in_days(due))

        def asked(model: MatterModel) -> None:
            model.state, model.to = "asked", to

        self.do(lambda m: m.ask(self.KEY, "case/yiyang-1", **fields), refused, asked)

    @rule(post=posts, due=days)
    def accept(self, post: str, due: int | None) -> None:
        self.act_as(post=post)
        refused = self.model.refuses(post, "asked") or (Invalid if due is not None and due < 0 else None)
        fields = fields_of("MatterAccepted", *ABOUT_MATTERS, due_on=in_days(due))
        self.do(lambda m: m.accept(**fields), refused, lambda model: model.become("accepted"))

    @rule(post=posts)
    def decline(self, post: str) -> None:
        self.act_as(post=post)
        fields = fields_of("MatterDeclined", *ABOUT_MATTERS)
        refused = self.model.refuses(post, "asked")
        self.do(lambda m: m.decline(**fields), refused, lambda model: model.become("declined"))

    @rule(post=posts)
    def progress(self, post: str) -> None:
        self.act_as(post=post)
        refused = self.model.refuses(post, "asked", "accepted")
        self.do(lambda m: m.progress(**fields_of("MatterProgressed", *ABOUT_MATTERS)), refused)

    @rule(post=posts)
    def finish(self, post: str) -> None:
        self.act_as(post=post)
        refused = self.model.refuses(post, "asked", "accepted")
        fields = fields_of("MatterDone", *ABOUT_MATTERS)
        self.do(lambda m: m.finish(**fields), refused, lambda model: model.become("done"))

    @invariant()
    def stands_where_the_model_does(self) -> None:
        assert self.aggregate.state == self.model.state


CHAIN = ["team_lead", "chief"]
CHANNELS = ("online", "paper")


@dataclass
class ApprovalModel:
    """`told`: of the open step, in which channel what."""

    asked_fen: int | None = None
    state: str = ""
    steps: int = 0
    told: dict[str, str] = field(default_factory=dict)

    def ask(self, fen: int | None) -> None:
        self.state, self.asked_fen = "asked", fen

    def refuses(self, post: str, channel: str, decision: str, fen: int | None) -> type[Problem] | None:
        if self.state != "asked":
            return WrongState
        others = {told for other, told in self.told.items() if channel not in ("both", other)}
        other_amount = fen is not None and fen != self.asked_fen
        return Refused if post != CHAIN[self.steps] or others - {decision} or other_amount else None

    def decide(self, channel: str, decision: str) -> None:
        told = CHANNELS if channel == "both" else (channel,)
        self.told |= dict.fromkeys(told, decision)
        if set(self.told) == set(CHANNELS):
            self.told = {}
            self.steps += decision == "approved"
            self.state = "asked" if decision == "approved" and self.steps < len(CHAIN) else decision


class Approvals(AggregateMachine):
    KIND, MODEL = Approval, ApprovalModel
    RULE = Authority.model_validate(
        {"id": "x.payout", "zh": "发款", "en": "payout", "clause": "Y01", "source": "x", "act": "payout",
         "chain": [[post] for post in CHAIN], "channels": CHANNELS, "channels_agree": ["amount_fen", "decision"]}
    )  # fmt: skip

    @initialize(asked=few([True, True, True, False]), fen=few([None, 100]))
    def begin(self, asked: bool, fen: int | None) -> None:
        if asked:
            self.ask(fen)

    @rule(fen=few([None, 100]))
    def ask(self, fen: int | None) -> None:
        fields = fields_of("ApprovalAsked", "approval_id", "chain", "next_post", amount_fen=fen)
        command = lambda a: a.ask(self.KEY, "case/yiyang-1", self.RULE, **fields)  # noqa: E731
        self.do(command, None, lambda model: model.ask(fen))

    @rule(
        right_post=st.integers(0, 4), channel=few([*CHANNELS, "both"]), fen=few([None, None, 100, 200]),
        decision=few(["approved", "approved", "approved", "refused", "returned"]),
    )  # fmt: skip
    def decide(self, right_post: int, channel: str, fen: int | None, decision: str) -> None:
        post = CHAIN[min(self.model.steps, len(CHAIN) - 1)] if right_post else "clerk"
        self.act_as(post=post)
        refused = self.model.refuses(post, channel, decision, fen)
        known: Any = SimpleNamespace(view=view())
        told = {"decision": decision, "in_person": True, "channel": channel, "amount_fen": fen}
        effect = lambda model: model.decide(channel, decision)  # noqa: E731
        answer = self.do(lambda a: a.decide(self.RULE, known, **told), refused, effect)
        if answer:
            assert answer["final"] == (self.model.state != "asked")
            assert set(answer["waits_for"]) == (set(CHANNELS) - set(self.model.told) if self.model.told else set())

    @invariant()
    def stands_where_the_model_does(self) -> None:
        assert (self.aggregate.state, self.aggregate.approved) == (self.model.state, self.model.steps)


@dataclass
class HandoverModel:
    state: str = ""
    to: str = ""

    def give(self, to: str) -> None:
        self.state, self.to = "open", to

    def end(self, state: str) -> None:
        self.state = state

    def refuses(self, team: str) -> type[Problem] | None:
        if not self.state:
            return NotFound
        if self.state != "open":
            return WrongState
        return None if team == self.to else NotForPost


class Handovers(AggregateMachine):
    KIND, MODEL = Handover, HandoverModel

    @initialize(to=few(["f1", "f2", None]))
    def begin(self, to: str | None) -> None:
        if to is not None:
            self.give(to)

    @rule(to=few(["f1", "f2"]))
    def give(self, to: str) -> None:
        fields = fields_of("HandedOver", "handover_id", to_team=to)
        self.do(lambda h: h.give(self.KEY, "case/yiyang-1", **fields), None, lambda model: model.give(to))

    @rule(team=few(["f1", "f2"]))
    def accept(self, team: str) -> None:
        refused = self.model.refuses(team)
        self.do(lambda h: h.accept("yiyang-m1", team), refused, lambda model: model.end("accepted"))

    @rule(team=few(["f1", "f2"]))
    def give_back(self, team: str) -> None:
        refused = self.model.refuses(team)
        self.do(lambda h: h.give_back(team, ["map"]), refused, lambda model: model.end("returned"))

    @invariant()
    def stands_where_the_model_does(self) -> None:
        assert self.aggregate.state == self.model.state


class Imports(AggregateMachine):
    """A case is brought in once; the model is what was brought in."""

    KIND, MODEL = Import, list

    @rule(digest=few(["0" * 64, "1" * 64]), count=st.integers(1, 9))
    def begin(self, digest: str, count: int) -> None:
        refused = WrongState if self.model else None
        part = CaseHistory.model_validate(EXAMPLE | {"digest": digest, "history": EXAMPLE["history"] * count})
        self.do(lambda i: i.begin(part), refused, lambda model: model.append(digest))


TestMatters = case_of(Matters)
TestApprovals = case_of(Approvals)
TestHandovers = case_of(Handovers)
TestImports = case_of(Imports)
