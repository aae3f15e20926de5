"""Panels (合议庭): judges who decide together, put together as the court's pack says for the purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from contracts.triage import PanelMember
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate
from kernel.facts import Known
from kernel.problems import Invalid
from rules.packs import HANDLER, Panels
from rules.packs.process import Bench
from triage import events
from triage.judgement import Judgement

LEAST = 3  # 人民法院组织法: three at least, and an odd number


class Panel(Aggregate):
    """One panel, formed once."""

    KIND = "panel"

    def form(self, subject: str, members: Sequence[PanelMember], sits_in: Sequence[str], **fields: Any) -> None:
        who = [*(member.member_id for member in members), *sits_in]
        if len(members) < LEAST or len(members) % 2 == 0:
            raise Invalid("a panel has an odd number of members, three at least", field="body.members")
        if len(set(who)) < len(who):
            raise Invalid("somebody is named twice", field="body.members")
        self.record(events.PanelFormed, subject=subject, members=tuple(members), sits_in=tuple(sits_in), **fields)


class PanelCommands(Application):
    """Forming panels."""

    async def form_panel(
        self, call: Call, case_id: str, purpose: str, members: Sequence[PanelMember], sits_in: Sequence[str]
    ) -> Answer:
        """Raises Refused for one that is not put together as the pack's rule of this purpose says (N24)."""
        key, policy = call.mint("panel"), self.policy(call)

        def form(panel: Panel, known: Known) -> dict[str, str]:
            case = Judgement(policy, self.actor(call), known)
            case.require_in_hand()
            rule = next((r for r in policy.rules.values() if isinstance(r, Panels) and purpose in r.panel), None)
            lacking = list(_lacks(rule.panel[purpose], members, sits_in, known.view.holder)) if rule else []
            if rule is not None and lacking:
                raise case.refused("form_panel", rule, lacking)
            panel.form(known.subject, members, sits_in, panel_id=key, purpose=purpose)
            return {"panel_id": key}

        return await self.change(call.under(policy), Panel, key, form, knowing=f"case/{case_id}")


def _lacks(bench: Bench, members: Sequence[PanelMember], sits_in: Sequence[str], holder: str) -> Iterator[str]:
    divisions = Counter(member.division for member in members)
    if bench.majority_from is not None and divisions[bench.majority_from] * 2 <= len(members):
        yield "majority_from"
    if bench.includes is not None and not divisions[bench.includes]:
        yield "includes"
    if bench.sits_in == HANDLER and holder not in sits_in:
        yield "sits_in"
