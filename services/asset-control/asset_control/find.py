"""Finds (发现财产): what is told of property at once, and the assets it goes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asset_control import events
from asset_control.asset import Asset
from contracts.asset_control import FoundAsset
from contracts.base import Part
from kernel.application import Stream
from kernel.call import Call
from kernel.domain import Aggregate, Correctable, correctable
from kernel.problems import Invalid


class Find(Aggregate):
    """One find, told once."""

    KIND = "find"
    CORRECTABLE = correctable({events.AssetsFound: Correctable(frozenset({"source", "enquiry_id"}))})


class Finding:
    """A find to be recorded: its assets with their ids, and the streams that it goes to."""

    def __init__(self, call: Call, told: Iterable[Part]) -> None:
        """`told`: each with the fields of a FoundAsset, `asset_id` only where it is known. Raises Invalid."""
        self.find_id = call.mint("find")
        self.known_already: set[str] = set()
        self.assets: list[FoundAsset] = []
        for number, part in enumerate(told):
            asset = part.model_dump()
            if asset["value_fen"] and not asset["valued"]:
                raise Invalid("an asset that is not valued has no value", field=f"body.assets.{number}.value_fen")
            if asset["asset_id"] is None:
                asset["asset_id"] = call.mint(f"asset/{number}")
            else:
                self.known_already.add(asset["asset_id"])
            self.assets.append(FoundAsset.model_validate(asset))
        if len({asset.asset_id for asset in self.assets}) < len(self.assets):
            raise Invalid("an asset is told of twice", field="body.assets")

    @property
    def streams(self) -> list[Stream]:
        return [(Find, self.find_id), *((Asset, asset.asset_id) for asset in self.assets)] if self.assets else []

    def record(self, subject: str, find: Find, *assets: Asset, **fields: Any) -> dict[str, Any]:
        """On drafts of `streams`, in their order."""
        find.record(events.AssetsFound, subject=subject, find_id=self.find_id, assets=tuple(self.assets), **fields)
        for asset, found in zip(assets, self.assets, strict=True):
            asset.record_find(subject, found, known_already=found.asset_id in self.known_already)
        return {"find_id": self.find_id, "asset_ids": [found.asset_id for found in self.assets]}
