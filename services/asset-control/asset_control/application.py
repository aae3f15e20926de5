"""Commands of the asset-control service, and the posts each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from asset_control.asset import Asset
from asset_control.enquiry import Enquiry, half_yearly_cycles, is_terminated_for_now, next_round
from asset_control.find import Find, Finding
from asset_control.measures import Measures, Term
from asset_control.past import PastCommands
from asset_control.person import PersonMeasures, person_key
from asset_control.requirements import require_debtors, require_open
from contracts.asset_control import AssetsFound, MeasureTaken
from contracts.base import Contract, Part
from contracts.vocabulary import MATTER_OWNERS
from families.correction import CorrectionCommands
from families.days import day_of
from families.history import IMPORTERS
from families.matter import OPEN, Matter, MatterCommands
from kernel.application import Stream
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.http import ANYONE
from kernel.problems import Invalid, NotForPost
from rules.packs import HANDLER

DOERS = (
    "enquiry_officer",
    "field_officer",
    "delegation_officer",
    "general_officer",
    "director",
    "team_lead",
    "judge",
    "enforcement_officer",
    "clerk",
)
SEIZERS = ("enquiry_officer", "field_officer", "handler")
MAY = {
    "start_enquiry": ("enquiry_officer", "field_officer", "filing_officer"),
    "record_answer": ("enquiry_officer", "field_officer", "filing_officer"),
    "report_assets": ("handler", "field_officer"),
    "take_measure": SEIZERS,
    "renew_measure": SEIZERS,
    "move_up_measure": SEIZERS,
    "lift_measure": ("handler",),
    "move_asset": ("field_officer", "auction_officer"),
    "ask_matter": ("handler", "director"),
    "take_in_delegation": ("delegation_officer", "general_officer", "director", "filing_officer"),
    "accept_matter": DOERS,
    "decline_matter": DOERS,
    "progress_matter": DOERS,
    "finish_matter": DOERS,
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "import_cases": IMPORTERS,
}
OF_OPEN_CASES = MATTER_OWNERS["asset-control"] - {"delegation_in", "verify_clue"}
CHANNELS = {"enquiry_officer": "online", "field_officer": "offline"}  # the one channel of a post's measures


class AssetControl(CorrectionCommands, MatterCommands, PastCommands):
    """财产查控: enquiries for property, what they found, and the measures on things and persons."""

    SERVICE = "asset-control"
    NAMED = (("matter_id", Matter),)
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
            told = f"in this post measures are taken {CHANNELS[call.by.post]}"
            wanted = next(post for post, channel in CHANNELS.items() if channel == fields["channel"])
            return await self.refuse(call, NotForPost(told, act="take_measure", wanted_by=wanted, subject=subject))

        kind, name = _on(case_id, asset_id, party_id)
        return await self.change(
            call, kind, name, lambda target, known: target.take(key, known, policy, **fields), knowing=subject
        )

    async def renew_measure(
        self, call: Call, case_id: str, measure_id: str, *, asset_id: str, expires_on: date | None
    ) -> Answer:
        """Another term of a seizure (续行), also in a case that is closed for now: what is seized stays seized."""
        policy = self.policy(call)
        return await self.change(
            call.under(policy),
            Asset,
            asset_id,
            lambda asset, known: asset.renew_seizure(known, policy, measure_id, expires_on),
            knowing=f"case/{case_id}",
        )

    async def move_up_measure(self, call: Call, case_id: str, measure_id: str, *, asset_id: str, rank: int) -> Answer:
        """The registry tells that a waiting seizure has moved up, because others outside the court have ended."""
        policy = self.policy(call)
        return await self.change(
            call.under(policy),
            Asset,
            asset_id,
            lambda asset, known: asset.take_turn(known, policy, measure_id, rank),
            knowing=f"case/{case_id}",
        )

    async def lift_measure(
        self, call: Call, case_id: str, measure_id: str, *, asset_id: str | None, party_id: str | None, cause: str
    ) -> Answer:
        """Also in a closed case: what is left then must end."""
        kind, name = _on(case_id, asset_id, party_id)
        return await self.change(call, kind, name, lambda target: target.lift(f"case/{case_id}", measure_id, cause))

    async def move_asset(self, call: Call, case_id: str, asset_id: str, *, state: str, place: str) -> Answer:
        """Where a thing is, and what becomes of it (财产状态)."""
        return await self.change(call, Asset, asset_id, lambda asset: asset.move(f"case/{case_id}", state, place))

    async def take_in_delegation(self, call: Call, **fields: Any) -> Answer:
        """What another court asks for (受托事项): a matter of its own, of no case here."""
        return await super().ask_matter(call, None, kind="delegation_in", **fields)

    # -- by the system itself

    async def follow_lot(self, call: Call, case_id: str, asset_ids: Sequence[str], state: str) -> Answer:
        """What happens to a lot at auction happens to its assets; they stay where they are."""

        def move(*assets: Asset) -> None:
            for asset in assets:
                asset.move(f"case/{case_id}", state, asset.place)

        return await self.change_all(call, [(Asset, each) for each in asset_ids], move)

    async def hand_to_buyer(self, call: Call, case_id: str, asset_ids: Sequence[str]) -> Answer:
        """Sold and delivered: in one append, with every seizure on it lifted."""

        def deliver(*assets: Asset) -> None:
            for asset in assets:
                asset.hand_to_buyer(f"case/{case_id}")

        return await self.change_all(call, [(Asset, each) for each in asset_ids], deliver)

    async def take_turns(self, call: Call, case_id: str, asset_id: str) -> Answer | None:
        """Who waits moves up behind what has ended in this case."""
        if not (await self.read(Asset, asset_id)).out_of_turn():
            return None
        policy, subject = self.policy(call), f"case/{case_id}"
        return await self.change(
            call.under(policy), Asset, asset_id, lambda a, known: a.take_turns(policy, known.calendar), knowing=subject
        )

    async def last_term(self, case_id: str, measure: Mapping[str, Any]) -> Term | None:
        """Of a measure, also of one that is lifted; None for one that never runs out."""
        kind, key = _on_as_taken(case_id, measure)
        return (await self.read(kind, key)).terms.get(measure["measure_id"])

    async def expire(self, call: Call, case_id: str, measure: Mapping[str, Any], term_no: int) -> Answer:
        """The last day of a measure has passed, and nobody has renewed it."""

        def end(target: Measures) -> None:
            if target.current(measure["measure_id"], _term(measure, term_no)):
                target.lift(f"case/{case_id}", measure["measure_id"], "expired")

        kind, key = _on_as_taken(case_id, measure)
        return await self.change(call, kind, key, end)

    async def enquire_half_yearly(self, call: Call, case_id: str, cycle: int) -> Answer | None:
        """Unless an officer was faster, or the case has gone on since (法〔2016〕373号)."""
        known = await self.known(call.by.court, f"case/{case_id}")
        if not is_terminated_for_now(known) or cycle in half_yearly_cycles(known):
            return None
        debtors = [debtor["id"] for debtor in known.view.debtors]
        again = {"purpose": "half_yearly", "cycle": cycle, "round": next_round(known), "party_ids": debtors}
        return await self.start_enquiry(call, case_id, channel="network_national", **again)

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

    async def propose_renewal(
        self, call: Call, case_id: str, measure: Mapping[str, Any], term_no: int, rule: str, *, rung: int
    ) -> Answer:
        """A matter for who holds the case: the measure runs out, and is renewed or lifted before (续行).

        Each further rung of the pack's ladder chases it (催办), as long as it is open. Decided on the measure as it is,
        so that none is proposed once it is lifted or renewed; what is lifted later ends it.
        """
        policy, measure_id = self.policy(call), measure["measure_id"]
        key, subject = renewal_id(measure_id, term_no), f"case/{case_id}"
        due_on = max(date.fromisoformat(measure["expires_on"]), day_of(call.by))

        def propose(matter: Matter, target: Measures) -> dict[str, str] | None:
            if not target.current(measure_id, _term(measure, term_no)):
                return None
            if matter.state in OPEN and rung > 1:
                matter.progress(step="chased")
            return matter.ask(key, subject, **_renewal_of(target.in_force[measure_id]), due_on=due_on, ruleid=rule)

        return await self.change_all(call.under(policy), [(Matter, key), _on_as_taken(case_id, measure)], propose)


def renewal_id(measure_id: str, term_no: int) -> str:
    """Of the matter that proposes to renew one term of a measure; its timers begin with it."""
    return f"{measure_id}.renewal.{term_no}"


def _term(measure: Mapping[str, Any], term_no: int) -> Term:
    return Term(term_no, date.fromisoformat(measure["expires_on"]))


def _renewal_of(taken: MeasureTaken) -> dict[str, Any]:
    return {
        "kind": "network_control" if taken.channel == "online" else "offline_control",
        "about": f"measure:{taken.measure_id}",
        "to_post": HANDLER,
        "urgent": True,
        "items": 1,
        "requirement": True,
        "materials": (),
    }


def _on(case_id: str, asset_id: str | None, party_id: str | None) -> tuple[type[Asset] | type[PersonMeasures], str]:
    """The stream of the measures on an asset, or on a debtor in this case."""
    if asset_id is not None and party_id is None:
        return Asset, asset_id
    if party_id is not None and asset_id is None:
        return PersonMeasures, person_key(case_id, party_id)
    raise Invalid("name the asset or the party, one of the two", field="body")


def _on_as_taken(case_id: str, measure: Mapping[str, Any]) -> tuple[type[Asset] | type[PersonMeasures], str]:
    """The same, of a measure that was taken; one on an asset names its owner too."""
    asset_id = measure.get("asset_id")
    return _on(case_id, asset_id, None if asset_id else measure.get("party_id"))
