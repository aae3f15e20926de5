"""Which occurrences a subject has (pack language 4.3): by rule and key, with their anchors along the axis of K."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from rules.calendar import BEGINNING, FOREVER
from rules.effective import Step, Track, cuts, value_at
from rules.gather import Family, Gathering, Key, Start
from rules.reading import Anchor, End, Identity, Reading, Segment


class Occurrence(NamedTuple):
    """One term that ran. Its readings are sorted and apart; between them it is not known."""

    identity: Identity
    readings: list[Reading]


class _Course(NamedTuple):
    """Anchors of an occurrence along K and, of segments, the starts that follow."""

    identity: Identity
    anchors: list[Step[Anchor]]
    following: list[Step[End]]


def occurrences(gathering: Gathering) -> Iterator[Occurrence]:
    """All occurrences of a subject, by rule and key."""
    for rule in sorted(gathering.families):
        for course in _courses(rule, gathering.families[rule]):
            for cycle in course.anchors[0][2].start.clock.cycles:
                identity = course.identity if cycle is None else course.identity._replace(cycle=cycle)
                readings: list[Reading] = []
                for anchor in course.anchors:
                    readings.extend(Segment(gathering, identity, anchor).readings(course.following))
                yield Occurrence(identity, readings)


def _courses(rule: str, family: Family) -> Iterator[_Course]:
    first, members = family.of_member(0), len(family.clock.rule.start.members)
    for key in sorted(first.by_key):
        identity = Identity(rule, key)
        if family.clock.is_last:
            yield from _segments(identity, first.track(key))
        elif members > 1:
            yield from _all_of(identity, [family.of_member(member).track(key) for member in range(members)])
        else:
            anchors = [_alone(*step) for step in first.track(key).first(BEGINNING, FOREVER)]
            yield _Course(identity, anchors, [])
    for (key, id_), starts in _renewed(family):
        yield _Course(Identity(rule, key, id_, renewed=True), starts, [])


def _alone(since: datetime, until: datetime, start: Start) -> Step[Anchor]:
    return since, until, Anchor(start, frozenset((start.fact.id,)))


def _all_of(identity: Identity, tracks: Sequence[Track[Start]]) -> Iterator[_Course]:
    """The ≺-greatest of the ≺-least matches, once all are there."""
    firsts = [track.first(BEGINNING, FOREVER) for track in tracks]
    anchors: list[Step[Anchor]] = []
    for since, until in cuts(BEGINNING, FOREVER, *firsts):
        starts = [start for steps in firsts if (start := value_at(steps, since)) is not None]
        if len(starts) == len(tracks):
            latest = max(starts, key=lambda each: each.fact.order)
            latest = latest._replace(unknown=any(each.unknown for each in starts))
            anchors.append((since, until, Anchor(latest, frozenset(each.fact.id for each in starts))))
    if anchors:
        yield _Course(identity, anchors, [])


def _segments(identity: Identity, track: Track[Start]) -> Iterator[_Course]:
    """`last`: each start is a segment, up to the next start of the same key."""
    if len(track.items) == 1:
        [start] = track.items
        yield _Course(identity._replace(start=start.fact.id), [_alone(start.since, start.until, start)], [])
        return
    places: dict[str, list[int]] = {}
    for place, start in enumerate(track.items):
        places.setdefault(start.fact.id, []).append(place)
    for id_, of_event in places.items():
        anchors: list[Step[Anchor]] = []
        following: list[Step[End]] = []
        for place in of_event:
            start = track.items[place]
            anchors.append(_alone(start.since, start.until, start))
            steps = track.first(start.since, start.until, place + 1)
            following += [(since, until, End(each.fact.time, each.fact)) for since, until, each in steps]
        if len(of_event) > 1:
            anchors.sort(key=itemgetter(0))
            following.sort(key=itemgetter(0))
        yield _Course(identity._replace(start=id_), anchors, following)


def _renewed(family: Family) -> Iterator[tuple[tuple[Key, str], list[Step[Anchor]]]]:
    grouped: dict[tuple[Key, str], list[Step[Anchor]]] = {}
    for key, start in family.renewed:
        grouped.setdefault((key, start.fact.id), []).append(_alone(start.since, start.until, start))
    for each in sorted(grouped):
        yield each, sorted(grouped[each], key=itemgetter(0))
