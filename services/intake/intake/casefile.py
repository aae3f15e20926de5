"""The file (卷宗) of one case: the materials in it, and whether it may go to the archives."""

from __future__ import annotations

from typing import Any

from intake import events
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import WrongState


class CaseFile(Aggregate):
    """Materials by id, in the order in which they were filed."""

    KIND = "casefile"
    CORRECTABLE = correctable({events.MaterialFiled: Correctable(void=True)})

    def __init__(self) -> None:
        self.materials: dict[str, events.MaterialFiled] = {}
        self.archiving = False

    def file_material(self, material_id: str, subject: str, **fields: Any) -> dict[str, str]:
        self.record(events.MaterialFiled, subject=subject, material_id=material_id, **fields)
        return {"material_id": material_id}

    def open_archiving(self, subject: str) -> None:
        if not self.archiving:
            self.record(events.ArchivingOpened, subject=subject)

    def require_archiving(self) -> None:
        if not self.archiving:
            raise WrongState("the case is not closed: its file cannot be archived yet")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MaterialFiled():
                self.materials[event.material_id] = event
            case events.ArchivingOpened():
                self.archiving = True
            case _:
                pass
