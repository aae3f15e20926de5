"""Assets (财产): what was found, in which cases, how it is controlled, and where it is."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from asset_control import events
from asset_control.control import Control, last_day, uncovered_fen
from asset_control.measures import ON_THINGS, SEIZURES, WAITING
from asset_control.queue import Queue, repeated
from asset_control.requirements import require_open
from contracts.asset_control import AssetsFound, FoundAsset
from kernel.clock import COURT_ZONE
from kernel.domain import DomainEvent
from kernel.facts import Known
from kernel.problems import Invalid, NotFound, WrongState
from rules.calendar import Calendar
from rules.rulebook import Policy

FOR_GOOD = frozenset({"returned", "destroyed"})  # nothing comes after these states
GONE = frozenset({"sold", "given_in_kind", *FOR_GOOD})


class Asset(Queue):
    """One asset. It keeps its id in every case of the court in which it is found, and so does the queue on it."""

    KIND = "asset"

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, FoundAsset] = {}  # as it was found, by the case's subject
        self.state = ""
        self.place = "on_site"

    def record_find(self, subject: str, asset: FoundAsset, *, known_already: bool) -> None:
        """Raises NotFound for an asset that is said to be known and is not, or not in this court."""
        is_ours = self.by is not None and self.key.startswith(f"{self.by.court}-")
        if known_already and not (is_ours and asset.kind in {found.kind for found in self.found.values()}):
            raise NotFound("no such asset of this kind is known")
        self.record(events.AssetRecorded, subject=subject, asset=asset)

    # -- measures

    def take(
        self,
        measure_id: str,
        known: Known,
        policy: Policy,
        *,
        kind: str,
        rank: int = 0,
        amount_fen: int | None = None,
        expires_on: date | None = None,
        **fields: Any,
    ) -> dict[str, str]:
        """A seizure gets the longest term the law allows, unless a shorter one is given; a waiting one has none yet."""
        require_open(known)
        asset = self._asset(known.subject)
        if kind not in ON_THINGS:
            raise Invalid("this measure is taken on a person: name the party only", field="body.asset_id")
        if kind == "deduct" and not amount_fen:
            raise Invalid("a deduction has an amount", field="body.amount_fen")
        if self.state in GONE:
            raise WrongState("the asset is gone")
        return self.record_taken(
            known.subject,
            measure_id,
            kind,
            asset_id=asset.asset_id,
            asset_kind=asset.kind,
            party_id=asset.party_id,
            rank=self.rank_for(known.subject, kind, rank),
            amount_fen=amount_fen,
            expires_on=self._expiry(policy, known.calendar, asset.kind, kind, expires_on),
            **fields,
        )

    def control(self, measure_id: str, known: Known, policy: Policy) -> dict[str, str] | None:
        """Freezes or seals it online, or waits for its turn, unless the case controls it or has frozen enough.

        Not more than the claim is frozen (最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定).
        """
        asset, open_fen = self._asset(known.subject), uncovered_fen(known)
        if self.is_seized_for(known.subject) or open_fen == 0 or self.state in GONE:
            return None
        kind = Control.of(asset.kind).measure
        amount_fen = min(open_fen, asset.value_fen if asset.valued else open_fen) if kind == "freeze" else None
        kind = WAITING if self.is_seized_elsewhere(known.subject) else kind
        return self.take(measure_id, known, policy, kind=kind, channel="online", amount_fen=amount_fen)

    def renew_seizure(
        self, known: Known, policy: Policy, measure_id: str, expires_on: date | None
    ) -> dict[str, str | int]:
        """Another term, at most as long again, from the last day of the one before (法释〔2015〕5号 art. 487)."""
        longest = None
        if measure_id in self.terms:
            ends = datetime.combine(self.terms[measure_id].expires_on, time(), COURT_ZONE)
            longest = last_day(policy, known.calendar, self._asset(known.subject).kind, ends)
        return self.renew(known.subject, measure_id, longest, expires_on)

    def take_turns(self, policy: Policy, calendar: Calendar) -> None:
        """Those that wait move up behind what has ended (轮候); the first takes effect, and its term begins."""
        for measure, rank in self.out_of_turn():
            self._move_up(measure, rank, policy, calendar)

    def take_turn(self, known: Known, policy: Policy, measure_id: str, rank: int) -> dict[str, str]:
        """The same, because of seizures outside that have ended."""
        for measure, new_rank in self.moved_up(known.subject, measure_id, rank):
            self._move_up(measure, new_rank, policy, known.calendar)
        return {"measure_id": measure_id}

    def _move_up(self, measure: events.MeasureTaken, rank: int, policy: Policy, calendar: Calendar) -> None:
        told: dict[str, Any] = {**repeated(measure), "rank": rank}
        if rank == 0:
            kind = self._asset(measure.subject).kind
            told |= {"kind": Control.of(kind).measure, "expires_on": last_day(policy, calendar, kind, self.taken_at)}
        self.record(events.MeasureTaken, subject=measure.subject, **told)

    def follow(self, subject: str, amended: AssetsFound) -> None:
        told = next(asset for asset in amended.assets if asset.asset_id == self.key)
        if subject not in self.found:
            raise Invalid("names an asset that was not found: it is told of anew", field="body.reading.data.assets")
        self.record(events.AssetRecorded, subject=subject, asset=told)

    def _asset(self, subject: str) -> FoundAsset:
        if subject not in self.found:
            raise NotFound("no such asset in this case")
        return self.found[subject]

    def _expiry(
        self, policy: Policy, calendar: Calendar, asset_kind: str, kind: str, wanted: date | None
    ) -> date | None:
        """Raises Invalid for a term past the longest, and for one of a measure that has none."""
        if kind not in SEIZURES:
            if wanted is not None:
                raise Invalid("only a seizure in force has a term", field="body.expires_on")
            return None
        last = last_day(policy, calendar, asset_kind, self.taken_at)
        if wanted is not None and last is not None and wanted > last:
            raise Invalid(f"a seizure of this kind lasts to {last} at most", field="body.expires_on")
        return wanted or last

    # -- state

    def move(self, subject: str, state: str, place: str) -> dict[str, str]:
        """Told in the case it happens in; that the asset is gone, or is not after all, in every case that knows it."""
        found = self._asset(subject)
        if self.state in FOR_GOOD and (state, place) != (self.state, self.place):
            raise WrongState(f"the asset is {self.state}")
        if (state, place) != (self.state, self.place):
            concerned = list(self.found) if {state, self.state} & GONE else [subject]
            what = {"asset_id": found.asset_id, "kind": found.kind, "state": state, "place": place}
            for each in concerned:
                self.record(events.AssetStateChanged, subject=each, **what)
        return {"asset_id": found.asset_id}

    def hand_to_buyer(self, subject: str) -> None:
        """What is sold and delivered is free of every seizure, of those that wait too."""
        state = self.state if self.state in ("sold", "given_in_kind") else "sold"
        self.move(subject, state, "with_buyer" if state == "sold" else "with_creditor")
        for measure in list(self.in_force.values()):
            self.lift(measure.subject, measure.measure_id, "sold")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.AssetRecorded():
                self.found[event.subject] = event.asset
            case events.AssetStateChanged():
                self.state, self.place = event.state, event.place
            case _:
                super().apply(event)
