"""Money in the main account, statements of the bank, under any commands. Accounts: tests/unit/test_case_account.py."""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from funds import statement
from funds.bank_csv import BankRow
from funds.statement import BankStatement
from funds.unclaimed import UnclaimedMoney
from kernel.problems import Invalid, NotFound, WrongState
from tests.unit.machines.machine import TODAY, AggregateMachine, case_of, few, fields_of

pytestmark = pytest.mark.fast


@dataclass
class MoneyModel:
    came_fen: int = 0
    claims: list[tuple[str, int]] = field(default_factory=list)

    def receive(self, fen: int) -> None:
        self.came_fen = fen

    @property
    def rest_fen(self) -> int:
        return self.came_fen - sum(fen for _, fen in self.claims)


class Money(AggregateMachine):
    """What is claimed for cases is never more than came in."""

    KIND, MODEL = UnclaimedMoney, MoneyModel

    @initialize(fen=few([None, 100, 250]))
    def begin(self, fen: int | None) -> None:
        if fen is not None:
            self.receive(fen)

    @rule(fen=few([0, 100, 100, 250]))
    def receive(self, fen: int) -> None:
        came = self.model.came_fen
        refused = (WrongState if fen != came else None) if came else None if fen else Invalid
        fields = fields_of("FundsReceived", "payment_id", amount_fen=fen, into="main_account")
        self.do(lambda m: m.receive(self.KEY, **fields), refused, lambda model: model.receive(fen))

    @rule(case=few(["yiyang-1", "yiyang-2"]), fen=st.integers(-1, 120))
    def identify(self, case: str, fen: int) -> None:
        refused = NotFound if not self.model.came_fen else None if 0 < fen <= self.model.rest_fen else Invalid
        self.do(lambda m: m.identify(case, fen), refused, lambda model: model.claims.append((case, fen)))

    def may_be_void(self, version: int) -> bool:
        """That it came, while nothing of it is claimed."""
        return not self.model.claims

    @invariant()
    def the_rest_is_what_is_not_claimed(self) -> None:
        assert (self.aggregate.rest_fen, self.aggregate.claimed) == (self.model.rest_fen, self.model.claims)


class Statements(AggregateMachine):
    """Kept row by row as it was first sent, in events of few rows; the model is those rows."""

    KIND, MODEL = BankStatement, list

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(statement, "ROWS_AN_EVENT", 2)

    def teardown(self) -> None:
        super().teardown()
        self._patch.undo()

    @rule(amounts=st.lists(st.integers(-500, 500), max_size=7))
    def receive(self, amounts: list[int]) -> None:
        rows = [BankRow(n, TODAY, f"r{n}", "", fen, None) for n, fen in enumerate(amounts, 2)]
        told = {"digest": "0" * 64, "first": TODAY, "last": TODAY, "opening_fen": 0, "closing_fen": sum(amounts)}
        is_first = not self.stored
        self.do(lambda s: s.receive(rows, **told), None, lambda model: model.extend(amounts))
        assert len(self.stored) == 1 + (len(self.model) + 1) // 2 or not is_first

    @rule()
    def require(self) -> None:
        self.do(lambda s: s.require(), None if self.stored else NotFound)

    @invariant()
    def every_row_is_kept(self) -> None:
        assert [row.amount_fen for row in self.aggregate.rows] == self.model


TestUnclaimedMoney = case_of(Money)
TestStatements = case_of(Statements)
