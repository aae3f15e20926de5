"""Commands of the supervision service, and the posts each is for. Its read models are in `live`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.base import Contract
from contracts.supervision import FaultRecorded
from families.approval import Approval, ApprovalCommands
from families.correction import DATA, CorrectionCommands
from families.matter import Matter, MatterCommands, subject_of_matter
from kernel.call import Answer, Call
from kernel.http import ANYONE
from kernel.problems import Invalid, NotForPost, NotFound
from rules.duties import period_named, period_of
from rules.packs import Clock, Duty, Rule
from supervision.derivation import Moment
from supervision.duty_log import DutyLog
from supervision.fault import Fault
from supervision.live import Live
from supervision.policies import CourtPolicies
from supervision.reminder import Reminder

SUPERVISORS = (
    "director",
    "deputy_director",
    "chief",
    "deputy_chief",
    "leader",
    "president",
    "quality_officer",
    "trial_management",
    "discipline",
)
"""Posts that see every case of the court; others see those they hold."""

ACCOUNTABILITY = "accountability"  # the one act that supervision asks leave for
PLANNERS = ("chief", "deputy_chief", "director", "quality_officer")
JUDGE = "judge"  # carries out what was planned for a case
DOERS = (JUDGE, "team_lead", "director", "general_officer", "quality_officer")
MAY = {
    "publish_policy": ("chief", "director"),
    "perform_duty": (ANYONE,),  # the duty says whose it is
    "record_fault": ("team_lead", "chief", "leader"),
    "ask_approval": ("team_lead", "chief", "leader"),
    "decide_approval": (ANYONE,),  # the chain says whose step it is
    "ask_matter": PLANNERS,
    "accept_matter": DOERS,
    "decline_matter": DOERS,
    "progress_matter": DOERS,
    "finish_matter": DOERS,
    "acknowledge": (ANYONE,),  # the reminder says whom it was sent to
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "summary": SUPERVISORS,
    "figures": SUPERVISORS,
    "workload": SUPERVISORS,
    "why": (*SUPERVISORS, "handler"),
    "timeline": (*SUPERVISORS, "handler"),
}
PLAIN: dict[str, Any] = {"urgent": False, "items": 1, "requirement": True, "materials": ()}


class Supervision(ApprovalCommands, CorrectionCommands, MatterCommands):
    """监督: deadlines, breaches and workload of all cases; duties done, faults and who answers for them.

    It publishes which policies and calendars bind a court.
    """

    SERVICE = "supervision"
    NAMED = (("matter_id", Matter), ("approval_id", Approval), ("reminder_id", Reminder))
    CORRECTED = (DutyLog, Fault, Reminder, Approval, Matter)
    live: Live  # set once the service runs

    async def publish_policy(self, call: Call, **fields: Any) -> Answer:
        """Only what this installation holds can be published: others would never be ready."""
        self._require_installed(call.by.court, fields["what"], fields["name"], fields["version"], fields["digest"])
        court = call.by.court
        return await self.change(call, CourtPolicies, court, lambda policies: policies.publish(court, **fields))

    # -- duties

    async def perform_duty(self, call: Call, duty: str, period: str | None = None, **fields: Any) -> Answer:
        """Once for a period. Each case it names gets a matter of the kind the rule wants followed up (N10).

        `meets_needs`: whether it counts, as far as the rule says what it takes.
        """
        policy = self.policy(call)
        rule = policy.rules.get(duty)
        if not isinstance(rule, Duty):
            raise NotFound("no rule in force is a duty of this name")
        named = self._period(rule, call, period)
        followed = [(case_id, call.mint(f"matter/{case_id}")) for case_id in fields["cases"] if rule.follow_up]
        for case_id in fields["cases"]:
            await self._require_case(call, case_id)

        def perform(log: DutyLog, *matters: Matter) -> dict[str, Any]:
            self._require_own(rule, call)
            told = log.perform(duty, named, post=call.by.post, team=call.by.team or None, **fields)
            for (case_id, matter_id), matter in zip(followed, matters, strict=True):
                matter.ask(
                    matter_id,
                    subject_of_matter(rule.follow_up or "", matter_id, case_id),
                    kind=rule.follow_up,
                    to_post=JUDGE,
                    **PLAIN,
                )
            return {**told, "matters": [matter_id for _, matter_id in followed]}

        streams = [(DutyLog, f"{duty}/{named}/{call.by.post}"), *((Matter, matter_id) for _, matter_id in followed)]
        return await self.change_all(call.under(policy), streams, perform)

    def _require_own(self, rule: Duty, call: Call) -> None:
        held = call.by.post if rule.answers.role == "post" else call.by.team
        if held != rule.answers.name:
            told = f"this duty is done by: {rule.answers.name}"
            lacks = {"post": rule.answers.name, "team": "team_lead"}
            role, wanted = rule.answers.role, lacks[rule.answers.role]
            raise NotForPost(told, act="perform_duty", wanted_by=wanted, lacking=(role,), subject=f"duty/{rule.id}")

    def _period(self, rule: Duty, call: Call, period: str | None) -> str:
        """Raises Invalid for one that has not begun, or of which the rule knows no such name."""
        today = self.courts.calendar.day_of(call.by.happened_at or call.by.decided_at)
        found = period_of(rule.every, today) if period is None else period_named(rule.every, period, today)
        if found is None:
            raise Invalid(f"no period of the duty, up to this one, is called so: {rule.every}", field="body.period")
        return found.text

    # -- reminders

    async def remind(self, call: Call, subject: str, rule: str, told: Sequence[Mapping[str, Any]]) -> Answer:
        """Of the system: whoever is named in `told` is reminded of a term that nears or has passed (提示/报告)."""

        def send(*reminders: Reminder) -> None:
            for reminder, fields in zip(reminders, told, strict=True):
                reminder.send(subject, rule, **fields)

        return await self.change_all(call, [(Reminder, each["reminder_id"]) for each in told], send)

    async def acknowledge(self, call: Call, reminder_id: str) -> Answer:
        """By the member it was sent to, or whoever holds the post; proof that it was received (签收)."""
        return await self.change(call, Reminder, reminder_id, Reminder.acknowledge)

    # -- faults, and who is called to account

    async def record_fault(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """Against a member of the court; `clock` and `occurrence` name the term it broke, if it broke one (Y22)."""
        await self._require_case(call, case_id)
        self._require_member(call, fields["member_id"])
        if fields["clock"] is not None and not isinstance(self._rule(call, fields["clock"]), Clock):
            raise Invalid("the court's packs know no clock of this name", field="body.clock")
        await self._require_occurrence(call, f"case/{case_id}", fields["clock"], fields["occurrence"], "body")
        key = call.mint("fault")
        return await self.change(call, Fault, key, lambda fault: fault.note(key, f"case/{case_id}", **fields))

    async def ask_approval(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """The team lead's opinion on a fault: what should follow from it (Y23)."""
        if fields["act"] != ACCOUNTABILITY:
            raise Invalid(f"the supervision service takes: {ACCOUNTABILITY}", field="body.act")
        kind, _, fault_id = (fields["about"] or "").partition(":")
        fault = await self.read(Fault, fault_id)
        if kind != Fault.KIND or fault.subject != f"case/{case_id}":
            raise Invalid("names no fault of this case", field="body.about")
        return await super().ask_approval(call, case_id, **fields)

    async def require_true(self, call: Call, subject: str, amended: Contract) -> None:
        if isinstance(amended, FaultRecorded):
            await self._require_occurrence(call, subject, amended.clock, amended.occurrence, DATA)

    # -- helpers

    async def _require_occurrence(
        self, call: Call, subject: str, clock: str | None, occurrence: str | None, within: str
    ) -> None:
        """One of the case's own: its text is no place for words of the caller's, which might name somebody."""
        if not occurrence:
            return
        court, derivation = call.by.court, self.live.derivation
        facts = await derivation.facts_of(court, subject)
        derived = await derivation.derived(court, subject, Moment(call.by.decided_at), facts)
        if (clock, occurrence) not in {(each.rule, each.occurrence) for each in derived.clocks}:
            raise Invalid("the clock has no such occurrence in this case", field=f"{within}.occurrence")

    async def _require_case(self, call: Call, case_id: str) -> None:
        if not (await self.known(call.by.court, f"case/{case_id}")).facts:
            raise NotFound("no such case")

    def _require_member(self, call: Call, member_id: str) -> None:
        told = (each for each in self._facts.reference if each.court == call.by.court and each.type == "MemberPosted")
        if member_id not in {each.data["member_id"] for each in told}:
            raise Invalid("nobody of this id was ever posted in the court", field="body.member_id")

    def _rule(self, call: Call, rule: str) -> Rule | None:
        policies = self.courts[call.by.court].policies
        return next((policy.rules[rule] for policy in reversed(policies) if rule in policy.rules), None)

    def _require_installed(self, court: str, what: str, name: str, version: str, digest: str) -> None:
        if what == "pack":
            held = any(
                (pack.pack, pack.version, pack.digest) == (name, version, digest) for pack in self.courts[court].packs
            )
        else:
            calendar = self.courts.calendar
            held = name == calendar.name and version in {notice.stated.version for notice in calendar.notices}
        if not held:
            raise Invalid("this installation does not hold this version with this digest", field="body.version")
