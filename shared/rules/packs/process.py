"""How things are done (流程设置, pack language 3.10): one model for each kind of setting, told by the field it has."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Discriminator, Field, Tag, model_validator

from rules.packs.rule import Rule
from rules.packs.words import AnyTerm, Code, Codes, Flag, Whole
from rules.terms import Frozen

Amount: TypeAlias = Literal["instrument_amount", "offered_property"]
PaidDirectly: TypeAlias = Literal["on_the_spot"]


class PricingOrder(Rule):
    """The methods of finding a reference price in their order; methods of one step stand side by side."""

    pricing_order: Annotated[tuple[Codes, ...], Field(min_length=1)]


class Rounds(Rule):
    """What follows a failed round of an online auction (流拍), by its number, and within which term."""

    after_failed: dict[Annotated[Whole, Field(ge=1)], Literal["auction", "sale"]]
    max_rounds: Annotated[Whole, Field(ge=1)]
    term: AnyTerm | None = None

    @model_validator(mode="after")
    def _each_round(self) -> Rounds:
        if sorted(self.after_failed) != list(range(1, self.max_rounds)):
            raise ValueError(f"expected what follows each of the rounds 1 to {self.max_rounds - 1}")
        return self


class Claim(Rule):
    """What the amount of a case is on filing (立案标的), by kind of case; what is reckoned `apart` from it."""

    claim: dict[Code, Amount]
    apart: Codes = ()


class Missed(Frozen):
    rest_due: Flag
    concession_lapses: Flag
    delay_interest: Flag


class InstalmentMissed(Rule):
    """What one instalment missed brings about (不诚信惩罚)."""

    on_instalment_missed: Missed


class Joining(Frozen):
    only_named_in_instrument: Flag
    adding_needs: Codes = ()


class Parties(Rule):
    """Whom a case is filed against, and what adding another needs (追加)."""

    parties: Joining


class CaseAccount(Rule):
    """Money goes only through the account of its case (一案一账号), but for the ways under `except`."""

    money_only_through: Literal["case_account"]
    exceptions: tuple[PaidDirectly, ...] = Field(default=(), alias="except")
    main_account_given_out: Literal["refuse"] | None = None


class Bench(Frozen):
    """Who sits on a panel (合议庭). `majority_from`, `includes`: divisions; `sits_in`: attends without a vote."""

    majority_from: Code | None = None
    includes: Code | None = None
    sits_in: Code | None = None
    chosen_by: Code | None = None
    not_from: Code | None = None


class Panels(Rule):
    """Who sits on panels, by their purpose; `short_of_judges`: who is chosen where a panel lacks judges."""

    panel: dict[Code, Bench]


_KINDS: dict[str, type[Rule]] = {
    "pricing_order": PricingOrder,
    "after_failed": Rounds,
    "claim": Claim,
    "on_instalment_missed": InstalmentMissed,
    "parties": Parties,
    "money_only_through": CaseAccount,
    "panel": Panels,
}


def _kind(value: Any) -> str | None:
    fields = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    named = next((kind for field, kind in _KINDS.items() if field in fields), None)
    kind = named or (type(value) if isinstance(value, Rule) else None)
    return kind.__name__ if kind else None


Process: TypeAlias = Annotated[
    Annotated[PricingOrder, Tag("PricingOrder")]
    | Annotated[Rounds, Tag("Rounds")]
    | Annotated[Claim, Tag("Claim")]
    | Annotated[InstalmentMissed, Tag("InstalmentMissed")]
    | Annotated[Parties, Tag("Parties")]
    | Annotated[CaseAccount, Tag("CaseAccount")]
    | Annotated[Panels, Tag("Panels")],
    Discriminator(
        _kind, custom_error_type="process", custom_error_message=f"expected one of the fields {', '.join(_KINDS)}"
    ),
]
"""A process setting: which kind it is, the field it has tells."""
