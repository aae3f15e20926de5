"""What the write benchmark compares: our command, an endpoint that does nothing, and the library as its documents show.

All three stand in one worker process and take the same body.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI

from funds.api import ReceiveFunds

trivial = FastAPI()


@trivial.post("/cases/{case_id}/receipts")
async def do_nothing(case_id: str, body: ReceiveFunds) -> dict[str, str]:
    return {"payment_id": body.payment_id or ""}


class Account(Aggregate):
    """The same decision, written as the library's documentation writes aggregates."""

    @event("Opened")
    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        self.received_fen: dict[str, int] = {}

    @staticmethod
    def create_id(case_id: str) -> UUID:
        return uuid5(NAMESPACE_URL, case_id)

    @event("FundsReceived")
    def receive(self, payment_id: str, into: str, amount_fen: int, purpose: str, payer: str) -> None:
        self.received_fen[payment_id] = amount_fen


class Accounts(Application[UUID]):
    """Application methods: get, call, save."""

    def open(self, case_id: str) -> None:
        self.save(Account(case_id))

    def receive(self, case_id: str, body: ReceiveFunds) -> None:
        account: Account = self.repository.get(Account.create_id(case_id))
        account.receive(body.payment_id or "", body.into, body.amount_fen, body.purpose, body.payer)
        self.save(account)


def library_app(folder: str) -> FastAPI:
    """FastAPI with plain functions, which run in its thread pool, over the library's PostgreSQL recorder."""
    accounts = Accounts(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "postgres",
            "POSTGRES_HOST": folder,
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "-",  # the socket asks for none
            "POSTGRES_POOL_SIZE": "10",
            "POSTGRES_MAX_OVERFLOW": "30",
        }
    )
    app = FastAPI()

    @app.post("/cases/{case_id}/account")
    def open_account(case_id: str) -> dict[str, str]:
        accounts.open(case_id)
        return {"case_id": case_id}

    @app.post("/cases/{case_id}/receipts")
    def receive(case_id: str, body: ReceiveFunds) -> dict[str, str]:
        accounts.receive(case_id, body)
        return {"payment_id": body.payment_id or ""}

    return app
