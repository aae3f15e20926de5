"""Measures on one debtor in one case: limits, listings, summonses, fines, detention (对人措施)."""

from __future__ import annotations

from datetime import date
from typing import Any

from asset_control.control import last_day_of
from asset_control.measures import ON_THINGS, Measures
from asset_control.papers import deciding_paper, past
from asset_control.requirements import require_debtors, require_open
from kernel.facts import Known
from kernel.problems import Invalid
from rules.rulebook import Policy

LONGEST = {"dishonest_listing": "listing_longest", "detention": "detention_longest"}
"""Measure -> the limit of its term; the others have none."""


class PersonMeasures(Measures):
    """What stands against one debtor; `person_key` names it."""

    KIND = "person-measures"

    def take(
        self,
        measure_id: str,
        known: Known,
        policy: Policy,
        *,
        kind: str,
        document_id: str | None,
        amount_fen: int | None = None,
        rank: int = 0,
        expires_on: date | None = None,
        **fields: Any,
    ) -> dict[str, str]:
        """Raises Refused, on record, past what a limit allows, and while the paper that decides on it is not signed."""
        party_id = self.key.partition("/")[2]
        require_open(known)
        require_debtors(known, [party_id], "body.party_id")
        if kind in ON_THINGS:
            raise Invalid("this measure is taken on a thing: name the asset", field="body.asset_id")
        if rank != 0:
            raise Invalid("only a waiting seizure has a rank", field="body.rank")
        if kind == "fine" and not amount_fen:
            raise Invalid("a fine has an amount", field="body.amount_fen")
        _require_fine_within(policy, known, kind, party_id, amount_fen or 0)
        self._require_term_within(policy, known, kind, expires_on)
        paper = deciding_paper(policy, known, kind, party_id, document_id)
        fields |= {"document_id": paper, "amount_fen": amount_fen, "party_id": party_id, "rank": rank}
        return self.record_taken(known.subject, measure_id, kind, expires_on, **fields)

    def _require_term_within(self, policy: Policy, known: Known, kind: str, expires_on: date | None) -> None:
        limit = policy.named_limits.get(LONGEST.get(kind, ""))
        if limit and expires_on and expires_on > last_day_of(limit, known.calendar, self.taken_at):
            raise past(policy, known, kind, limit, "expires_on")


def _require_fine_within(policy: Policy, known: Known, kind: str, party_id: str, amount_fen: int) -> None:
    is_person = {party["id"]: party["kind"] for party in known.view.debtors}[party_id] == "person"
    limit = policy.named_limits.get("fine_person_most" if is_person else "fine_unit_most")
    if kind == "fine" and limit and amount_fen > limit.amount:
        raise past(policy, known, kind, limit, "amount_fen")


def person_key(case_id: str, party_id: str) -> str:
    return f"{case_id}/{party_id}"
