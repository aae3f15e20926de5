"""Tables in the pages of docs/ that commands write anew; what stands around them is written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def with_tables(text: str, tables: Mapping[str, Iterable[str]]) -> str:
    """The page with the lines of each table between its marks. ValueError where it has no such marks."""
    for name, lines in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        first = text.index(begin) + len(begin)
        text = text[:first] + "\n".join(lines) + "\n" + text[text.index(end, first) :]
    return text


def head(*columns: str) -> Iterator[str]:
    yield line(*columns)
    yield line(*("---" for _ in columns))


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
