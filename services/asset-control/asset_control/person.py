"""Measures on one debtor in one case: limits, listings, summonses, fines, detention (对人措施)."""

from __future__ import annotations

from typing import Any

from asset_control.measures import ON_THINGS, Measures
from asset_control.papers import deciding_paper
from asset_control.requirements import require_debtors, require_open
from kernel.facts import Known
from kernel.problems import Invalid
from rules.rulebook import Policy


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
        **fields: Any,
    ) -> dict[str, str]:
        """Raises Refused, on record, while the paper that decides on it is not signed."""
        party_id = self.key.partition("/")[2]
        require_open(known)
        require_debtors(known, [party_id], "body.party_id")
        if kind in ON_THINGS:
            raise Invalid("this measure is taken on a thing: name the asset", field="body.asset_id")
        if rank != 0:
            raise Invalid("only a waiting seizure has a rank", field="body.rank")
        if kind == "fine" and not amount_fen:
            raise Invalid("a fine has an amount", field="body.amount_fen")
        paper = deciding_paper(policy, known, kind, party_id, document_id)
        fields |= {"document_id": paper, "amount_fen": amount_fen, "party_id": party_id, "rank": rank}
        return self.record_taken(known.subject, measure_id, kind, **fields)


def person_key(case_id: str, party_id: str) -> str:
    return f"{case_id}/{party_id}"
