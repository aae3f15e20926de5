"""HTTP of the funds service: the money of cases, and the court's bank account."""

from funds.api import bank, cases
from funds.api.cases import ReceiveFunds

__all__ = ["ReceiveFunds", "routers"]
routers = [cases.router, bank.router]
