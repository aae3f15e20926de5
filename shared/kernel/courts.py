"""The courts an installation serves, each with its rulebook: its policy packs by version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from kernel.clock import COURT_ZONE
from kernel.problems import Invalid, Unavailable
from rules.calendar import FOREVER, china
from rules.fact import Fact
from rules.reference import Reference
from rules.rulebook import Policy, Rulebook


class Courts(Mapping[str, Rulebook]):
    """court -> rulebook: every version of its packs that is installed. Which of them bind, a service hears by facts.

    `digests`: (pack, version) -> digest of what this installation holds.
    `codes`: court -> the court's code in case numbers (法院代字, 法〔2015〕137号), such as 豫0327.
    """

    def __init__(
        self, rulebooks: Mapping[str, Rulebook], digests: Mapping[tuple[str, str], str], codes: Mapping[str, str]
    ) -> None:
        self._rulebooks = dict(rulebooks)
        self.digests, self.codes = dict(digests), dict(codes)
        self.calendar = china()
        self._heard: dict[str, Fact] = {}
        self._references: dict[str, Reference] = {}

    def apart(self) -> Courts:
        """The same courts to a service that has heard nothing yet: what it hears counts for it alone."""
        return Courts(self._rulebooks, self.digests, self.codes)

    def hear(self, facts: Iterable[Fact]) -> None:
        """Takes in facts about courts and members; they are a set, so those heard before change nothing."""
        for fact in facts:
            if fact.id not in self._heard:
                self._heard[fact.id] = fact
                self._references.pop(fact.court, None)

    @property
    def heard(self) -> Sequence[Fact]:
        """All facts about courts and members heard so far, of every court."""
        return list(self._heard.values())

    def __getitem__(self, court: str) -> Rulebook:
        return self._rulebooks[court]

    def __contains__(self, court: object) -> bool:
        return court in self._rulebooks

    def __iter__(self) -> Iterator[str]:
        return iter(self._rulebooks)

    def __len__(self) -> int:
        return len(self._rulebooks)

    def policy(self, court: str, instant: datetime, known_at: datetime = FOREVER) -> Policy:
        """What holds in a court on the local day of an instant, with all that is known; supervision goes by the same.

        Raises Invalid before the first rules, and Unavailable as `reference` does.
        """
        rulebook = self.reference(court).rulebook(self[court], known_at)
        try:
            return rulebook.on(instant.astimezone(COURT_ZONE).date())
        except LookupError:
            raise Invalid("lies before the first rules in force", field="body.at") from None

    def reference(self, court: str) -> Reference:
        """What binds the court, of all that was heard.

        Raises Unavailable while a version is published that is not installed: nobody can decide by it.
        """
        if court not in self._references:
            made = Reference((fact for fact in self._heard.values() if fact.court == court), self.calendar)
            try:
                made.eras(self[court])
            except ValueError as lacking:
                raise Unavailable(str(lacking)) from lacking
            self._references[court] = made
        return self._references[court]

    def lacking(self) -> list[str]:
        """What a service waits for: a court's first policy, or a published pack version that is not installed."""
        published = [f for f in self._heard.values() if f.type == "PolicyPublished" and f.data["what"] == "pack"]
        announced = {f.court for f in published}
        waiting = [f"the policy of court {court}" for court in self if court not in announced]
        for fact in published:
            name, version = fact.data["name"], fact.data["version"]
            if fact.court in self and self.digests.get((name, version)) != fact.data["digest"]:
                waiting.append(f"pack {name} {version} with digest {fact.data['digest'][:12]}")
        return sorted(set(waiting))
