"""Documents (文书): what they must and must not state can both be kept; no national statement is dropped."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.draft import Draft, Remark
from rules.packs import ANY_KIND, Document, Trail


def check(draft: Draft) -> Iterator[Remark]:
    lines = list(draft.rules(Document))
    for trail, line in lines:
        yield from _contradicted(draft, trail, line)
        yield from _national(draft, trail, line)
    yield from _made_by_nobody(draft)


def _contradicted(draft: Draft, trail: Trail, line: Document) -> Iterator[Remark]:
    for other in draft.policy.documents:
        both = sorted({*line.must_state} & {*other.must_not_state}) if _overlap(line, other) else []
        if both:
            what = f"must state {', '.join(both)}, which {other.id} forbids"
            yield Remark("error", (*trail, "must_state"), what, "one of the two")


def _overlap(line: Document, other: Document) -> bool:
    return ANY_KIND in (*line.kinds, *other.kinds) or bool({*line.kinds} & {*other.kinds})


def _made_by_nobody(draft: Draft) -> Iterator[Remark]:
    """A line that refuses all others refuses those whom another line names for the same kind."""
    lines = [(trail, line) for trail, line in draft.rules(Document) if line.made_by and line.condition is None]
    for trail, line in lines:
        for _, other in lines:
            refused = sorted({*line.made_by} - {*other.made_by})
            if other.refuse_others and other is not line and _overlap(line, other) and refused:
                what = f"names {', '.join(refused)}, whom {other.id} refuses"
                yield Remark("error", (*trail, "made_by"), what, f"only {', '.join(other.made_by)}")


def _national(draft: Draft, trail: Trail, line: Document) -> Iterator[Remark]:
    """National lines hold beside the court's. Only one that is overridden can lose a statement."""
    served = draft.national.get(line.overrides.rule) if line.overrides else None
    if isinstance(served, Document):
        lost = sorted({*served.must_state} - {*line.must_state})
        if lost or not {*served.kinds} <= {*line.kinds}:
            what = f"states less than {served.id}" + (f": {', '.join(lost)}" if lost else ", or on fewer kinds")
            yield Remark("error", (*trail, "must_state"), what, "every national statement on every kind")
