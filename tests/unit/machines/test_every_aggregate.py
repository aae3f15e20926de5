"""Every aggregate of every service has a machine."""

from collections.abc import Iterator

import pytest

import infra.host  # noqa: F401  brings every service, and so every aggregate
from auction.lot import Lot
from funds.account import CaseAccount
from kernel.domain import Aggregate
from tests.unit.machines import (
    test_asset,
    test_asset_control,
    test_auction,
    test_families,
    test_funds,
    test_intake,
    test_supervision,
    test_triage,
)
from tests.unit.machines.machine import AggregateMachine
from tests.unit.test_case_account import Money
from tests.unit.test_lot_machine import LotMachine

pytestmark = pytest.mark.fast
MODULES = (
    test_asset, test_asset_control, test_auction, test_families, test_funds, test_intake, test_supervision, test_triage
)  # fmt: skip
ELSEWHERE = {Lot.KIND: LotMachine, CaseAccount.KIND: Money}


def kinds(of: type[Aggregate] = Aggregate) -> Iterator[str]:
    """Of all streams that services write."""
    for kind in of.__subclasses__():
        if kind.KIND and not kind.__module__.startswith("tests."):
            yield kind.KIND
        yield from kinds(kind)


def run() -> Iterator[str]:
    """Kinds of aggregates whose machine a module runs: a machine alone is no test."""
    for module in MODULES:
        known = [each for each in vars(module).values() if isinstance(each, type)]
        yield from (each.KIND.KIND for each in known if issubclass(each, AggregateMachine) and each.TestCase in known)


def test_every_aggregate_has_a_machine_that_is_run() -> None:
    assert set(kinds()) == {*run(), *ELSEWHERE}
