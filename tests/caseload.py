"""A court's open caseload, made up: lines of a file as `./zhixing import` reads it. Every person is made up."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.caseload.importing import Report, bring_in, check
from infra.caseload.line import Rules, read
from tests import papers
from tests.services import Bench, person

CLAIM_FEN = 8_600_000
PATIENCE_S = 900  # of thousands of cases
HANDLER = "yiyang-f1-judge"
NO_MORE = {"state_employee": False, "named_in_instrument": True, "area": "锦屏镇", "whereabouts": "known",
           "in_custody": "no", "represented": "none"}  # fmt: skip


class OldCase:
    """A case of another system. Each method tells one thing more, `day` days after the application."""

    def __init__(self, number: int, applied: datetime, court: str = "yiyang", code: str = "豫0327") -> None:
        self.number, self.applied = number, applied
        self.case_id = f"{court}-old-{applied.year}-{number}"
        self.subject = f"case/{self.case_id}"
        self.case_no = f"（{applied.year}）{code}执{number}号"
        self.creditor, self.debtor = self.id("creditor"), self.id("debtor")
        self.history: list[dict[str, Any]] = []

    def id(self, name: str) -> str:
        return f"{self.case_id}.{name}"

    def tell(self, event: str, day: float, data: dict[str, Any], **by: Any) -> "OldCase":
        at = (self.applied + timedelta(days=day)).isoformat()
        self.history.append({"event": event, "at": at, "data": data, **by})
        return self

    def filed(self, day: float = 2, claim_fen: int = CLAIM_FEN) -> "OldCase":
        application = {"application_id": self.id("a"), "kind": "enforcement", "items": ["instrument"], "agent": "none"}
        filing = papers.filing(claim_fen) | {
            "case_no": self.case_no, "kind": "enforcement", "application_id": self.id("a"),
            "parties": [self.creditor, self.debtor],
        }  # fmt: skip
        self.tell("ApplicationReceived", 0, application)
        return self.tell("CaseFiled", day, filing, actor="yiyang-filing-0", post="filing_officer", team="affairs")

    def notified(self, day: float = 5) -> "OldCase":
        notice = {"document_id": self.id("notice"), "kind": "enforcement_notice"}
        self.tell("DocumentDrafted", day, {**notice, "party_ids": [self.debtor], "auto": True,
                                           "checked_against_file": True, "states": []})  # fmt: skip
        self.tell("DocumentSigned", day, {**notice, "in_person": True, "key_owner": True, "sealed": True})
        sent = {**notice, "party_id": self.debtor, "attempt": 1, "way": "post"}
        return self.tell("DocumentSent", day, {**sent, "address": "registered"})

    def enquired(self, day: float = 4, *, deposit: bool = True) -> "OldCase":
        enquiry = {"enquiry_id": self.id("e1"), "channel": "network_national", "purpose": "first", "round": 1}
        self.tell("EnquiryStarted", day, {**enquiry, "party_ids": [self.debtor]})
        answer = {**enquiry, "scope": ["deposit"], "result": "found" if deposit else "nothing"}
        self.tell("EnquiryAnswered", day + 1, answer)
        if deposit:
            found = {"asset_id": self.id("deposit"), "party_id": self.debtor, "kind": "deposit", "valued": True,
                     "value_fen": CLAIM_FEN, "place": "in_county", "online": True, "disposable": "yes"}  # fmt: skip
            find = {"find_id": self.id("f1"), "enquiry_id": self.id("e1"), "source": "enquiry", "assets": [found]}
            self.tell("AssetsFound", day + 1, find)
        return self

    def frozen(self, day: float = 6, months: int = 12) -> "OldCase":
        ends = (self.applied + timedelta(days=day + 30 * months)).date().isoformat()
        measure = {"measure_id": self.id("m1"), "kind": "freeze", "asset_id": self.id("deposit"),
                   "asset_kind": "deposit", "party_id": self.debtor, "channel": "online", "amount_fen": CLAIM_FEN,
                   "expires_on": ends, "rank": 0}  # fmt: skip
        return self.tell("MeasureTaken", day, measure)

    def assigned(self, day: float = 7, team: str = "fast_1") -> "OldCase":
        routed = {"stage": "first", "track": "simple", "team": "simple", "rule": "old.rule", "verdicts": []}
        self.tell("CaseRouted", day, routed)
        given = {"stage": "first", "team": team, "handler": HANDLER, "in_name_of": HANDLER, "method": "manual",
                 "factors": [], "seed": 0}  # fmt: skip
        self.tell("CaseAssigned", day, given)
        handover = {"handover_id": self.id("h1"), "what": "case", "reason": "first_assignment",
                    "from_team": "affairs", "from_post": "director", "to_team": team, "to_post": "judge", "items": [],
                    "pages": 10, "register_signed": True}  # fmt: skip
        self.tell("HandedOver", day, handover)
        return self.tell("HandoverAccepted", day + 1, {**handover, "to_member": HANDLER}, actor=HANDLER, post="judge")

    def paid(self, day: float = 20, fen: int = CLAIM_FEN) -> "OldCase":
        self.tell("AccountOpened", day - 1, {"account_id": self.id("account")})
        payment = {"payment_id": self.id("p1"), "into": "case_account", "amount_fen": fen, "purpose": "deduction",
                   "payer": "bank"}  # fmt: skip
        return self.tell("FundsReceived", day, payment)

    def filed_for(self, claim_fen: int) -> "OldCase":
        """Of another amount."""
        filing = next(past for past in self.history if past["event"] == "CaseFiled")
        filing["data"]["claim"]["amount_fen"] = claim_fen
        return self

    def line(self) -> dict[str, Any]:
        creditor = {"party_id": self.creditor, "role": "creditor", "kind": "person", "name": papers.CREDITOR_NAME}
        debtor = {"party_id": self.debtor, "role": "debtor", "kind": "person", "name": papers.DEBTOR_NAME,
                  "identity_no": papers.DEBTOR_NO, "phones": [papers.DEBTOR_PHONE]}  # fmt: skip
        return {"case_id": self.case_id, "parties": [creditor | NO_MORE, debtor | NO_MORE], "history": self.history}


def write(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


def one_file(folder: Path, *cases: OldCase) -> Path:
    return write(folder / "cases.jsonl", [case.line() for case in cases])


def rules(b: Bench) -> Rules:
    courts = b.host.courts
    return Rules("yiyang", courts.codes["yiyang"], courts["yiyang"].vocabulary, b.clock.now())


async def imported(b: Bench, file: Path) -> Report:
    """As the command does it."""
    report = check(file, rules(b))
    if not report.fault_count:
        await bring_in(b.outside, b.host.issuer.token(person("director")), file, rules(b), report)
        await b.settle(patience_s=PATIENCE_S)
    return report


def part(b: Bench, file: Path, service: str) -> dict[str, Any]:
    """What a service is sent of the only case of a file."""
    line, _ = read(1, file.read_bytes(), rules(b))
    assert line is not None
    return {"cases": [line.body(service)]}
