"""Disposals (处置事项): the handler's instruction to turn one asset into money."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auction.pricing import AUCTION_OFFICER
from families.matter import OPEN, Matter
from kernel.facts import Known
from kernel.problems import Invalid, NotFound, WrongState
from rules.fact import Fact

DISPOSAL = "disposal"
_STATES = {"MatterAsked": "asked", "MatterAccepted": "accepted", "MatterDeclined": "declined", "MatterDone": "done"}


def ask_disposal(matter: Matter, matter_id: str, known: Known, **fields: Any) -> dict[str, str]:
    """Raises Invalid unless it names an asset and goes to the auction staff, WrongState for an asset in disposal."""
    about: str = fields["about"] or ""
    if not about.startswith("asset:"):
        raise Invalid("a disposal is about one asset: asset:…", field="body.about")
    if fields["to_post"] != AUCTION_OFFICER:
        raise Invalid(f"a disposal goes to: {AUCTION_OFFICER}", field="body.to_post")
    require_open(known)
    kind_of(known, about)
    if _last_state(known.facts, about) in OPEN:
        raise WrongState("a disposal of this asset is under way")
    return matter.ask(matter_id, known.subject, **fields)


def require_open(known: Known) -> None:
    if known.view.status == "closed":
        raise WrongState("the case is closed")


def kind_of(known: Known, about: str) -> str:
    """The kind of the asset a disposal is about. Raises NotFound."""
    for asset in known.view.assets:
        if about == f"asset:{asset['id']}":
            return asset["kind"]
    raise NotFound("no such asset is known in this case")


def _last_state(facts: Iterable[Fact], about: str) -> str:
    """Of the latest disposal of the asset; "" where there was none."""
    of_asset = (f for f in facts if f.type in _STATES and f.data["kind"] == DISPOSAL and f.data.get("about") == about)
    return next((_STATES[fact.type] for fact in reversed(list(of_asset))), "")
