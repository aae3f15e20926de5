"""What the service does when others publish: event -> command."""

from __future__ import annotations

from contracts.intake import CaseFiled
from funds.application import Funds
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event


async def open_account(funds: Funds, call: Call, event: Event, _: str) -> None:
    await funds.open_account(call, event.case_id)


REACTIONS = [
    Reaction(CaseFiled, "open_account", open_account, when=lambda e: e.kind in ("enforcement", "resumption")),
]
