"""Every test that runs services looks whether their aggregates can be changed through a draft: that look sees it."""

import pytest

from kernel.domain import Aggregate
from tests.unchangeable import faults, require_unchangeable

pytestmark = pytest.mark.fast


def test_the_look_for_changeable_values_finds_them() -> None:
    aggregate = Aggregate.empty("x")
    aggregate.deep, aggregate.flat, aggregate.other = {"a": {"b": 1}}, {"a": (1, "b")}, object()
    aggregate.nested = {"a": (1, ["b"])}
    assert faults(aggregate) == ["Aggregate.deep: dict", "Aggregate.other: object", "Aggregate.nested…: list"]
    with pytest.raises(AssertionError):
        require_unchangeable([aggregate])
