"""Assets (财产): what was found, and how it is controlled."""

from __future__ import annotations

from datetime import date
from typing import Any

from asset_control import events
from asset_control.control import Control, last_day, uncovered_fen
from asset_control.measures import ON_THINGS, SEIZURES, Measures
from asset_control.requirements import require_open
from contracts.asset_control import AssetsFound, FoundAsset
from kernel.domain import DomainEvent
from kernel.facts import Known
from kernel.problems import Invalid, NotFound
from rules.calendar import Calendar
from rules.rulebook import Policy


class Asset(Measures):
    """One asset of one debtor in one case."""

    KIND = "asset"

    def __init__(self) -> None:
        super().__init__()
        self.found: FoundAsset | None = None

    @property
    def is_controlled(self) -> bool:
        """Also when the court waits behind another's seizure (轮候)."""
        return any(measure.kind in {*SEIZURES, "waiting"} for measure in self.in_force.values())

    def record_find(self, subject: str, asset: FoundAsset, *, known_already: bool) -> None:
        """Raises NotFound for an asset that is said to be known and is not, or not in this case."""
        if known_already and self.subject != subject:
            raise NotFound("no such asset in this case")
        self.record(events.AssetRecorded, subject=subject, asset=asset)

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
        """A seizure gets the longest term the law allows, unless a shorter one is given."""
        require_open(known)
        asset = self._asset(known)
        if kind not in ON_THINGS:
            raise Invalid("this measure is taken on a person: name the party only", field="body.asset_id")
        if (kind == "waiting") != (rank > 0):
            raise Invalid("a waiting seizure, and no other measure, has a rank above 0", field="body.rank")
        if kind == "deduct" and not amount_fen:
            raise Invalid("a deduction has an amount", field="body.amount_fen")
        return self.record_taken(
            measure_id,
            kind,
            asset_id=asset.asset_id,
            asset_kind=asset.kind,
            party_id=asset.party_id,
            rank=rank,
            amount_fen=amount_fen,
            expires_on=self._expiry(policy, known.calendar, kind, expires_on),
            **fields,
        )

    def control(self, measure_id: str, known: Known, policy: Policy) -> dict[str, str] | None:
        """Freezes or seals it online, unless it is controlled or freezes in force cover the claim already.

        Not more than the claim is frozen (最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定).
        """
        asset, open_fen = self._asset(known), uncovered_fen(known)
        if self.is_controlled or open_fen == 0:
            return None
        kind = Control.of(asset.kind).measure
        amount_fen = min(open_fen, asset.value_fen if asset.valued else open_fen) if kind == "freeze" else None
        return self.take(measure_id, known, policy, kind=kind, channel="online", amount_fen=amount_fen)

    def follow(self, subject: str, amended: AssetsFound) -> None:
        told = next(asset for asset in amended.assets if asset.asset_id == self.key)
        if self.found is None:
            raise Invalid("names an asset that was not found: it is told of anew", field="body.reading.data.assets")
        self.record(events.AssetRecorded, subject=subject, asset=told)

    def _asset(self, known: Known) -> FoundAsset:
        if self.found is None or self.subject != known.subject:
            raise NotFound("no such asset in this case")
        return self.found

    def _expiry(self, policy: Policy, calendar: Calendar, kind: str, wanted: date | None) -> date | None:
        """Raises Invalid for a term past the longest, and for one of a measure that has none."""
        if kind not in SEIZURES:
            if wanted is not None:
                raise Invalid("only a seizure in force has a term", field="body.expires_on")
            return None
        assert self.found is not None, "only what was found is seized"
        last = last_day(policy, calendar, self.found.kind, self.taken_at)
        if wanted is not None and last is not None and wanted > last:
            raise Invalid(f"a seizure of this kind lasts to {last} at most", field="body.expires_on")
        return wanted or last

    def apply(self, event: DomainEvent) -> None:
        if isinstance(event, events.AssetRecorded):
            self.found = event.asset
        else:
            super().apply(event)
