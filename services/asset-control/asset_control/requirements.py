"""What is asked of a case and its parties before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.facts import Known
from kernel.problems import Invalid, NotFound, WrongState


def require_filed(known: Known) -> None:
    if not known.view.kind:
        raise NotFound("no case of this id is filed")


def require_open(known: Known) -> None:
    require_filed(known)
    if known.view.status == "closed":
        raise WrongState("the case is closed")


def require_debtors(known: Known, party_ids: Iterable[str], field: str) -> None:
    """At least one, and each a debtor of the case."""
    named = set(party_ids)
    if not named or not named <= {debtor["id"] for debtor in known.view.debtors}:
        raise Invalid("expected debtors of this case", field=field)
