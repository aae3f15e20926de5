"""Who proposes, decides and signs (权限, pack language 3.8)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import ANY_KIND, CaseCondition, Code, Codes, Flag, Kinds
from rules.terms import Frozen

DESIGNATED = "designated"
"""The credential (资格) that `designated: true` asks for."""


class Alternate(Frozen):
    """The post that decides or signs in the place of another while the condition holds (代行)."""

    post: Code
    condition: CaseCondition = Field(alias="if")


class Authority(Rule):
    """Who decides an act, or signs documents. A chain is a sequence of steps, each one post or any of several.

    `asks`: who may propose, `outcomes`: what may be proposed, `evidence`: papers to be named (any one of them if
    `evidence_any`), `needs_signed`: papers to be signed before. `channels`: where every step is decided, and
    `channels_agree` what must be the same in all. `of_team`: of the team that holds the case. `designated`: the
    credential that names the signer. `in_person`, `delegation: refuse`: the actor holds the post and uses the own key.
    """

    act: Code | None = None
    sign: Kinds = ()
    condition: CaseCondition | None = Field(default=None, alias="if")
    who: Codes = ()
    asks: Codes = ()
    chain: tuple[Codes, ...] = ()
    alternate: Alternate | None = None
    in_person: Flag = False
    delegation: Literal["refuse"] | None = None
    of_team: Flag = False
    designated: Flag | Code = False
    outcomes: Codes = ()
    evidence: Codes = ()
    evidence_any: Flag = False
    needs_signed: Codes = ()
    channels: tuple[Literal["online", "paper"], ...] = ()
    channels_agree: tuple[Literal["amount_fen", "decision"], ...] = ()

    @property
    def is_fallback(self) -> bool:
        """Whether it says who signs whatever no other line speaks of."""
        return ANY_KIND in self.sign and self.condition is None

    @property
    def designation(self) -> str | None:
        """The credential the signer must have."""
        return DESIGNATED if self.designated is True else self.designated or None

    @model_validator(mode="after")
    def _act_or_sign(self) -> Authority:
        if not (self.act and self.chain and not self.sign and not self.who) and not (
            self.sign and self.who and not self.act and not self.chain
        ):
            raise ValueError("expected act with chain, or sign with who")
        return self

    @model_validator(mode="after")
    def _fits(self) -> Authority:
        of_acts = (self.asks, self.outcomes, self.evidence, self.needs_signed, self.channels)
        if self.sign and any(of_acts):
            raise ValueError("asks, outcomes, evidence, needs_signed and channels belong to an act")
        if self.act and (self.of_team or self.designated):
            raise ValueError("of_team and designated belong to papers that are signed")
        if (self.evidence_any and not self.evidence) or (self.channels_agree and len(self.channels) < 2):
            raise ValueError("evidence_any needs evidence, and channels_agree two channels")
        if self.alternate and len(self.chain) > 1:
            raise ValueError("in a chain of several steps nobody could tell whose place the alternate takes")
        if self.alternate and self.delegation:
            raise ValueError("delegation: refuse allows no alternate")
        return self
