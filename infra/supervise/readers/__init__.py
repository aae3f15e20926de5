"""Readers of logs: each gives the rows of one kind of file, and says where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from rules.foreign import Broken

Row: TypeAlias = Mapping[str, Any] | Broken
"""Column -> value of one event; or why it is none."""


class Rows(Protocol):
    """What gives the events of a file, in the order they stand in. Raises BrokenFile where it cannot be read on."""

    @property
    def position(self) -> str:
        """Where the last event stands, or where reading stopped."""
        ...

    def __iter__(self) -> Iterator[Row]: ...
