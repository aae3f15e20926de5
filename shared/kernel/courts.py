"""The courts an installation serves, each with its rulebook: its policy packs by version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kernel.clock import COURT_ZONE
from kernel.problems import Invalid
from rules.calendar import china
from rules.fact import Fact
from rules.rulebook import Policy, Rulebook


class Courts(Mapping[str, Rulebook]):
    """court -> rulebook. `digests`: (pack, version) -> digest of what this installation holds.

    `codes`: court -> the court's code in case numbers (法院代字, 法〔2015〕137号), such as 豫0327.
    """

    def __init__(
        self, rulebooks: Mapping[str, Rulebook], digests: Mapping[tuple[str, str], str], codes: Mapping[str, str]
    ) -> None:
        self._rulebooks = dict(rulebooks)
        self.digests, self.codes = dict(digests), dict(codes)
        self.calendar = china()

    def __getitem__(self, court: str) -> Rulebook:
        return self._rulebooks[court]

    def __contains__(self, court: object) -> bool:
        return court in self._rulebooks

    def __iter__(self) -> Iterator[str]:
        return iter(self._rulebooks)

    def __len__(self) -> int:
        return len(self._rulebooks)

    def policy(self, court: str, instant: datetime) -> Policy:
        """What holds in a court on the local day of an instant. Raises Invalid before the first rules."""
        try:
            return self._rulebooks[court].on(instant.astimezone(COURT_ZONE).date())
        except LookupError:
            raise Invalid("lies before the first rules in force", field="body.at") from None

    def lacking(self, reference: Sequence[Fact]) -> list[str]:
        """What a service waits for: a court's first policy, or a published pack version that is not installed."""
        published = [f for f in reference if f.type == "PolicyPublished" and f.data["what"] == "pack"]
        announced = {f.court for f in published}
        waiting = [f"the policy of court {court}" for court in self if court not in announced]
        for fact in published:
            name, version = fact.data["name"], fact.data["version"]
            if fact.court in self and self.digests.get((name, version)) != fact.data["digest"]:
                waiting.append(f"pack {name} {version} with digest {fact.data['digest'][:12]}")
        return sorted(set(waiting))
