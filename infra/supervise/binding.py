"""What a log is supervised with: the packs that bind it, and their calendars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import packs
from infra.installation import court_settings, load_courts
from infra.packs.versions import ALL_IN_FORCE, find
from infra.supervise.log_file import Unusable
from rules.calendar import SHANGHAI
from rules.calendar_data import CalendarError
from rules.fact import Fact
from rules.foreign import calendar_of
from rules.loader import load_pack, load_rules
from rules.packs import Log, Pack
from rules.reference import Reference
from rules.rulebook import Rulebook, RulebookError


@dataclass(frozen=True)
class Binding:
    """`title`: of the pack. `court`: whose events are meant, where the pack is named by it. `log`: of a foreign one.

    `folder`: where calendars of its own lie. `published`: packs bind as the log's own PolicyPublished say.
    """

    title: str
    rulebook: Rulebook
    court: str | None = None
    log: Log | None = None
    folder: Path = Path()
    published: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.log.zone) if self.log else SHANGHAI

    @property
    def clocks(self) -> Sequence[str]:
        """The ids of all clocks that bind on any day, in the order of the packs."""
        rules = (clock.id for policy in self.rulebook.policies for clock in policy.clocks)
        return list(dict.fromkeys(rules))

    def reference(self, facts: Iterable[Fact]) -> Reference:
        """What binds beside a case's own facts. Unusable: a calendar or a published version is not there."""
        if self.log is None:
            return self._of_court(facts)
        named = {clock.calendar for pack in self.rulebook.packs for clock in pack.clocks if clock.calendar}
        try:
            own = {name: calendar_of(name, self.zone, self.folder) for name in sorted(named)}
            return Reference((), calendar_of(self.log.calendar, self.zone, self.folder), own)
        except (CalendarError, OSError) as error:
            raise Unusable(f"calendar: {error}") from None

    def _of_court(self, facts: Iterable[Fact]) -> Reference:
        found = Reference(fact for fact in facts if self.published or fact.data.get("what") != "pack")
        try:
            found.eras(self.rulebook)
        except ValueError as error:
            raise Unusable(f"{self.title}: {error}") from None
        return found


def binding(pack: str | None, rules: Path | None, home: Path, *, foreign: bool) -> Binding:
    """What the command line names; `home`: the installation's folder; `foreign`: the log holds no events of ours.

    Unusable, NoPack, PackError, InstallationError or OSError where that is nothing the log can be supervised with.
    """
    if rules is not None:
        return _bare(rules, pack, home, foreign=foreign)
    if pack is None:
        raise Unusable("expected --pack DIR or --pack COURT, or --rules FILE")
    found = _named(pack, home)
    if foreign and found.log is None:
        raise Unusable(
            f"{found.title} is a court's pack, but the log holds no events of ours: its pack needs a log section"
        )
    if not foreign and found.log is not None:
        raise Unusable(f"{found.title} is the pack of a foreign log, but these are events of ours: expected a court's")
    return found


def _named(wanted: str, home: Path) -> Binding:
    """A folder, a version such as yiyang@1.0.1, or a court with every version it has."""
    settings = court_settings(home)
    if wanted in settings and not any(Path(wanted).glob("*.yaml")):
        rulebook = load_courts({wanted: settings[wanted]})[wanted]
        return Binding(wanted, rulebook, court=wanted, published=True)
    folder = Path(wanted)
    if not any(folder.glob("*.yaml")):
        folder = find(wanted, home).folder
    return _of_folder(folder, home)


def _of_folder(folder: Path, home: Path) -> Binding:
    return of_pack(pack_in(folder, home), folder)


def pack_in(folder: Path, home: Path) -> Pack:
    """The pack with the teams and the first day of the court that has it here, if one does."""
    pack = load_pack(folder, effective_from=ALL_IN_FORCE)
    chosen = [court_settings(home)[court] for court in courts_with(pack, home)] if pack.log is None else []
    return load_pack(folder, effective_from=chosen[0].effective_from, teams=chosen[0].teams) if chosen else pack


def courts_with(pack: Pack, home: Path) -> list[str]:
    """The courts of the installation that have the pack, in some version."""
    return [court for court, each in court_settings(home).items() if (each.pack or court) == pack.pack]


def of_pack(pack: Pack, folder: Path) -> Binding:
    """The pack with what it extends, and nothing else."""
    parents = [load_pack(each) for each in packs.folders(pack.extends)] if pack.extends else []
    return Binding(f"{pack.pack}@{pack.version}", _rulebook([*parents, pack]), log=pack.log, folder=folder)


def _bare(rules: Path, pack: str | None, home: Path, *, foreign: bool) -> Binding:
    beside = _named(pack, home) if pack is not None else None
    own = (
        next((each for each in reversed(beside.rulebook.packs) if each.pack == beside.rulebook.court), None)
        if beside
        else None
    )
    made = load_rules(rules, own, foreign=foreign)
    court = beside.court if beside else None
    folder = beside.folder if beside and beside.log else rules.parent
    return Binding(rules.name, _rulebook([made]), court=court, log=made.log, folder=folder)


def _rulebook(found: Sequence[Pack]) -> Rulebook:
    try:
        return Rulebook(found)
    except RulebookError as error:
        raise Unusable(str(error)) from None
