"""Commands of the triage service, and the posts each is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from families.approval import Approval, ApprovalCommands
from families.correction import CorrectionCommands
from families.handover import Handover, HandoverCommands
from families.history import IMPORTERS
from families.matter import Matter
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.http import ANYONE
from kernel.problems import Invalid, NotYet, WrongState
from kernel.timers import Timer
from rules.assignment import Holding
from rules.case import case_view
from rules.fact import Fact
from rules.packs import HANDLER
from rules.rulebook import Policy
from triage.affairs import AffairsCommands
from triage.handling import FIRST, INITIAL, Handling
from triage.judgement import Judgement, NobodyFree
from triage.member import Member
from triage.panel import PanelCommands
from triage.past import PastCommands
from triage.review import contradicted, is_late
from triage.teams import Loads, Standing
from triage.terms import TermCommands, Terms

AFFAIRS = "affairs"
OFFICE = ("director", "general_officer", "clerk")  # who moves cases for the centralised team (事务集约团队, 指挥中心)
TEAM = ("judge", "team_lead", "enforcement_officer", "clerk")
PROPOSERS = (
    "handler",
    "judge",
    "director",
    "deputy_director",
    "filing_officer",
    "service_officer",
    "enquiry_officer",
    "field_officer",
    "delegation_officer",
    "auction_officer",
    "funds_officer",
    "file_officer",
    "general_officer",
)  # of whom the court's pack says for each act who asks
TAKERS = (*TEAM, "general_officer", "director")
MAY = {
    "record_pre_step": ("director", "enquiry_officer", "filing_officer", "general_officer"),
    "record_review": ("quality_officer", "director", "team_lead", "judge", "deputy_chief", "chief"),
    "route_case": ("director",),
    "assign_case": ("director",),
    "name_handler": ("chief", "deputy_chief", "director"),
    "reassign": ("director",),
    "share_out": ("team_lead",),
    "hand_over": ("filing_officer", *OFFICE),
    "accept_handover": (*TEAM, "director", "general_officer"),
    "return_handover": (*TEAM, "director", "general_officer"),
    "ask_approval": PROPOSERS,
    "decide_approval": (ANYONE,),  # the chain says whose step it is
    "form_panel": ("director",),
    "record_performance": ("handler", "director"),
    "suspend_term": ("handler",),
    "resume_term": ("handler",),
    "extend_term": ("handler",),
    "close_case": ("judge",),
    "post_member": ("chief", "director"),
    "record_credential": ("chief", "director"),
    "ask_matter": ("handler", "team_lead", "director", "general_officer", "chief"),
    "accept_matter": TAKERS,
    "decline_matter": TAKERS,
    "progress_matter": TAKERS,
    "finish_matter": TAKERS,
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "import_cases": IMPORTERS,
}
OF_CLOSED_CASES = ("resume",)  # acts for which leave is asked once a case is closed
Decide = Callable[[Handling, Judgement], dict[str, Any]]


class Triage(
    TermCommands, PanelCommands, AffairsCommands, ApprovalCommands, CorrectionCommands, HandoverCommands, PastCommands
):
    """分流与办案: pre-steps, route, assignment, hand-over, approvals, performance and closing of every case."""

    SERVICE = "triage"
    NAMED = (("matter_id", Matter), ("handover_id", Handover), ("approval_id", Approval))
    CORRECTED = (Handling, Terms, Approval, Handover, Matter)
    loads: Loads  # set as the service is put together

    async def open_handling(self, call: Call, case_id: str) -> Answer:
        return await self.change(call, Handling, case_id, lambda h: h.open(case_id))

    async def record_pre_step(self, call: Call, case_id: str, **fields: Any) -> Answer:
        key = call.mint("check")
        return await self.change(call, Handling, case_id, lambda h: h.check(key, **fields))

    async def record_review(self, call: Call, case_id: str, **fields: Any) -> Answer:
        key = call.mint("check")
        return await self.change(call, Handling, case_id, lambda h: h.check(key, **fields))

    # -- route and assignment

    async def route_case(self, call: Call, case_id: str, stage: str, basis: str | None = None) -> Answer:
        """By the facts at this moment; the assignment routes anew. Raises Refused, naming all that lacks."""
        approval = await self.read(Approval, basis or "")

        def decide(handling: Handling, case: Judgement) -> dict[str, Any]:
            self._require_turn(handling, case, stage, basis)
            case.require_ready("route_case", stage)
            case.require_approval("route_case", stage, approval)
            return handling.put_on_track(stage, *case.route(stage))

        return await self._judge(call, case_id, decide)

    async def assign_case(self, call: Call, case_id: str, stage: str, basis: str | None = None) -> Answer:
        """Routes and assigns in one append. Raises Refused (NotYet if the system calls), naming all that lacks."""
        court = call.by.court
        approval = await self.read(Approval, basis or "")
        async with self.loads.turn(court):
            standing = await self.loads.standing(self.policy(call), court, call.by.decided_at)
            holdings = await self.loads.holdings(await self.known(court, f"case/{case_id}"), court)

            def decide(handling: Handling, case: Judgement) -> dict[str, Any]:
                self._require_turn(handling, case, stage, basis)
                case.require_ready("assign_case", stage)
                case.require_approval("assign_case", stage, approval)
                return _assign(handling, case, standing, holdings, stage, basis)

            answer = await self._judge(call, case_id, decide)
            await self.loads.renew(court, [f"case/{case_id}"])
            return answer

    async def name_handler(self, call: Call, case_id: str, stage: str, handler: str, basis: str) -> Answer:
        """Where the rules leave the choice to a person (H15): the member named under that person's approval."""
        approval = await self.read(Approval, basis)
        standing = await self.loads.standing(self.policy(call), call.by.court, call.by.decided_at)

        def decide(handling: Handling, case: Judgement) -> dict[str, Any]:
            self._require_turn(handling, case, stage, basis)
            routed, to, team = case.named(stage, approval, standing.team_of(handler))
            return handling.put_on_track(stage, routed, to) | handling.name(stage, routed.rule, team, handler, basis)

        return await self._judge(call, case_id, decide)

    async def reassign(self, call: Call, case_id: str, handler: str, basis: str | None) -> Answer:
        """To another member, of whatever team; under an approval where the court asks for one."""
        approval = await self.read(Approval, basis or "")
        standing = await self.loads.standing(self.policy(call), call.by.court, call.by.decided_at)

        def decide(handling: Handling, case: Judgement) -> dict[str, Any]:
            case.require_leave("assign_case", "reassign", approval)
            team = standing.team_of(handler)
            if team is None:
                raise Invalid("is no member of a team of the court", field="body.handler")
            return handling.reassign(team, handler, basis)

        return await self._judge(call, case_id, decide)

    async def share_out(self, call: Call, case_id: str, handler: str) -> Answer:
        """The lead names another handler inside the team (Y15)."""
        standing = await self.loads.standing(self.policy(call), call.by.court, call.by.decided_at)
        members = standing.members(call.by.team)
        return await self.change(call, Handling, case_id, lambda h: h.share_out(handler, members))

    async def judge_first_assignment(self, call: Call, case_id: str) -> None:
        """The system assigns as soon as nothing lacks; the director may have been faster."""
        handling = await self._arrived(case_id)
        case = await self._judgement(call, handling.subject)
        if handling.closing is None and (handling.assignment is None or case.is_open_again(handling, FIRST)):
            case.require_ready("assign_case", FIRST)
            await self._assign_or_wait(call, case_id)

    async def _assign_or_wait(self, call: Call, case_id: str) -> None:
        """Where nobody can take the case, it is tried again once it has waited as long as the pack lets a case wait."""
        try:
            await self.assign_case(call, case_id, FIRST)
        except NobodyFree as nobody:
            if nobody.until is not None:
                again = Timer(f"assign-{case_id}", nobody.until, "assign_waiting", {"case_id": case_id})
                await self.timers.set(again, call.by)
            raise

    async def sort_again(self, call: Call, case_id: str) -> None:
        """A check may settle what the case was put on its track for."""
        handling = await self.read(Handling, case_id)
        if handling.assignment is not None:
            await self.judge_first_assignment(call, case_id)

    async def route_initially(self, call: Call, case_id: str) -> None:
        """Where the court has that stage (初次分案), every case stands on a track as soon as it is filed."""
        if INITIAL in self.policy(call).routes and (await self._arrived(case_id)).route is None:
            await self.route_case(call, case_id, INITIAL)

    async def review_assignment(self, call: Call, case_id: str, about: str | None) -> None:
        """What speaks against an assignment already made is put before the director; nothing is undone by itself."""
        handling = await self._arrived(case_id)
        if handling.assignment is None or handling.closing is not None:
            return
        if lacking := (await self._judgement(call, handling.subject)).contradicted():
            await self._ask(call, case_id, "review_correction", "director", items=len(lacking), about=about)

    async def review_decisions(self, call: Call, case_id: str, late: Fact | None = None) -> None:
        """After a correction, or a fact entered late: what contradicts a decision is put before the director."""
        known = await self.known(call.by.court, f"case/{case_id}")
        if late is not None and not is_late(late, known):
            return
        if differing := contradicted(known, lambda at: self.courts.policy(call.by.court, at)):
            await self._ask(call, case_id, "review_correction", "director", items=len(differing))

    # -- hand-over

    async def hand_over(self, call: Call, case_id: str, handover_id: str | None = None, **fields: Any) -> Answer:
        """Only the case itself; one that was assigned as it was assigned."""
        key, subject = handover_id or call.mint("handover"), f"case/{case_id}"
        centres = _centres(self.policy(call))

        def decide(handling: Handling, handover: Handover, known: Known) -> dict[str, str]:
            handling.require_handover(known, centres, fields)
            return handover.give(key, subject, **fields)

        return await self.change_all(call, [(Handling, case_id), (Handover, key)], decide, knowing=subject)

    async def accept_handover(self, call: Call, handover_id: str) -> Answer:
        """The case is the caller's from now on."""
        return await self._answer_handover(call, handover_id, lambda h: h.accept(call.by.actor, call.by.team))

    async def return_handover(self, call: Call, handover_id: str, lacking: list[str]) -> Answer:
        return await self._answer_handover(call, handover_id, lambda h: h.give_back(call.by.team, lacking))

    async def _answer_handover(self, call: Call, handover_id: str, answer: Callable[[Handover], None]) -> Answer:
        def decide(handover: Handover, handling: Handling) -> None:
            answer(handover)
            handling.require_open()

        case_id = _case_of((await self.read(Handover, handover_id)).subject)
        return await self.change_all(call, [(Handover, handover_id), (Handling, case_id)], decide)

    # -- approvals

    async def ask_approval(self, call: Call, case_id: str, **fields: Any) -> Answer:
        await self._require_open(call, case_id, fields["act"])
        return await super().ask_approval(call, case_id, **fields)

    async def decide_approval(self, call: Call, approval_id: str, **fields: Any) -> Answer:
        approval = await self.read(Approval, approval_id)
        if approval.exists:
            await self._require_open(call, _case_of(approval.subject), approval.act)
        return await super().decide_approval(call, approval_id, **fields)

    # -- performance and closing

    async def record_performance(self, call: Call, case_id: str, **fields: Any) -> Answer:
        key = call.mint("performance")
        return await self.change(call, Handling, case_id, lambda h: h.perform(key, **fields))

    async def note_payment(self, call: Call, case_id: str, payment: Fact) -> Answer:
        """By the system: the payment with which the claim is covered performs it in full.

        Payments that came in after it do not count yet, even if they are known by now.
        """
        key = call.mint("performance")
        await self._arrived(case_id)

        def decide(handling: Handling, known: Known) -> dict[str, str]:
            view = case_view(f for f in known.facts if f.type != payment.type or f.position <= payment.position)
            covered = view.money and view.recovered_fen >= view.claim_fen
            if not covered or view.fully_performed or handling.closing is not None:
                return {}
            amount_fen, on_the_spot = payment.data["amount_fen"], payment.data["into"] == "on_the_spot"
            return handling.perform(key, kind="paid", amount_fen=amount_fen, full=True, on_the_spot=on_the_spot)

        return await self.change(call, Handling, case_id, decide, knowing=f"case/{case_id}")

    async def close_case(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """`warned`: what the gates lack that does not keep the case open."""

        def decide(handling: Handling, case: Judgement) -> dict[str, Any]:
            handling.require_open()
            case.require_true(fields)
            closing: dict[str, Any] = {**fields, "signed_by": case.signer(fields["way"])}
            case.require_ruling(closing)
            handling.close(**closing)
            return {"case_id": case_id, "warned": []}

        return await self._judge(call, case_id, decide)

    # -- members, and what the rules propose

    async def post_member(self, call: Call, member_id: str, **fields: Any) -> Answer:
        if fields["team"] not in self.policy(call).teams:
            raise Invalid("the court has no such team", field="body.team")
        if fields["post"] == HANDLER:
            raise Invalid("is a role in a case, not a post", field="body.post")
        return await self.change(call, Member, member_id, lambda m: m.take_post(member_id, **fields))

    async def record_credential(self, call: Call, member_id: str, **fields: Any) -> Answer:
        return await self.change(call, Member, member_id, lambda m: m.record_credential(member_id, **fields))

    async def require_proposals(self, call: Call, case_id: str, act: str) -> None:
        """Raises NotYet, which shows it to people, as long as the rules propose what nobody has done yet."""
        handling = await self._arrived(case_id)
        if act in (await self._judgement(call, handling.subject)).proposals(handling):
            raise NotYet(f"to be proposed to the handler: {act}")

    # -- helpers

    async def _judge(self, call: Call, case_id: str, decide: Decide) -> Answer:
        """A decision by the court's rules on all that is known of the case; its events name pack and version."""
        policy = self.policy(call)

        def judged(handling: Handling, known: Known) -> dict[str, Any]:
            handling.require_exists()
            if not known.view.kind:
                raise WrongState("the case is not filed yet")
            return decide(handling, Judgement(policy, self.actor(call), known))

        return await self.change(call.under(policy), Handling, case_id, judged, knowing=f"case/{case_id}")

    def _require_turn(self, handling: Handling, case: Judgement, stage: str, basis: str | None) -> None:
        again = case.is_open_again(handling, stage)
        handling.require_turn(stage, basis, case.policy.settings.stages, again=again)

    async def _judgement(self, call: Call, subject: str) -> Judgement:
        """Outside a command: what the rules say now, to decide nothing by."""
        return Judgement(self.policy(call), self.actor(call), await self.known(call.by.court, subject))

    async def _arrived(self, case_id: str) -> Handling:
        """For reactions. Raises NotYet: what happens to a case may arrive before the case itself."""
        handling = await self.read(Handling, case_id)
        if not handling.exists:
            raise NotYet("the case has not arrived here yet")
        return handling

    async def _require_open(self, call: Call, case_id: str, act: str) -> None:
        """A command that was carried out before the case closed gets its answer again."""
        handling = await self.read(Handling, case_id)
        handling.require_exists()
        if act not in OF_CLOSED_CASES and await self.answered(call) is None:
            handling.require_open()


def _assign(
    handling: Handling,
    case: Judgement,
    standing: Standing,
    holdings: Sequence[Holding],
    stage: str,
    basis: str | None,
) -> dict[str, Any]:
    routed, to = case.route(stage)
    chosen = case.choose(to, handling.key, standing, holdings)
    judge = standing.judge_of(chosen.team, chosen.rule.in_name_of)
    if judge is None:
        raise WrongState("the team has nobody in whose name its cases go")
    method = "score" if to.team is None else "named"
    return handling.put_on_track(stage, routed, to) | handling.assign(stage, chosen, method, judge, basis)


def _centres(policy: Policy) -> tuple[str, ...]:
    """The centralised teams, which move cases; where the court has none, who holds a case at first."""
    affairs = tuple(team.id for team in policy.teams.values() if team.kind == AFFAIRS)
    return affairs or (policy.structure.initial_holder,)


def _case_of(subject: str) -> str:
    return subject.removeprefix("case/")
