"""Authority (权限): a line for every document, chains that move on, nobody lower than the national rules say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from contracts.vocabulary import VOCABULARY
from rules.lint.draft import Draft, Remark
from rules.packs import ANY_KIND, HANDLER, Authority, Trail

RANKS: tuple[tuple[str, ...], ...] = (
    ("president",), ("leader",), ("chief",), ("deputy_chief",), ("director", "finance_head"),
    ("deputy_director", "team_lead"), ("judge",),
)  # fmt: skip
"""Posts by who stands above whom, the highest first; all others stand below.

As the schemes' own chains have it: 团队长 -> 局长 -> 分管院领导 (Y23), 副主任 -> 局长 (H35), 局长或主管院领导 (S32).
"""


def check(draft: Draft) -> Iterator[Remark]:
    lines = list(draft.rules(Authority))
    yield from _unreached(lines)
    taken: set[str] = set()  # kinds that an earlier line signs in every case
    for trail, line in lines:
        yield from _chain(trail, line)
        yield from _national(draft, trail, line, taken)
        taken |= {*line.sign} if line.condition is None else set()
    if draft.pack.structure is not None:
        yield from _unsigned(draft, [line for _, line in lines])
        yield from _nobody(draft)


def _unsigned(draft: Draft, lines: Sequence[Authority]) -> Iterator[Remark]:
    """Every kind of document has a line that holds in every case."""
    always = {kind for line in lines if line.condition is None for kind in line.sign}
    if ANY_KIND in always:
        return
    kinds = sorted((VOCABULARY["document_kinds"] | set(draft.pack.vocabulary.get("document_kinds", ()))) - always)
    what = f"nobody is said to sign {', '.join(kinds[:5])}{' and others' if len(kinds) > 5 else ''}"
    if kinds:
        yield Remark("error", ("authority",), what, "a last line with sign: '*' and no if")


def _unreached(lines: Sequence[tuple[Trail, Authority]]) -> Iterator[Remark]:
    """A line after one that speaks of the same act or kinds in every case never holds."""
    taken: dict[str, str] = {}
    for trail, line in lines:
        about = [line.act] if line.act else [f"sign {kind}" for kind in line.sign]
        before = [taken[each] for each in about if each in taken]
        before = before or ([taken[f"sign {ANY_KIND}"]] if line.sign and f"sign {ANY_KIND}" in taken else [])
        for number, kind in enumerate(line.sign):
            if f"sign {kind}" in taken and len(before) < len(about):
                what = f"{kind} is signed by {taken[f'sign {kind}']} already"
                yield Remark("warning", (*trail, "sign", number), what, "each kind in one line")
        if before and (len(before) == len(about) or f"sign {ANY_KIND}" in taken):
            yield Remark("error", trail, f"never holds: {before[0]} stands before it", "the more special line first")
        if line.condition is None:
            taken |= {each: line.id for each in about if each not in taken}


# ---- chains -------------------------------------------------------------------------------------------------------


def _chain(trail: Trail, line: Authority) -> Iterator[Remark]:
    for n, (one, other) in enumerate(zip(line.chain, line.chain[1:], strict=False), 1):
        if set(one) == set(other):
            what = f"{' or '.join(one)} would decide twice in a row"
            yield Remark("error", (*trail, "chain", n), what, "another post at each step")
    for n, step in enumerate(line.chain):
        if n > 1 and any(set(step) == set(earlier) for earlier in line.chain[: n - 1]):
            what = f"goes round in a circle: {' or '.join(step)} has decided before"
            yield Remark("error", (*trail, "chain", n), what, "each post once")
    if len(line.chain) == 1 and set(line.asks) == set(line.chain[0]) and line.asks:
        what = f"{' or '.join(line.asks)} would decide on their own request"
        yield Remark("error", (*trail, "chain"), what, "somebody else at the end of the chain")


def _nobody(draft: Draft) -> Iterator[Remark]:
    """National rules name posts too: the court needs one of them at each step."""
    posts = {*(draft.pack.structure.posts if draft.pack.structure else ()), HANDLER}
    for line in draft.policy.authority:
        if line.id in draft.national:
            for step in (*line.chain, *([line.who] if line.who else [])):
                if not posts & set(step):
                    what = f"nobody in this court can decide by {line.id}: it has no {' or '.join(step)}"
                    yield Remark("error", ("structure", "posts"), what, f"one of these posts: {', '.join(step)}")


# ---- against the national lines -----------------------------------------------------------------------------------


def _national(draft: Draft, trail: Trail, line: Authority, taken: Set[str]) -> Iterator[Remark]:
    """The court's line stands before the national one on the same act or kind, and so takes its place."""
    for rule in draft.national.values():
        if isinstance(rule, Authority) and _same_matter(line, rule, taken) and not line.overrides:
            for what in weaker(line, rule):
                yield Remark("error", trail, f"{what}, as {rule.id} asks", "no fewer steps and no lower post")


def _same_matter(line: Authority, national: Authority, taken: Set[str]) -> bool:
    signed = {*national.sign} if ANY_KIND in line.sign else {*line.sign} & {*national.sign}
    return line.act == national.act if national.act else bool(signed - taken)


def weaker(line: Authority, national: Authority) -> Iterator[str]:
    """What a line asks less than a national one, in words."""
    own, wanted = line.chain or (line.who,), national.chain or (national.who,)
    if len(own) < len(wanted):
        yield f"has fewer steps than {len(wanted)}"
    if max(map(_rank, own)) < max(map(_rank, wanted)):
        yield f"is not decided by somebody as high as {' or '.join(wanted[-1])}"
    if national.in_person and not line.in_person:
        yield "is not decided in person"


def _rank(posts: Sequence[str]) -> int:
    """Of a step that any of several may take: the lowest of them."""
    ranks = {post: len(RANKS) - level for level, held in enumerate(RANKS) for post in held}
    return min((ranks.get(post, 0) for post in posts), default=0)
