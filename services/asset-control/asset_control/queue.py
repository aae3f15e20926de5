"""The seizures of one asset in their order (轮候): the first is in force, the others wait until it ends.

An asset may be seized in several cases of the court, and by others outside: a waiting seizure's rank counts all that
stand before it.
"""

from __future__ import annotations

from asset_control import events
from asset_control.measures import SEIZURES, WAITING, Measures
from contracts.asset_control import MeasureTaken
from kernel.domain import DomainEvent
from kernel.problems import Invalid, WrongState


class Queue(Measures):
    """Seizures of whatever case, in the order they were taken. `outside`: how many of others stand before each."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: dict[str, int] = {}

    @property
    def seizures(self) -> list[events.MeasureTaken]:
        return [measure for measure in self.in_force.values() if measure.kind in {*SEIZURES, WAITING}]

    def is_seized_for(self, subject: str) -> bool:
        """Also where that case waits behind another's seizure."""
        return any(measure.subject == subject for measure in self.seizures)

    def is_seized_elsewhere(self, subject: str) -> bool:
        return any(measure.subject != subject for measure in self.seizures)

    def rank_for(self, subject: str, kind: str, told: int) -> int:
        """Of a seizure now being taken: behind all others. `told`: by the registry, which knows those outside."""
        if kind != WAITING and told:
            raise Invalid("a waiting seizure, and no other measure, has a rank above 0", field="body.rank")
        if kind in SEIZURES and self.is_seized_elsewhere(subject):
            raise WrongState("it is seized in another case: a seizure of this case waits (轮候)")
        if kind in SEIZURES and any(measure.kind == WAITING for measure in self.of_case(subject)):
            raise WrongState("a seizure of this case waits already (轮候): tell when its turn has come")
        if kind != WAITING:
            return 0
        if self.is_seized_for(subject):
            raise Invalid("the case does not wait behind its own seizure", field="body.kind")
        behind = max((measure.rank for measure in self.seizures), default=-1) + 1
        if not max(told, behind):
            raise Invalid("nothing that it waits for is known: say its rank", field="body.rank")
        if told and told < behind:
            raise Invalid(f"it waits behind all others: its rank is {behind} at least", field="body.rank")
        return told or behind

    def out_of_turn(self) -> list[tuple[events.MeasureTaken, int]]:
        """Those that wait and have moved up, because what stood before them ended, with their new ranks."""
        moved = ((each, self._cases_before(each) + self.outside[each.measure_id]) for each in self.seizures)
        return [(measure, rank) for measure, rank in moved if rank != measure.rank]

    def moved_up(self, subject: str, measure_id: str, rank: int) -> list[tuple[events.MeasureTaken, int]]:
        """A waiting seizure, and those behind it, as the registry tells it anew: others outside have ended.

        It stays behind all that stand before it here: where these have moved up too, they are told first.
        """
        taken = self.require_in_force(subject, measure_id)
        before, behind = self._parted_at(measure_id) if taken.kind == WAITING else ([], [])
        if not max((each.rank for each in before), default=-1) < rank < taken.rank:
            raise Invalid("is not further up in the queue", field="body.rank")
        return [(measure, measure.rank - taken.rank + rank) for measure in behind]

    def _cases_before(self, seizure: events.MeasureTaken) -> int:
        before, _ = self._parted_at(seizure.measure_id)
        return len({each.subject for each in before} - {seizure.subject})

    def _parted_at(self, measure_id: str) -> tuple[list[events.MeasureTaken], list[events.MeasureTaken]]:
        """The seizures before this one, and those from it on."""
        place = [each.measure_id for each in self.seizures].index(measure_id)
        return self.seizures[:place], self.seizures[place:]

    def apply(self, event: DomainEvent) -> None:
        super().apply(event)
        if isinstance(event, events.MeasureTaken) and event.kind in {*SEIZURES, WAITING}:
            self.outside[event.measure_id] = max(event.rank - self._cases_before(event), 0)


def repeated(measure: events.MeasureTaken) -> dict[str, object]:
    """What a measure says, to be said again of it."""
    return {name: getattr(measure, name) for name in MeasureTaken.model_fields}
