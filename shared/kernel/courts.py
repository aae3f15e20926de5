"""The courts an installation serves, each with its rulebook (policy packs by version)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.fact import Fact


class Courts(Mapping[str, Any]):
    """court id -> Rulebook."""

    def __init__(self, rulebooks: Mapping[str, Any]) -> None:
        self._rulebooks = dict(rulebooks)

    def __getitem__(self, court: str) -> Any:
        return self._rulebooks[court]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rulebooks)

    def __len__(self) -> int:
        return len(self._rulebooks)

    def lacking(self, reference: Sequence[Fact]) -> list[str]:
        return []
