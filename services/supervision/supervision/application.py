"""Commands of the supervision service, and the posts each is for. Its read models are in `live`."""

from __future__ import annotations

from typing import Any

from kernel.application import Application
from kernel.call import Answer, Call
from kernel.problems import Invalid
from supervision.live import Live
from supervision.policies import CourtPolicies

SUPERVISORS = (
    "director",
    "deputy_director",
    "chief",
    "deputy_chief",
    "leader",
    "president",
    "quality_officer",
    "trial_management",
    "discipline",
)
"""Posts that see every case of the court; others see those they hold."""

MAY = {
    "publish_policy": ("chief", "director"),
    "summary": SUPERVISORS,
    "workload": SUPERVISORS,
    "why": (*SUPERVISORS, "handler"),
    "timeline": (*SUPERVISORS, "handler"),
}


class Supervision(Application):
    """监督: deadlines, breaches and workload of all cases; it publishes which policies and calendars bind a court."""

    SERVICE = "supervision"
    live: Live  # set once the service runs

    async def publish_policy(self, call: Call, **fields: Any) -> Answer:
        """Only what this installation holds can be published: others would never be ready."""
        self._require_installed(call.by.court, fields["what"], fields["name"], fields["version"], fields["digest"])
        court = call.by.court
        return await self.change(call, CourtPolicies, court, lambda policies: policies.publish(court, **fields))

    def _require_installed(self, court: str, what: str, name: str, version: str, digest: str) -> None:
        if what == "pack":
            held = any(
                (pack.pack, pack.version, pack.digest) == (name, version, digest) for pack in self.courts[court].packs
            )
        else:
            calendar = self.courts.calendar
            held = name == calendar.name and version in {notice.stated.version for notice in calendar.notices}
        if not held:
            raise Invalid("this installation does not hold this version with this digest", field="body.version")
