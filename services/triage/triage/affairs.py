"""Affairs (其他事务), and what cases have to do with one another: what people look into, and what goes on as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from families.matter import MatterCommands
from kernel.call import Answer, Call
from rules.fact import Fact
from rules.packs import HANDLER
from triage.handling import Handling


class AffairsCommands(MatterCommands):
    """Work that is asked of people beside the handling of a case itself."""

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        """Also of a case that is closed."""
        if case_id is not None:
            (await self.read(Handling, case_id)).require_exists()
        return await super().ask_matter(call, case_id, matter_id, **fields)

    async def review_resumption(self, call: Call, case_id: str) -> None:
        """Whether a case goes on again is affairs work (Y13)."""
        await self._ask(call, None, "affairs", "general_officer", sub="resumption_review", for_case=case_id)

    async def tell_related(self, call: Call, case_id: str, objection_id: str) -> None:
        """An objection is put before who holds the case it speaks against; a stay is for him to enter."""
        about = f"case:{objection_id}"
        await self._ask(call, None, "affairs", HANDLER, sub="general", about=about, for_case=case_id)

    async def mark_resumed(self, call: Call, case_id: str, new_case_id: str) -> Answer:
        """By the system, on the earlier case (法〔2016〕373号): it goes on as the new one."""
        earlier, later = [await self.known(call.by.court, f"case/{each}") for each in (case_id, new_case_id)]
        trigger = trigger_of(earlier.facts, later.facts)
        return await self.change(call, Handling, case_id, lambda h: h.resume(new_case_id, trigger))

    async def _ask(self, call: Call, case_id: str | None, kind: str, to_post: str, **what: Any) -> None:
        plain: dict[str, Any] = {"urgent": False, "items": 1, "requirement": True, "materials": ()}
        await self.ask_matter(call, case_id, **{**plain, "kind": kind, "to_post": to_post, **what})


def trigger_of(earlier: Sequence[Fact], later: Sequence[Fact]) -> str:
    """Why a case goes on: of the court's own motion, for property a re-enquiry found, or as the creditor applied."""
    received = next(fact.data for fact in later if fact.type == "ApplicationReceived")
    if "from_division" in received:
        return "court"
    closed = max(fact for fact in earlier if fact.type == "CaseClosed")
    found = [fact for fact in earlier if fact.type == "AssetsFound" and closed < fact]
    return "re_enquiry" if found and found[-1].data["source"] == "enquiry" else "creditor"
