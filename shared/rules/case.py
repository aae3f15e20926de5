"""Facts of a case (pack language 2.3): what conditions read as `case`. Total: every field is there, never null."""

from __future__ import annotations

from rules.conditions import BOOL, INT, STRING, STRINGS, ListOf, MapOf, Record

PARTY = Record(
    {
        "id": STRING,
        "kind": STRING,
        "organ": BOOL,
        "state_employee": BOOL,
        "area": STRING,
        "whereabouts": STRING,
        "in_custody": STRING,
        "address_confirmed": BOOL,
        "phone": BOOL,
        "lawyer": BOOL,
        "named": BOOL,
    }
)
ASSET = Record(
    {
        "id": STRING,
        "kind": STRING,
        "liquid": BOOL,
        "valued": BOOL,
        "value_fen": INT,
        "place": STRING,
        "online": BOOL,
        "disposable": STRING,
        "state": STRING,
        "controlled": BOOL,
    }
)
ENQUIRY = Record({"channel": STRING, "purpose": STRING, "round": INT, "answered": BOOL, "result": STRING})
DOCUMENT = Record({"kind": STRING, "signed": BOOL, "sent": BOOL, "served": BOOL, "states": STRINGS})
MATTER = Record({"kind": STRING, "sub": STRING, "state": STRING, "result": STRING})
CASE = Record(
    {
        "filing": STRING,
        "agent": STRING,
        "items": STRINGS,
        "kind": STRING,
        "instrument": STRING,
        "cause": STRING,
        "tribunal": STRING,
        "claim_fen": INT,
        "money": BOOL,
        "acts": STRINGS,
        "simple_on_form": BOOL,
        "earlier_preservation": BOOL,
        "basis": STRING,
        "creditors": ListOf(PARTY),
        "debtors": ListOf(PARTY),
        "marks": STRINGS,
        "checks": MapOf(STRING),
        "assets": ListOf(ASSET),
        "liquid_fen": INT,
        "covered": BOOL,
        "measures": STRINGS,
        "enquiries": ListOf(ENQUIRY),
        "contacts": STRINGS,
        "documents": ListOf(DOCUMENT),
        "matters": ListOf(MATTER),
        "recovered_fen": INT,
        "paid_fen": INT,
        "held_fen": INT,
        "fully_performed": BOOL,
        "stage": STRING,
        "track": STRING,
        "team": STRING,
        "team_kind": STRING,
        "holder": STRING,
        "status": STRING,
        "closed_way": STRING,
        "money_settled": BOOL,
    }
)
