"""Papers that parties hand in and officers fill in: bodies for intake's API. Every person is made up."""

from typing import Any

from tests.services import Bench

CREDITOR_NAME, DEBTOR_NAME = "Creditor Zhangsan 张三丰", "Debtor Lisi 李四光"
CREDITOR_NO, DEBTOR_NO = "410327190001010011", "410327190002020022"
DEBTOR_PHONE, DEBTOR_HOME = "13800000000", "宜阳县锦屏镇试验路 1 号"
PERSONAL = (CREDITOR_NAME, DEBTOR_NAME, CREDITOR_NO, DEBTOR_NO, DEBTOR_PHONE, DEBTOR_HOME)


def party(role: str, name: str, **more: Any) -> dict[str, Any]:
    plain = {
        "role": role,
        "kind": "person",
        "state_employee": False,
        "named_in_instrument": True,
        "area": "锦屏镇",
        "whereabouts": "known",
        "in_custody": "no",
        "represented": "none",
        "name": name,
    }
    return plain | more


def creditor(**more: Any) -> dict[str, Any]:
    return party("creditor", CREDITOR_NAME, identity_no=CREDITOR_NO, **more)


def debtor(**more: Any) -> dict[str, Any]:
    known = {"identity_no": DEBTOR_NO, "phones": [DEBTOR_PHONE], "addresses": {"confirmed": DEBTOR_HOME}}
    return party("debtor", DEBTOR_NAME, **known | more)


def application(**more: Any) -> dict[str, Any]:
    plain = {
        "kind": "enforcement",
        "items": ["application_form", "instrument", "identity"],
        "agent": "none",
        "parties": [creditor(), debtor()],
    }
    return plain | more


def filing(amount_fen: int = 8_600_000, **more: Any) -> dict[str, Any]:
    plain = {
        "instrument": {"kind": "judgment"},
        "cause": "other",
        "claim": {
            "money": True,
            "amount_fen": amount_fen,
            "basis": "instrument",
            "interest_apart": False,
            "costs_apart": False,
            "acts": [],
        },
        "earlier_preservation": False,
        "marked_simple": False,
    }
    return plain | more


def document(kind: str, *party_ids: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "party_ids": list(party_ids), "checked_against_file": True, "states": [], **more}


SIGNED = {"in_person": True, "key_owner": True, "sealed": True}
PASSED = {"result": "passed", "lacking": []}


def sending(party_id: str, **more: Any) -> dict[str, Any]:
    return {"party_id": party_id, "way": "electronic", "address": "confirmed", **more}


def contact(kind: str, *party_ids: str, **more: Any) -> dict[str, Any]:
    plain = {"visitor": "creditor", "topics": [], "identity_checked": True, "registered_before": True, "urgent": False}
    return {"kind": kind, "with": list(party_ids), **plain, **more}


def material(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "medium": "electronic", "pages": 1, "catalogued": True, "pocket": False, **more}


class Filed:
    """A case as it was filed: its id, number and parties, creditors before debtors."""

    def __init__(self, received: dict[str, Any], filed: dict[str, Any]) -> None:
        self.case_id: str = received["case_id"]
        self.case_no: str = filed["case_no"]
        self.subject = f"case/{self.case_id}"
        self.creditor, *self.debtors = received["party_ids"]


async def receive(b: Bench, **more: Any) -> dict[str, Any]:
    return await b.post("intake", "/applications", application(**more), who="filing_officer")


async def review(b: Bench, case_id: str) -> None:
    await b.post("intake", f"/cases/{case_id}/application/review", PASSED, who="filing_officer")


async def file_case(b: Bench, *, applied: dict[str, Any] | None = None, **more: Any) -> Filed:
    """An application received, reviewed and filed."""
    received = await receive(b, **(applied or {}))
    case_id = received["case_id"]
    await review(b, case_id)
    return Filed(received, await b.post("intake", f"/cases/{case_id}/filing", filing(**more), who="filing_officer"))


async def make_document(b: Bench, case: Filed, kind: str, *, signer: str = "judge-0", **more: Any) -> str:
    """A document to every debtor, made and signed. Gives its id."""
    papers = f"/cases/{case.case_id}/documents"
    made = await b.post("intake", papers, document(kind, *case.debtors, **more), who="service_officer")
    await b.post("intake", f"{papers}/{made['document_id']}/signature", SIGNED, who=signer)
    return made["document_id"]


async def send_document(b: Bench, case: Filed, kind: str, **more: Any) -> str:
    """A document made, signed and sent to every debtor. Gives its id."""
    made = await make_document(b, case, kind, **more)
    for debtor_id in case.debtors:
        path = f"/cases/{case.case_id}/documents/{made}/sendings"
        await b.post("intake", path, sending(debtor_id), who="service_officer")
    return made
