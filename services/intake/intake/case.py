"""One case (案件), from the application that mints its id to its filing, and what is noted of it."""

from __future__ import annotations

from typing import Any

from contracts.intake import Claim
from families.events import CheckRecorded
from intake import events
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import Invalid, NotFound, WrongState

FILING_REVIEW, FIRST_REVIEW = "filing_review", "resumption_first_review"
RESUMPTION = "resumption"
FILED_AS = {  # kind of application -> kind of case
    "enforcement": "enforcement",
    "transfer": "enforcement",  # 移送执行
    "resumption": "resumption",
    "preservation": "preservation",
    "advance": "preservation",  # 先予执行 is filed as 执保
    "objection": "objection",
    "add_party": "objection",  # 追加、变更 is reviewed as 执异
    "reconsideration": "reconsideration",
    "delegated": "delegated",
}


class Case(Aggregate):
    """`state`: received, passed or failed (its filing review), then refused or filed."""

    KIND = "case"
    CORRECTABLE = correctable(
        {
            events.ApplicationReceived: Correctable(frozenset({"kind", "earlier_case_id"})),
            events.ApplicationSupplemented: Correctable(frozenset({"kind"}), void=True),
            CheckRecorded: Correctable(frozenset({"kind", "about"})),
            events.FilingRefused: Correctable(frozenset({"kind"})),
            events.CaseFiled: Correctable(frozenset({"kind", "earlier_case_id"})),
            events.CaseNoted: Correctable(void=True),
        }
    )

    def __init__(self) -> None:
        self.state = ""
        self.application_id = ""
        self.application_kind = ""
        self.earlier_case_id: str | None = None
        self.case_no = ""
        self.claim: Claim | None = None
        self.marks: dict[str, bool] = {}

    @property
    def kind(self) -> str:
        return FILED_AS[self.application_kind]

    def receive(self, application_id: str, subject: str, **fields: Any) -> None:
        self.record(events.ApplicationReceived, subject=subject, application_id=application_id, **fields)

    def supplement(self, items: tuple[str, ...]) -> None:
        self._require_undecided()
        self._record_of_application(events.ApplicationSupplemented, items=items)

    def review(self, check_id: str, kind: str, result: str, lacking: tuple[str, ...]) -> dict[str, str]:
        """The filing review (立案审查), or the first one of a request to resume (恢复执行初审).

        It may be made again, and the last one counts.
        """
        self._require_undecided()
        if kind == FIRST_REVIEW and self.application_kind != RESUMPTION:
            raise WrongState("this is no request to resume a case")
        if (result == "failed") != bool(lacking):
            raise Invalid("a review that fails names what lacks, any other nothing", field="body.lacking")
        self.record(CheckRecorded, check_id=check_id, kind=kind, result=result, lacking=lacking)
        return {"check_id": check_id}

    def refuse(self, reasons: tuple[str, ...]) -> None:
        self._require_undecided()
        if not reasons:
            raise Invalid("a refusal gives its reasons", field="body.reasons")
        self._record_of_application(events.FilingRefused, reasons=reasons)

    def require_fileable(self, claim: Claim) -> None:
        self._require_undecided()
        if self.state != "passed":
            raise WrongState("the application has not passed its filing review")
        if claim.money and not claim.amount_fen:
            raise Invalid("a claim for money is more than nothing", field="body.claim.amount_fen")

    def file(self, case_no: str, earlier_case_id: str | None, **fields: Any) -> None:
        """The earlier case is that of the application, unless another is named."""
        fields |= {"application_id": self.application_id, "earlier_case_id": earlier_case_id or self.earlier_case_id}
        self.record(events.CaseFiled, case_no=case_no, kind=self.kind, **fields)

    def note(self, **fields: Any) -> None:
        if self.state != "filed":
            raise WrongState("the case is not filed")
        if not fields["marks"] and fields["party"] is None:
            raise Invalid("notes nothing", field="body.marks")
        self.record(events.CaseNoted, **fields)

    def require_received(self) -> None:
        """Raises NotFound."""
        if not self.exists:
            raise NotFound("no such case")

    def _require_undecided(self) -> None:
        self.require_received()
        if self.state in ("filed", "refused"):
            raise WrongState(f"the application is {self.state} already")

    def _record_of_application(self, event: type[DomainEvent], **fields: Any) -> None:
        self.record(event, application_id=self.application_id, kind=self.application_kind, **fields)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.ApplicationReceived():
                self.application_id, self.application_kind = event.application_id, event.kind
                self.earlier_case_id = event.earlier_case_id
                self.state = "received"
            case CheckRecorded():
                self.state = "failed" if event.result == "failed" else "passed"
            case events.FilingRefused():
                self.state = "refused"
            case events.CaseFiled():
                self.state, self.case_no, self.claim = "filed", event.case_no, event.claim
            case events.CaseNoted():
                self.marks |= event.marks
            case _:
                pass
