"""Who decides and signs (权限), and what documents (文书) say (pack language 3.8, 3.9)."""

from __future__ import annotations

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import CaseCondition, Code, Codes, Kinds


class Authority(Rule):
    """Who decides an act, or signs documents. A chain is a sequence of steps, each one post or any of several.

    `asks`: who may propose. `of_team`: of the team that holds the case. `designated`: the credential that names the
    signer. `in_person`: the actor must hold the post and use the own key. `outcomes`: what may be proposed.
    """

    act: Code | None = None
    sign: Kinds = ()
    condition: CaseCondition | None = Field(default=None, alias="if")
    who: Codes = ()
    asks: Codes = ()
    chain: tuple[Codes, ...] = ()
    in_person: bool = False
    of_team: bool = False
    designated: Code | None = None
    outcomes: Codes = ()

    @model_validator(mode="after")
    def _act_or_sign(self) -> Authority:
        if not (self.act and self.chain and not self.sign and not self.who) and not (
            self.sign and self.who and not self.act and not self.chain
        ):
            raise ValueError("expected act with chain, or sign with who")
        return self


class Document(Rule):
    """Kinds of documents: who makes them (`auto`: the system, for every debtor, on filing), what they must state."""

    kinds: Kinds
    made_by: Codes = ()
    auto: bool = False
    must_state: Codes = ()
