"""The words packs are written in (pack language 2): codes, clauses, matchers, conditions, terms."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from contracts.catalogue import BY_NAME
from rules.case import CASE
from rules.conditions import ANY, INT, STRING, STRINGS, Condition, MapOf, Record, compile_condition
from rules.matcher import Matcher, compile_matcher
from rules.terms import Term

CODE = r"^[a-z][a-z0-9_]*$"
RULE_ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
Code: TypeAlias = Annotated[str, Field(pattern=CODE)]
RuleId: TypeAlias = Annotated[str, Field(pattern=RULE_ID)]
CLAUSE = r"^(national|own|[A-Z]\d{2}( [A-Z]\d{2})*)$"
Clause: TypeAlias = Annotated[str, Field(pattern=CLAUSE)]
"""Ids of the clause register, or `national`; `own`: of a rule that comes from no scheme, but from who wrote it."""
At: TypeAlias = Annotated[str, Field(max_length=40)]
"""Where in the scheme's text something stands: its own paragraph number, and the sentence in it."""

Flag: TypeAlias = Annotated[bool, Field(strict=True)]
Whole: TypeAlias = Annotated[int, Field(strict=True)]


def day(value: Any) -> Any:
    """A text such as 2026-03-31. A number would be read as seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("expected a day such as 2026-03-31")
    return value


Day: TypeAlias = Annotated[date, BeforeValidator(day)]

NATIONAL, OWN = "national", "own"
ANY_KIND = "*"
HANDLER = "handler"
"""承办人: a role, not a post: who holds the case."""

ACTOR = Record({"id": STRING, "post": STRING, "team": STRING, "credentials": STRINGS})
TEAM = Record({"id": STRING, "kind": STRING, "size": INT, "load": INT, "areas": STRINGS})
ACT = Record({name: ANY for event in BY_NAME.values() for name in event.model_fields})
"""The fields of the event a command would emit."""
_ON_CASE = {"case": CASE, "limit": MapOf(INT)}

Pattern: TypeAlias = Annotated[Matcher, PlainValidator(compile_matcher)]
CaseCondition: TypeAlias = Annotated[Condition, PlainValidator(partial(compile_condition, roots=_ON_CASE))]
ItemCondition: TypeAlias = Annotated[
    Condition, PlainValidator(partial(compile_condition, roots={"case": CASE, "item": ANY}))
]
ActCondition: TypeAlias = Annotated[
    Condition, PlainValidator(partial(compile_condition, roots={**_ON_CASE, "act": ACT, "actor": ACTOR}))
]
TeamCondition: TypeAlias = Annotated[
    Condition, PlainValidator(partial(compile_condition, roots={**_ON_CASE, "team": TEAM, "debtor_teams": STRINGS}))
]


Period: TypeAlias = Literal["day", "week", "month", "quarter", "half_year", "year"]


def listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Codes: TypeAlias = Annotated[tuple[Code, ...], BeforeValidator(listed)]
"""One code or a list of them."""
Kinds: TypeAlias = Annotated[tuple[Code | Literal["*"], ...], BeforeValidator(listed)]
"""One kind, a list of them, or `*` for all."""
Fields: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(listed)]
"""One field of an event or a list of them, dotted where they lie deeper."""


def _readable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        units = "{hours | days | working_days | months | years: n}"
        words = "{until: field}, {same_as: rule}, same_day, at_once or in_time"
        raise ValueError(f"expected a term: {units}, {words}") from None


AnyTerm: TypeAlias = Annotated[Term, WrapValidator(_readable)]
"""A term whose fault is told in one line, not once for each form it might have had."""
