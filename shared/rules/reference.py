"""What binds a court's subjects beside their own facts: pack versions, calendars, postings, each as known at K."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from rules.calendar import BEGINNING, FOREVER, Calendar, china
from rules.compiled import CompiledPolicy, Compiler, Index, index_of
from rules.effective import Sighting, Step, cuts, sightings
from rules.fact import Fact
from rules.packs import Window
from rules.rulebook import Rulebook


class Era(NamedTuple):
    """A spell of K in which no pack version and no calendar became known."""

    since: datetime
    until: datetime
    rulebook: Rulebook
    calendar: Calendar


class Posting(NamedTuple):
    member: str
    team: str
    post: str


class Reference:
    """The facts of one court's `court/…` and `member/…` subjects, and the calendar's whole history.

    A pack or the calendar of which no version is published yet, as known at K, binds with all its versions: by the
    effective days of their own, and the calendar by the days its notices became known. What is published binds as
    PolicyPublished says, of one version the last. A published calendar states every day it speaks of, whatever its
    effective day. Deciding services and supervision ask this one resolver.
    """

    def __init__(
        self,
        facts: Iterable[Fact] = (),
        calendar: Calendar | None = None,
        own_calendars: Mapping[str, Calendar] | None = None,
    ) -> None:
        """`own_calendars`: those that clocks of a foreign log name, all in the zone of `calendar`."""
        self.calendar = calendar or china()
        self.own_calendars = {name: _history(own) for name, own in (own_calendars or {}).items()}
        self.compiler = Compiler()
        found = sightings(facts, FOREVER, FOREVER)
        self._published = [each for each in found if each.fact.type == "PolicyPublished"]
        self._posted = [each for each in found if each.fact.type == "MemberPosted"]
        self._eras: dict[int, tuple[Rulebook, list[Era]]] = {}
        self._indexes: dict[tuple[int, ...], Index] = {}

    @property
    def last_recorded(self) -> datetime:
        """When the latest of its facts was recorded."""
        return max((each.since for each in (*self._published, *self._posted)), default=BEGINNING)

    @property
    def begun(self) -> datetime | None:
        """When the court's first pack was published; None while it goes by what the packs themselves say."""
        packs = [each.since for each in self._published if _is(each.fact, "pack")]
        return min(packs, default=None)

    def eras(self, rules: Rulebook) -> list[Era]:
        """What is in force along the whole axis of K. ValueError: a version is published that is not loaded."""
        if id(rules) not in self._eras:
            self._eras[id(rules)] = (rules, list(self._walk(rules)))
        return self._eras[id(rules)][1]

    def rulebook(self, rules: Rulebook, known_at: datetime = FOREVER) -> Rulebook:
        """What of a court's packs binds it, as known at K. ValueError: a version is published that is not loaded."""
        eras = self.eras(rules)
        return next((era for era in eras if known_at < era.until), eras[-1]).rulebook

    def index(self, policies: Sequence[CompiledPolicy]) -> Index:
        key = tuple(sorted(map(id, policies)))
        if key not in self._indexes:
            self._indexes[key] = index_of(policies)
        return self._indexes[key]

    def postings(self, at: datetime, known_at: datetime) -> list[Posting]:
        """Who is posted where at an instant: of each member the last posting that was not an end."""
        latest = {
            each.fact.data["member_id"]: each.fact.data
            for each in self._posted
            if each.since <= known_at < each.until and each.fact.time <= at
        }
        today = date.fromordinal(self.calendar.day_of(at)).isoformat()
        return [
            Posting(member, data["team"], data["post"])
            for member, data in sorted(latest.items())
            if data["reason"] not in ("left", "rotated_out") and (data.get("until") or today) >= today
        ]

    def team_sizes(self, at: datetime, known_at: datetime) -> dict[str, int]:
        """Members posted to each team: the size that workload per head is reckoned with."""
        sizes: dict[str, int] = {}
        for posting in self.postings(at, known_at):
            sizes[posting.team] = sizes.get(posting.team, 0) + 1
        return sizes

    # ---- along the axis of K ----------------------------------------------------------------------------------

    def _walk(self, rules: Rulebook) -> Iterator[Era]:
        notices = [(notice.known_from, FOREVER, None) for notice in self.calendar.notices]
        published = [(each.since, each.until, None) for each in self._published]
        for since, until in cuts(BEGINNING, FOREVER, notices, published):
            known = [each for each in self._published if each.since <= since < each.until]
            known.sort(key=lambda each: (each.fact.recorded_at, each.fact.order))
            yield Era(since, until, rules.published(_windows(known)), self._calendar(since, known))

    def _calendar(self, known_at: datetime, published: Sequence[Sighting]) -> Calendar:
        versions = [
            each.fact.data["version"]
            for each in published
            if _is(each.fact, "calendar") and each.fact.data["name"] == self.calendar.name
        ]
        return self.calendar.at_version(versions[-1]) if versions else self.calendar.known_at(known_at)


def _history(calendar: Calendar) -> list[Step[Calendar]]:
    """A calendar as it was known at each K."""
    notices = [(notice.known_from, FOREVER, None) for notice in calendar.notices]
    spells = cuts(BEGINNING, FOREVER, notices)
    return [(since, until, calendar.known_at(since)) for since, until in spells]


def _is(fact: Fact, what: str) -> bool:
    return fact.data["what"] == what


def _windows(published: Sequence[Sighting]) -> dict[tuple[str, str], Window]:
    """(pack, version) -> the days it binds, in the order of publishing."""
    windows: dict[tuple[str, str], Window] = {}
    for data in (each.fact.data for each in published if _is(each.fact, "pack")):
        version = data["name"], data["version"]
        windows.pop(version, None)
        windows[version] = Window.model_validate({"from": data["effective_from"], "to": data.get("effective_to")})
    return windows
