"""Writes docs/clauses.md: what each clause earned by the tests as they last ran here."""

from infra.clauses import evidence
from infra.clauses.claims import FILE, claims_text
from packs.register import register

if __name__ == "__main__":
    states = {row.clause.id: row.earned() for row in evidence()}
    FILE.write_text(claims_text(register().values(), states), encoding="utf-8")
