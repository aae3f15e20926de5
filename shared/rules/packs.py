"""What a policy pack can say (pack language 1 and 3), as closed, immutable models. `loader.py` reads them from YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property, partial
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from contracts.catalogue import BY_NAME
from rules.case import CASE, LIQUID_KINDS
from rules.conditions import ANY, INT, STRING, STRINGS, Condition, MapOf, Record, compile_condition
from rules.matcher import Matcher, compile_matcher
from rules.terms import ClockTime, Frozen, Length, Roll, Term, TermSettings

Code: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
RuleId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
Clause: TypeAlias = Annotated[str, Field(pattern=r"^(national|[A-Z]\d{2}( [A-Z]\d{2})*)$")]
"""Ids of the clause register, or `national`."""

NATIONAL = "national"
ANY_KIND = "*"
HANDLER = "handler"
"""承办人: a role, not a post: who holds the case."""

ACTOR = Record({"id": STRING, "post": STRING, "team": STRING, "credentials": STRINGS})
TEAM = Record({"id": STRING, "kind": STRING, "size": INT, "load": INT})
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


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Codes: TypeAlias = Annotated[tuple[Code, ...], BeforeValidator(_listed)]
"""One code or a list of them."""
Kinds: TypeAlias = Annotated[tuple[Code | Literal["*"], ...], BeforeValidator(_listed)]
"""One kind, a list of them, or `*` for all."""


def _readable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        units = "{hours | days | working_days | months | years: n}"
        words = "{until: field}, {same_as: rule}, same_day, at_once or in_time"
        raise ValueError(f"expected a term: {units}, {words}") from None


AnyTerm: TypeAlias = Annotated[Term, WrapValidator(_readable)]
"""A term whose fault is told in one line, not once for each form it might have had."""


class Names(Frozen):
    zh: str
    en: str


class Window(Frozen):
    """Days in force, both inclusive. Without a first day it holds from its pack's first day on."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class Reasoned(Frozen):
    """Another rule and the reason to depart from it."""

    rule: RuleId
    reason: Annotated[str, Field(min_length=1)]


class Origin(NamedTuple):
    """The version of a pack that a rule stands in; given as validation context."""

    pack: str
    version: str
    digest: str


NOWHERE = Origin("", "", "")


class Rule(Frozen):
    """What every rule says of itself. `reading` names a conflict, `why` is one line shown to users."""

    id: RuleId
    clause: Clause
    source: str = ""
    zh: str = ""
    en: str = ""
    why: str = ""
    effective: Window = Window()
    reading: RuleId | None = None
    unverified: bool = False
    overrides: Reasoned | None = None
    _origin: Origin = PrivateAttr(default=NOWHERE)

    @model_validator(mode="after")
    def _sourced(self, info: ValidationInfo) -> Rule:
        if self.clause == NATIONAL and not self.source:
            raise ValueError("a national rule needs its source")
        self._origin = cast(Origin, info.context or NOWHERE)
        return self

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition in it but those inside matchers."""
        return tuple(condition for _, condition in parts(self, Condition))

    @property
    def pack(self) -> str:
        return self._origin.pack

    @property
    def version(self) -> str:
        return self._origin.version


# ---- structure, limits ------------------------------------------------------------------------------------------


class TeamKind(Frozen):
    """A kind of team the scheme speaks of; how many there are is the installation's."""

    kind: Code
    zh: str
    en: str
    clause: Clause
    posts: Codes = ()


class Team(Frozen):
    id: Code
    kind: Code
    zh: str
    en: str
    head: Code | None = None


class Structure(Frozen):
    """Posts (岗位) by the court's own names, kinds of teams, teams, and who holds a case before the first handover."""

    posts: dict[Code, str]
    kinds: tuple[TeamKind, ...] = ()
    teams: tuple[Team, ...] = ()
    initial_holder: Code

    def joined_by(self, teams: Sequence[Team]) -> Structure:
        """This structure with the installation's teams; one with the id of a team of the pack stands in its place.

        ValueError where a team is of a kind the pack does not know.
        """
        merged = {team.id: team for team in (*self.teams, *teams)}
        return Structure(
            posts=self.posts, kinds=self.kinds, teams=tuple(merged.values()), initial_holder=self.initial_holder
        )

    @model_validator(mode="after")
    def _known(self) -> Structure:
        kinds = {kind.kind for kind in self.kinds}
        for team in self.teams:
            if team.kind not in kinds:
                raise ValueError(f"team {team.id}: kind {team.kind} is none of {', '.join(sorted(kinds))}")
        if len({team.id for team in self.teams}) != len(self.teams):
            raise ValueError("two teams have one id")
        if self.initial_holder not in {team.id for team in self.teams}:
            raise ValueError(f"initial_holder {self.initial_holder} is no team")
        return self


class Limit(Rule):
    """A named amount, share or number of months; `incl` says whether the number itself is within (以下, 以内)."""

    name: Code
    fen: int | None = None
    percent: int | None = None
    months: int | None = None
    incl: bool

    @model_validator(mode="after")
    def _one_amount(self) -> Limit:
        if len(self._amounts) != 1:
            raise ValueError("expected exactly one of fen, percent, months")
        return self

    @property
    def _amounts(self) -> list[int]:
        return [amount for amount in (self.fen, self.percent, self.months) if amount is not None]

    @property
    def amount(self) -> int:
        return self._amounts[0]


# ---- routing, assignment, workload ------------------------------------------------------------------------------


class Destination(Frozen):
    """Where a route leads: a track, worked by the teams of that kind unless a team or another kind is named."""

    track: Code
    team: Code | None = None
    team_kind: Code | None = None


class Ask(Frozen):
    """The choice goes to a person, by an approval of `act`."""

    post: Code
    act: Code


class Branch(Rule):
    condition: CaseCondition | None = Field(default=None, alias="if")
    to: Destination | None = None
    ask: Ask | None = None
    points: int = 0

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Branch:
        if (self.to is None) == (self.ask is None):
            raise ValueError("expected either to or ask")
        return self


class Route(Frozen):
    """Routing (分流) at one stage: the first rule that is true, or the track with the most points."""

    stage: Code
    gate: RuleId | None = None
    mode: Literal["first", "score"]
    rules: tuple[Branch, ...] = ()
    fallback: Branch

    @model_validator(mode="after")
    def _conditions(self) -> Route:
        for rule in self.rules:
            if rule.condition is None:
                raise ValueError(f"{rule.id}: only the fallback stands without if")
        if self.fallback.condition is not None or self.fallback.to is None:
            raise ValueError("the fallback has no if and leads to a track")
        if self.mode == "score" and any(rule.to is None for rule in self.rules):
            raise ValueError("mode: score adds points to tracks, so every rule leads to one")
        return self


class Step(Frozen):
    """`first` prefers, `drop` removes, `score` ranks candidates. The word after it names the factor on record."""

    first: Code | None = None
    drop: Code | None = None
    score: Code | None = None
    clause: Clause | None = None
    condition: TeamCondition | None = Field(default=None, alias="if")
    points: int = 0
    adjust_by: Code | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        if sum(name is not None for name in (self.first, self.drop, self.score)) != 1:
            raise ValueError("expected exactly one of first, drop, score")
        if self.condition is None and self.score != "load":
            raise ValueError("first, drop and score need an if; only score: load goes without")
        return self


class Assignment(Rule):
    """Assignment (指派) inside a track; `starvation`: a team without a new case for that long goes first."""

    track: Code | Literal["*"]
    in_name_of: Code | None = None
    steps: tuple[Step, ...]
    starvation: Length | None = None

    @model_validator(mode="after")
    def _scores_last(self) -> Assignment:
        if [bool(step.score) for step in self.steps] != sorted(bool(step.score) for step in self.steps):
            raise ValueError("steps that score stand after those that narrow")
        return self


class Weight(Frozen):
    condition: CaseCondition = Field(alias="if")
    points: int


class Doing(Frozen):
    """Points for work done; `apart`: shown beside casework, not in it."""

    points: int
    of: Pattern
    apart: bool = False


class Workload(Rule):
    """Weights of an open item (工作量): the first line that matches, plus every line of `plus`. Integers only."""

    of_team_kinds: Codes
    weights: tuple[Weight, ...]
    plus: tuple[Weight, ...] = ()
    done: tuple[Doing, ...] = ()
    spread_warn_permille: int


# ---- clocks -----------------------------------------------------------------------------------------------------

_ROLES = ("holder", "asked", "taker", "giver", "receiver", "signer")


class Who(Frozen):
    """Who answers or is told: a post, a team, or a role in the matter (pack language 2.5)."""

    role: Literal["post", "team", "holder", "asked", "taker", "giver", "receiver", "signer"]
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_pack(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"role": value} if value in _ROLES else {"role": "post", "name": value}
        if isinstance(value, dict) and (named := cast(dict[str, Any], value)).keys() & {"post", "team"}:
            if len(named) != 1:
                raise ValueError("expected {post: p}, {team: t} or one of " + ", ".join(_ROLES))
            [(role, name)] = named.items()
            return {"role": role, "name": name}
        return cast(Any, value)


Fields: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Key(Frozen):
    """The fields that tell occurrences apart, at the start (`item.…` under `each_of`) and at the stop."""

    start: Fields = ()
    stop: Fields = ()

    @model_validator(mode="before")
    @classmethod
    def _from_pack(cls, value: Any) -> Any:
        return {"start": value, "stop": value} if isinstance(value, str | list) else value  # pyright: ignore[reportUnknownVariableType]


class Extension(Frozen):
    """`act` is the approval that must come first; asked later than `ask_before` only warns."""

    act: Code
    max_times: Annotated[int, Field(gt=0)] | None = None
    max: Length | None = None
    ask_before: Length | None = None


class Repeat(Frozen):
    """Occurrence k of `times` is due k × `every` after the anchor and is met by a stop whose `field` is k."""

    every: Length
    times: Annotated[int, Field(gt=0)]
    field: str | None


class Warn(Frozen):
    """A rung before the due day; `ack` wants an acknowledgement."""

    before: Length
    to: tuple[Who, ...]
    ack: bool = False


class Past(Frozen):
    """A rung after the due day; `same_day` is the day it is found."""

    after: Length | Literal["same_day"]
    to: tuple[Who, ...]
    ack: bool = False


class Ladder(Frozen):
    warn: tuple[Warn, ...] = ()
    past: tuple[Past, ...] = ()


class Clock(Rule):
    """A deadline (节点): what starts and stops it, its term, who answers for it (pack language 3.6 and 4)."""

    type: Literal["legal", "service"]
    start: Pattern
    stop: Pattern
    of: Literal["first", "last", "each"] = "first"
    key: Key = Key()
    each_of: str | None = None
    where: ItemCondition | None = None
    term: AnyTerm | None = None
    repeat: Repeat | None = None
    cutoff: ClockTime | None = None
    delay: Length | None = None
    roll: Roll | None = None
    void_by: Pattern | None = None
    early: Literal["met", "ignored"] = "met"
    suspended_by: Codes = ()
    extension: Extension | None = None
    within: RuleId | None = None
    looser_than: Reasoned | None = None
    on_change: Literal["keep", "switch"] = "keep"
    answers: Who
    warn: tuple[Warn, ...] = ()
    past: tuple[Past, ...] = ()
    ladder: Code | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Clock:
        if not (self.zh and self.en):
            raise ValueError("a clock is shown to users: expected zh and en")
        if (self.term is None) == (self.repeat is None):
            raise ValueError("expected either term or repeat")
        if self.where is not None and self.each_of is None:
            raise ValueError("where needs each_of")
        if bool(self.key.start) != bool(self.key.stop):
            raise ValueError("a key stands on both sides")
        if self.ladder and (self.warn or self.past):
            raise ValueError("expected either a ladder or rungs of its own")
        return self


class Suspension(Rule):
    """A pair of events, joined by the field `pair`: between them the clocks that list the cause stand still."""

    cause: Codes
    start: Pattern
    end: Pattern
    pair: Code


# ---- gates, authority, documents ----------------------------------------------------------------------------------


class Elapsed(Frozen):
    """Holds when today is after the last day of the term, counted from the first such event."""

    since: Pattern
    more_than: Length


class GateItem(Frozen):
    """One demand of a checklist. Without need, that, elapsed and not_event its id is a material to be handed in."""

    id: Code
    zh: str = ""
    en: str = ""
    clause: Clause | None = None
    reading: RuleId | None = None
    condition: ActCondition | None = Field(default=None, alias="if")
    need: Pattern | None = None
    that: ActCondition | None = None
    elapsed: Elapsed | None = None
    not_event: Pattern | None = None

    @property
    def is_material(self) -> bool:
        return not any((self.need, self.that, self.elapsed, self.not_event))


class Gate(Rule):
    """A checklist (核查清单) before an act: a command, `ask_matter/kind`, or `open_file`."""

    act: Annotated[str, Field(pattern=r"^[a-z_]+(/[a-z_]+)?$")]
    condition: ActCondition | None = Field(default=None, alias="if")
    on_lack: Literal["refuse", "warn", "return"]
    items: Annotated[tuple[GateItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Gate:
        if len({item.id for item in self.items}) != len(self.items):
            raise ValueError("two items have one id")
        return self


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


# ---- process, records, figures, conflicts ---------------------------------------------------------------------------


class Process(Rule):
    """The methods of finding a reference price in their order; methods of one step stand side by side."""

    pricing_order: tuple[Codes, ...]


class Ledger(Rule):
    """A ledger (台账): a view over events, the fields an entry must have, who keeps it."""

    of: Pattern
    fields: tuple[str, ...] = ()
    required: Literal["show", "refuse"] = "show"
    keeper: Code


class Figure(Rule):
    """A named count of events for bulletins and reviews."""

    count: Pattern
    by: Codes = ()
    per: Literal["month", "quarter", "year"]


class Conflict(Frozen):
    """What the text says against itself, and the reading chosen."""

    id: RuleId
    clause: Clause
    says: Annotated[tuple[str, ...], Field(min_length=1)]
    reading: Annotated[str, Field(min_length=1)]


# ---- the pack -----------------------------------------------------------------------------------------------------


class Settings(TermSettings):
    """Settable defaults: what the scheme leaves open, shown to users as such.

    `first_enquiry`: who starts it; `stages` of routing; `case_account`: one account a case (一案一账号);
    `liquid`: kinds of assets that satisfy a claim without being sold.
    """

    first_enquiry: Literal["filing", "service", "auto"] = "service"
    stages: tuple[Code, ...] = ("first",)
    case_account: bool = False
    liquid: tuple[Code, ...] = LIQUID_KINDS


class Source(Frozen):
    title: str
    number: str = ""
    file: str = ""
    issued: date | None = None


def _unset(value: Any) -> Any:
    return None if value == "unset" else value


class Effective(Window):
    """`from: unset`: the scheme names no day, the installation must."""

    first: Annotated[date | None, BeforeValidator(_unset)] = Field(alias="from")


class Pack(Frozen):
    """One version of one pack. `digest` is of its files as they stand on disk."""

    pack: Code
    name: Names
    source: Source
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    effective: Effective
    extends: Code | None = None
    settings: Settings = Settings()
    vocabulary: dict[Code, dict[Code, str]] = Field(default_factory=dict)
    structure: Structure | None = None
    limits: tuple[Limit, ...] = ()
    routing: dict[RuleId, Route] = Field(default_factory=dict)
    assignment: tuple[Assignment, ...] = ()
    workload: tuple[Workload, ...] = ()
    ladders: dict[Code, Ladder] = Field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    gates: tuple[Gate, ...] = ()
    authority: tuple[Authority, ...] = ()
    documents: tuple[Document, ...] = ()
    process: tuple[Process, ...] = ()
    records: tuple[Ledger, ...] = ()
    figures: tuple[Figure, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    _origin: Origin = PrivateAttr(default=NOWHERE)

    @model_validator(mode="after")
    def _from(self, info: ValidationInfo) -> Pack:
        self._origin = cast(Origin, info.context or NOWHERE)
        return self

    @property
    def digest(self) -> str:
        return self._origin.digest

    @property
    def rules(self) -> Iterator[Rule]:
        """Every rule of every section."""
        for section in RULE_SECTIONS:
            yield from getattr(self, section)
        for route in self.routing.values():
            yield from (*route.rules, route.fallback)


RULE_SECTIONS = (
    "limits",
    "assignment",
    "workload",
    "clocks",
    "suspensions",
    "gates",
    "authority",
    "documents",
    "process",
    "records",
    "figures",
)


Trail = tuple[int | str, ...]
"""The way to a part of a pack: names of fields and places in lists."""

Part = TypeVar("Part")


def parts(value: object, kind: type[Part], trail: Trail = ()) -> Iterator[tuple[Trail, Part]]:
    """Every part of that kind inside a pack, a rule or a section, with the way to it."""
    if isinstance(value, kind):
        yield trail, value
    elif isinstance(value, Frozen):
        for name, field in type(value).model_fields.items():
            yield from parts(getattr(value, name), kind, (*trail, field.alias or name))
    elif isinstance(value, tuple):
        for index, item in enumerate(cast(tuple[object, ...], value)):
            yield from parts(item, kind, (*trail, index))
    elif isinstance(value, dict):
        for name, item in cast(dict[str, object], value).items():
            yield from parts(item, kind, (*trail, name))
