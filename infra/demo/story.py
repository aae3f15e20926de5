"""Which life each case of the caseload has: `LIVES` of the caseload by name."""

from __future__ import annotations

from infra.demo.acting import Scene
from infra.demo.casework import Casework
from infra.demo.lives import disputed, for_now, paid, sold

STORIES: dict[str, type[Casework]] = {
    "terminated": for_now.Terminated,
    "resumed": for_now.Resumed,
    "sold_on_sale": sold.SoldOnSale,
    "given_in_kind": sold.GivenInKind,
    "sold_again": sold.SoldAgain,
    "sold_second": sold.SoldSecond,
    "sold_first": sold.SoldAtOnce,
    "vehicle": sold.Vehicle,
    "hidden": sold.Hidden,
    "stayed": paid.Stayed,
    "objected": disputed.Objected,
    "forgotten": paid.Forgotten,
    "deposit": paid.Deposit,
    "administrative": paid.Administrative,
    "pays_late": paid.PaysLate,
    "cash": paid.Cash,
    "main_account": paid.MainAccount,
    "settled": paid.Settled,
    "coerced": paid.Coerced,
    "withdrawn": paid.Withdrawn,
    "petition": paid.Petition,
}


def story(scene: Scene) -> Casework:
    """The case of the scene, ready to be told."""
    return STORIES[scene.profile.life](scene)
