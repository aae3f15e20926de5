"""Duties, faults, reminders and published policies, and what the kernel itself records, under any commands."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from kernel.application import Refusal, RefusalRecorded
from kernel.problems import NotForPost, NotFound, Problem, WrongState
from supervision.duty_log import DutyLog
from supervision.fault import Fault
from supervision.policies import CourtPolicies
from supervision.reminder import Reminder
from tests.unit.machines.machine import AggregateMachine, case_of, few, fields_of, in_days

pytestmark = pytest.mark.fast


class Duties(AggregateMachine):
    """Done once in a period, or again once what was noted is void. The model is what was noted."""

    KIND, MODEL = DutyLog, list

    @rule()
    def perform(self) -> None:
        fields = fields_of("DutyPerformed", "duty", "period")
        refused = WrongState if self.model else None
        self.do(lambda d: d.perform("y.duty", "2026-W10", **fields), refused, lambda model: model.append("done"))

    @invariant()
    def is_done_if_it_was_noted(self) -> None:
        assert self.aggregate.done == bool(self.model)


class Faults(AggregateMachine):
    """The model is to whom they were laid, in their order."""

    KIND, MODEL = Fault, list

    @rule(member=few(["yiyang-m1", "yiyang-m2"]))
    def note(self, member: str) -> None:
        fields = fields_of("FaultRecorded", "fault_id", member_id=member)
        self.do(lambda f: f.note(self.KEY, "case/yiyang-1", **fields), None, lambda model: model.append(member))

    @invariant()
    def is_laid_to_whom_the_model_says(self) -> None:
        assert self.aggregate.member_id == (self.model[-1] if self.model else "")


@dataclass
class PoliciesModel:
    """By version: its digest, and the day from which it binds as people and as the installation told it last."""

    digests: dict[str, str] = field(default_factory=dict)
    told: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def publish(self, version: str, digest: str, day: Any, installation: bool) -> None:
        self.digests[version] = digest
        self.told[version, False] = day
        if installation:
            self.told[version, True] = day


class Policies(AggregateMachine):
    KIND, MODEL, KEY = CourtPolicies, PoliciesModel, "yiyang"

    @rule(version=few(["1.0.0", "1.1.0"]), digest=few(["0" * 64, "0" * 64, "1" * 64]), day=st.integers(0, 2),
          installation=st.booleans())  # fmt: skip
    def publish(self, version: str, digest: str, day: int, installation: bool) -> None:
        self.act_as(actor="system" if installation else "yiyang-m1")
        told = {"version": version, "digest": digest, "effective_from": in_days(day)}
        refused = WrongState if self.model.digests.get(version, digest) != digest else None
        is_new = refused is None and self.model.told.get((version, installation)) != day
        before = len(self.stored)
        effect = lambda model: model.publish(version, digest, day, installation)  # noqa: E731
        self.do(lambda p: p.publish("yiyang", **fields_of("PolicyPublished", **told)), refused, effect)
        assert len(self.stored) - before == is_new

    @invariant()
    def a_published_version_stands_for_ever(self) -> None:
        assert {
            version: each.digest for (_, _, version), each in self.aggregate.published.items()
        } == self.model.digests


@dataclass
class ReminderModel:
    """To whom it was sent: a post, and a member where one is known."""

    to: tuple[str, str | None] | None = None
    read: bool = False

    def send(self, post: str, member: str | None) -> None:
        self.to = post, member

    def be_read(self) -> None:
        self.read = True


class Reminders(AggregateMachine):
    KIND, MODEL = Reminder, ReminderModel

    @initialize(sent=few([True, True, False]), member=few([None, "yiyang-m1"]))
    def begin(self, sent: bool, member: str | None) -> None:
        if sent:
            self.send("judge", member)

    @rule(post=few(["judge", "chief"]), member=few([None, "yiyang-m1"]))
    def send(self, post: str, member: str | None) -> None:
        fields = fields_of("ReminderSent", "channel", to_post=post, to_member=member)
        effect = lambda model: model.send(post, member)  # noqa: E731
        self.do(lambda r: r.send("case/yiyang-1", "y.rule", **fields), None, effect)

    @rule(post=few(["judge", "chief"]), actor=few(["yiyang-m1", "yiyang-m2"]))
    def acknowledge(self, post: str, actor: str) -> None:
        self.act_as(post=post, actor=actor)
        if self.model.to is None:
            refused: type[Problem] | None = NotFound
        else:
            to_post, to_member = self.model.to
            meant = actor == to_member if to_member else post == to_post
            refused = NotForPost if not meant else WrongState if self.model.read else None
        self.do(lambda r: r.acknowledge(), refused, ReminderModel.be_read)

    @invariant()
    def is_read_once_it_was_acknowledged(self) -> None:
        assert self.aggregate.is_read == self.model.read


class Refusals(AggregateMachine):
    """Recorded, and nothing more."""

    KIND, MODEL = Refusal, list

    @rule()
    def refuse(self) -> None:
        self.do(lambda r: r.record(RefusalRecorded, subject="case/yiyang-1", **fields_of("ActRefused")))


TestDuties = case_of(Duties)
TestFaults = case_of(Faults)
TestPolicies = case_of(Policies)
TestReminders = case_of(Reminders)
TestRefusals = case_of(Refusals)
