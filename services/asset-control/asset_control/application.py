"""Commands of the asset-control service, and the posts each is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asset_control.asset import Asset
from asset_control.enquiry import Enquiry
from asset_control.find import Find, Finding
from asset_control.measures import Measures
from asset_control.person import PersonMeasures, person_key
from asset_control.requirements import require_debtors, require_open
from contracts.asset_control import AssetsFound, MeasureTaken
from contracts.base import Contract, Part
from contracts.vocabulary import MATTER_OWNERS
from families.correction import CorrectionCommands
from families.days import day_of
from families.matter import Matter, MatterCommands
from kernel.application import Stream
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.http import ANYONE
from kernel.problems import Forbidden, Invalid
from rules.packs import HANDLER

DOERS = ("enquiry_officer", "field_officer", "delegation_officer", "judge", "enforcement_officer")
MAY = {
    "start_enquiry": ("enquiry_officer", "filing_officer"),
    "record_answer": ("enquiry_officer", "filing_officer"),
    "report_assets": ("handler", "field_officer"),
    "take_measure": ("enquiry_officer", "field_officer", "handler"),
    "lift_measure": ("handler",),
    "ask_matter": ("handler",),
    "accept_matter": DOERS,
    "decline_matter": DOERS,
    "progress_matter": DOERS,
    "finish_matter": DOERS,
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
}
OF_OPEN_CASES = MATTER_OWNERS["asset-control"] - {"delegation_in", "verify_clue"}
CHANNELS = {"enquiry_officer": "online", "field_officer": "offline"}  # the one channel of a post's measures


class AssetControl(CorrectionCommands, MatterCommands):
    """财产查控: enquiries for property, what they found, and the measures on things and persons."""

    SERVICE = "asset-control"
    CORRECTED = (Enquiry, Find, Asset, PersonMeasures, Matter)

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        """Once a case is closed people ask for a clue to be verified only; the system, for what is in force still."""
        kind = fields["kind"]
        if case_id is None or call.by.actor == "system" or kind not in OF_OPEN_CASES:
            return await super().ask_matter(call, case_id, matter_id, **fields)
        key, subject = matter_id or call.mint("matter"), f"case/{case_id}"

        def ask(matter: Matter, known: Known) -> dict[str, str]:
            require_open(known)
            return matter.ask(key, subject, **fields)

        return await self.change(call, Matter, key, ask, knowing=subject)

    async def start_enquiry(self, call: Call, case_id: str, **fields: Any) -> Answer:
        key, subject = call.mint("enquiry"), f"case/{case_id}"
        return await self.change(call, Enquiry, key, lambda e, known: e.start(key, known, **fields), knowing=subject)

    async def record_answer(
        self,
        call: Call,
        case_id: str,
        enquiry_id: str,
        *,
        result: str,
        scope: tuple[str, ...],
        assets: Sequence[Part] = (),
    ) -> Answer:
        """The answer and what it found, in one append."""
        subject, finding = f"case/{case_id}", Finding(call, assets)

        def answer(enquiry: Enquiry, *drafts: Any) -> dict[str, Any]:
            enquiry.answer(subject, result, scope, finding.assets)
            found = finding.record(subject, *drafts, source="enquiry", enquiry_id=enquiry_id) if drafts else {}
            return {"enquiry_id": enquiry_id, **found}

        return await self.change_all(call, [(Enquiry, enquiry_id), *finding.streams], answer)

    async def report_assets(self, call: Call, case_id: str, *, source: str, assets: Sequence[Part]) -> Answer:
        """Property that became known otherwise than by an enquiry."""
        finding = Finding(call, assets)

        def report(*drafts: Any) -> dict[str, Any]:
            *of_streams, known = drafts
            require_open(known)
            require_debtors(known, {asset.party_id for asset in finding.assets}, "body.assets")
            return finding.record(known.subject, *of_streams, source=source)

        return await self.change_all(call, finding.streams, report, knowing=f"case/{case_id}")

    async def take_measure(
        self, call: Call, case_id: str, *, asset_id: str | None, party_id: str | None, **fields: Any
    ) -> Answer:
        """On an asset, or on a debtor."""
        policy, key, subject = self.policy(call), call.mint("measure"), f"case/{case_id}"
        call = call.under(policy)
        if CHANNELS.get(call.by.post, fields["channel"]) != fields["channel"]:
            raise Forbidden(f"in this post measures are taken {CHANNELS[call.by.post]}", field="body.channel")

        kind, name = _on(case_id, asset_id, party_id)
        return await self.change(
            call, kind, name, lambda target, known: target.take(key, known, policy, **fields), knowing=subject
        )

    async def lift_measure(
        self, call: Call, case_id: str, measure_id: str, *, asset_id: str | None, party_id: str | None, cause: str
    ) -> Answer:
        """Also in a closed case: what is left then must end."""
        kind, name = _on(case_id, asset_id, party_id)
        return await self.change(call, kind, name, lambda target: target.lift(f"case/{case_id}", measure_id, cause))

    def followers(self, amended: Contract) -> list[Stream]:
        """Each asset keeps what was last told of it."""
        return [(Asset, asset.asset_id) for asset in amended.assets] if isinstance(amended, AssetsFound) else []

    async def control_asset(self, call: Call, case_id: str, asset_id: str) -> Answer:
        """The system's own: a freeze or seal online."""
        policy, key = self.policy(call), call.mint("measure")
        return await self.change(
            call.under(policy),
            Asset,
            asset_id,
            lambda a, known: a.control(key, known, policy),
            knowing=f"case/{case_id}",
        )

    async def propose_renewal(self, call: Call, case_id: str, measure: MeasureTaken, rule: str) -> Answer:
        """A matter for who holds the case: the measure runs out, and is renewed or lifted before (续行).

        Decided on the measure as it is, so that none is proposed once it is lifted; what is lifted later ends it.
        """
        assert measure.expires_on is not None, "only what expires is renewed"
        policy, key, subject = self.policy(call), renewal_id(measure.measure_id), f"case/{case_id}"
        asked: dict[str, Any] = {
            "kind": "network_control" if measure.channel == "online" else "offline_control",
            "about": f"measure:{measure.measure_id}",
            "to_post": HANDLER,
            "due_on": max(measure.expires_on, day_of(call.by)),
            "urgent": True,
            "items": 1,
            "requirement": True,
            "materials": (),
            "ruleid": rule,
        }

        def propose(matter: Matter, target: Measures) -> dict[str, str] | None:
            return matter.ask(key, subject, **asked) if measure.measure_id in target.in_force else None

        on = _on(case_id, measure.asset_id, None if measure.asset_id else measure.party_id)
        return await self.change_all(call.under(policy), [(Matter, key), on], propose)


def renewal_id(measure_id: str) -> str:
    """Of the matter and the timer that propose the measure's renewal."""
    return f"{measure_id}.renewal"


def _on(case_id: str, asset_id: str | None, party_id: str | None) -> tuple[type[Asset] | type[PersonMeasures], str]:
    """The stream of the measures on an asset, or on a debtor in this case."""
    if asset_id is not None and party_id is None:
        return Asset, asset_id
    if party_id is not None and asset_id is None:
        return PersonMeasures, person_key(case_id, party_id)
    raise Invalid("name the asset or the party, one of the two", field="body")
