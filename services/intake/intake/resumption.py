"""Resumption (恢复执行): a case that was terminated for now goes on as a new one, for what there is now."""

from __future__ import annotations

from typing import Any

from contracts.intake import Claim, Instrument
from kernel.facts import Known
from kernel.guard import ground
from kernel.problems import NotYet, Refused
from rules.authority import for_act
from rules.rulebook import Policy

RESUME = "resume"
GONE = frozenset({"sold", "returned", "given_in_kind", "destroyed"})


def require_leave(policy: Policy, known: Known) -> None:
    """Where the court has a chain of approval for resuming, it comes before the filing (N20). Raises Refused."""
    line = for_act(policy, RESUME, known.view)
    decided = (f.data for f in known.facts if f.type == "ApprovalDecided" and f.data["act"] == RESUME)
    if line is not None and not any(each["final"] and each["decision"] == "approved" for each in decided):
        raise Refused(
            "the court's rules ask for leave to resume",
            act="file_case",
            rule=line.id,
            lacking=[RESUME],
            wanted_by=line.chain[0][0],
            subject=known.subject,
            grounds=[ground(line)],
        )


def claim_of(earlier: Known) -> dict[str, Any]:
    """What is enforced on: the rest of the earlier claim, as far as the property now found goes (N21).

    Raises NotYet while the earlier case, or the property of unknown value, leaves a person to say it.
    """
    filed = next((fact.data for fact in earlier.facts if fact.type == "CaseFiled"), None)
    if filed is None:
        raise NotYet("the earlier case is not known here: a person files this one")
    view = earlier.view
    offered = sum(each["value_fen"] for each in view.assets if each["disposable"] != "no" and each["state"] not in GONE)
    rest = max(view.claim_fen - view.recovered_fen, 0)
    known = {"basis": "offered_property", "amount_fen": min(rest, offered)} if offered else {"amount_fen": rest}
    return {
        "instrument": Instrument.model_validate(filed["instrument"]),
        "cause": filed["cause"],
        "claim": Claim.model_validate({**filed["claim"], **known}),
        "earlier_preservation": False,
        "marked_simple": False,
        "earlier_case_id": None,
        "related_case_id": None,
    }
