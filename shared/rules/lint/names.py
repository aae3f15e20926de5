"""Names that one part of a pack uses of another, or of the language: posts, teams, acts, kinds (pack language 6).

Events, fields, kinds in matchers, ladders, limits, readings and what conditions read are found wrong at the load.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias, cast

from contracts.base import Post
from contracts.commands import COMMANDS
from contracts.vocabulary import VOCABULARY
from rules.lint.draft import Draft, Finding, Remark, unusable
from rules.matcher import Matcher
from rules.packs import (
    ANY_KIND,
    HANDLER,
    Ask,
    Assignment,
    Authority,
    Destination,
    Document,
    Extension,
    Gate,
    Ledger,
    Pack,
    Step,
    Team,
    TeamKind,
    Trail,
    Who,
    Workload,
    parts,
)
from rules.rulebook import Rulebook, RulebookError
from rules.terms import Frozen

Named: TypeAlias = tuple[Trail, str]


class _Field(NamedTuple):
    """A field of a part of the pack that holds names, one or several."""

    part: type[Frozen]
    name: str


_POSTS = (
    _Field(Authority, "who"), _Field(Authority, "asks"), _Field(Authority, "chain"), _Field(Document, "made_by"),
    _Field(Ledger, "keeper"), _Field(Ledger, "readers"), _Field(Team, "head"), _Field(Team, "contact"),
    _Field(TeamKind, "posts"), _Field(Ask, "post"), _Field(Assignment, "in_name_of"), _Field(Step, "adjust_by"),
)  # fmt: skip
_OF_VOCABULARY = {
    "acts": (_Field(Authority, "act"), _Field(Ask, "act"), _Field(Extension, "act")),
    "document_kinds": (_Field(Authority, "sign"), _Field(Authority, "needs_signed"), _Field(Document, "kinds")),
    "document_states": (_Field(Document, "must_state"), _Field(Document, "must_not_state")),
    "tracks": (_Field(Destination, "track"), _Field(Assignment, "track")),
}
_IN_MATCHERS = {"posts": ("by.post", "to_post", "from_post", "next_post"), "teams": ("by.team", "to_team", "from_team")}


def check(draft: Draft) -> Iterator[Remark]:
    for title, named, known in _questions(draft):
        yield from _unknown(title, named, known)
    for trail, gate in draft.rules(Gate):
        if gate.act not in COMMANDS and gate.act.partition("/")[0] != "ask_matter":
            yield from _unknown("command", [((*trail, "act"), gate.act)], COMMANDS)
        elif "/" in gate.act:
            kinds = _vocabulary(draft, "matter_kinds")
            yield from _unknown("kind of matter", [((*trail, "act"), gate.act.partition("/")[2])], kinds)


def misfits(draft: Draft) -> Iterator[Finding]:
    """Why the pack does not fit together with what it extends; no other check makes sense before that is mended."""
    if draft.pack.structure is None:
        return
    try:
        Rulebook([*draft.parents, draft.pack])
    except RulebookError as error:
        yield from map(unusable, str(error).splitlines())


def _questions(draft: Draft) -> Iterator[tuple[str, Iterable[Named], Collection[str]]]:
    """What kind of name, where such names stand, and which there are."""
    pack, structure = draft.pack, draft.pack.structure
    posts = {*(structure.posts if structure else cast(Any, Post).__args__), HANDLER}
    yield "post", _of(pack, _POSTS), posts
    yield "post", _who(pack, "post"), posts
    for name, fields in _OF_VOCABULARY.items():
        yield name.removesuffix("s").replace("_", " "), _of(pack, fields), {*_vocabulary(draft, name), ANY_KIND}
    if structure is None:
        return
    yield "post of the language", [(("structure", "posts", post), post) for post in structure.posts], _language_posts()
    yield "post", _matched(pack, _IN_MATCHERS["posts"]), posts
    teams = {*draft.all_teams}
    yield "team", _who(pack, "team"), teams
    yield "team", _matched(pack, _IN_MATCHERS["teams"]), teams
    kinds = {kind.kind for kind in structure.kinds}
    yield "kind of team", _of(pack, (_Field(Destination, "team_kind"), _Field(Workload, "of_team_kinds"))), kinds


def _language_posts() -> Collection[str]:
    return cast(Any, Post).__args__


def _vocabulary(draft: Draft, name: str) -> Collection[str]:
    """The kinds of the language with those that the pack and what it extends add."""
    return {
        *VOCABULARY[name],
        *(kind for pack in (draft.pack, *draft.parents) for kind in pack.vocabulary.get(name, ())),
    }


# ---- where names stand --------------------------------------------------------------------------------------------


def _of(pack: Pack, fields: Iterable[_Field]) -> Iterator[Named]:
    for field in fields:
        for trail, part in parts(pack, field.part):
            yield from parts(getattr(part, field.name), str, (*trail, field.name))


def _who(pack: Pack, role: str) -> Iterator[Named]:
    return ((trail, who.name) for trail, who in parts(pack, Who) if who.role == role)


def _matched(pack: Pack, fields: Iterable[str]) -> Iterator[Named]:
    """The names that matchers want to see in some fields."""
    for trail, matcher in parts(pack, Matcher):
        for pattern in matcher.patterns:
            wanted = (pattern.fields[name] for name in fields if name in pattern.fields)
            yield from ((trail, str(value)) for each in wanted for value in _values(each))


def _values(wanted: object) -> Iterable[object]:
    if isinstance(wanted, Mapping):
        return [value for each in cast(Mapping[str, object], wanted).values() for value in _values(each)]
    return cast(list[object], wanted) if isinstance(wanted, list) else [wanted]


def _unknown(title: str, named: Iterable[Named], known: Collection[str]) -> Iterator[Remark]:
    for trail, name in named:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            perhaps = close[0] if close else f"one of {', '.join(sorted(known))}"
            yield Remark("error", trail, f"there is no {title} {name}", perhaps)
