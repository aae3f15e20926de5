"""What the machines share: an aggregate beside a small model that says what is refused, and what is so afterwards.

`./zhixing test tests/unit/machines --hypothesis-profile long` tries many times as much.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from contracts.catalogue import BY_NAME
from kernel.corrections import FactCorrected, Stored, evolve
from kernel.domain import Aggregate, decode, encode
from kernel.problems import Problem, WrongState
from tests.contract.samples import golden
from tests.kernel_example import START, call

Effect = Callable[[Any], object]
EXAMPLES, STEPS = (1_000, 60) if settings.get_current_profile_name() == "long" else (60, 30)
few = st.sampled_from


def fields_of(event: str, *without: str, **changes: Any) -> dict[str, Any]:
    """What a command hands through to the event: the golden example's fields, but for those it says itself."""
    example = BY_NAME[event].model_validate(golden(event))
    return {name: value for name, value in example if name not in without} | changes


class AggregateMachine(RuleBasedStateMachine):
    """Subclasses name the aggregate and its model, and give the commands as rules."""

    KIND: type[Aggregate]
    MODEL: ClassVar[Callable[[], Any]]
    KEY = "yiyang-1"

    def __init__(self) -> None:
        super().__init__()
        self.aggregate: Any = self.KIND.empty(self.KEY)
        self.model = self.MODEL()
        self.stored: list[Stored] = []
        self.effects: dict[int, Effect] = {}  # what was done to the model, by the version of the event that tells of it
        self.void: set[int] = set()
        self.by = call("c").by
        self.ids = 0

    def id(self) -> str:
        self.ids += 1
        return f"yiyang-i{self.ids}"

    def act_as(self, *, post: str = "", team: str = "", actor: str = "yiyang-m1") -> None:
        self.by = self.by.model_copy(update={"post": post, "team": team, "actor": actor})

    def do(
        self,
        command: Callable[[Any], Any],
        refused: type[Problem] | None = None,
        effect: Effect = lambda model: None,
    ) -> Any:
        """The command is refused just so, or done; what was done is done to the model too, if it was recorded."""
        draft, problem, answer = self.aggregate.draft(self.by), None, None
        try:
            answer = command(draft)
        except Problem as error:
            problem = error
        assert (type(problem) if problem else None) is refused, f"{problem!r}, where the model says {refused}"
        if problem:
            return None
        if draft.pending_events:
            self.effects[draft.version] = effect
            effect(self.model)
        self.keep(draft)
        return answer

    def keep(self, draft: Aggregate) -> None:
        draft.require_sound()
        self.stored += [(event.TOPIC, encode(event)) for event in draft.pending_events]
        self.aggregate = draft.settled()

    def voidable(self) -> list[int]:
        """Versions of events that a correction may declare void (更正)."""
        kinds = [kind for kind, rule in self.KIND.CORRECTABLE.items() if rule.void]
        topics = {kind.TOPIC for kind in kinds}
        return [n for n, (topic, _) in enumerate(self.stored, 1) if topic in topics and n not in self.void]

    def may_be_void(self, version: int) -> bool:
        """For models where what followed forbids it."""
        return True

    @precondition(lambda self: self.voidable())
    @rule(data=st.data())
    def declare_void(self, data: st.DataObject) -> None:
        version = data.draw(few(self.voidable()))
        draft = self.aggregate.draft(self.by)
        told = {"corrects": "e1", "how": "void", "data": None, "reason": "error", "approved_by": None}
        draft.record(FactCorrected, version=version, **told)
        correction = draft.pending_events[-1]
        draft.become(evolve(self.KIND.empty(self.KEY), [*self.stored, (correction.TOPIC, encode(correction))]))
        try:
            draft.require_sound()
        except WrongState:
            assert not self.may_be_void(version)
            return
        assert self.may_be_void(version)
        self.void.add(version)
        self.keep(draft)
        self.effects.pop(version, None)
        self.model = self.MODEL()
        for _, effect in sorted(self.effects.items()):
            effect(self.model)

    def teardown(self) -> None:
        """What is stored folds to the same, and what is void reads as if it had never been."""
        assert vars(evolve(self.KIND.empty(self.KEY), self.stored)) == vars(self.aggregate)
        bare = self.KIND.empty(self.KEY)
        for version, (topic, state) in enumerate(self.stored, 1):
            if version not in self.void and topic != FactCorrected.TOPIC:
                decode(topic, state).apply(bare)
        assert state_of(bare) == state_of(self.aggregate)


def state_of(aggregate: Aggregate) -> Mapping[str, Any]:
    """What the aggregate itself remembers, without what every aggregate does."""
    common = vars(Aggregate.empty("")).keys()
    return {name: value for name, value in vars(aggregate).items() if name not in common}


def case_of(machine: type[RuleBasedStateMachine]) -> Any:
    """The machine as a test case of pytest's."""
    machine.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    return machine.TestCase


TODAY = START.date()


def in_days(days: int | None) -> date | None:
    return None if days is None else TODAY + timedelta(days=days)
