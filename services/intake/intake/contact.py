"""One contact (接待约谈) with parties: a reception, a call, an interview."""

from __future__ import annotations

from typing import Any

from intake import events
from kernel.domain import Aggregate, Correctable, correctable


class Contact(Aggregate):
    """It happened; nothing follows from it here."""

    KIND = "contact"
    CORRECTABLE = correctable({events.ContactRecorded: Correctable(void=True)})

    def happen(self, subject: str, **fields: Any) -> dict[str, str]:
        self.record(events.ContactRecorded, subject=subject, contact_id=self.key, **fields)
        return {"contact_id": self.key}
