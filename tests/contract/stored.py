"""The golden stored events: one of each topic, byte for byte as it once went into a log.

`python -m tests.contract.stored` adds a line for each topic that has none yet. What stands there is never changed:
it is what old logs hold.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kernel.domain import Circumstances, DomainEvent, encode
from tests.contract.samples import NAMES, golden
from tests.private_events import known

FILE = Path(__file__).parent / "golden" / "stored.tsv"
BY = Circumstances(
    court="yiyang", actor="yiyang-member-1", post="judge", team="fast_1", command_id="command-1",
    correlation_id="command-1", causation_id="command-1", decided_at=datetime(2026, 3, 5, 4, 0, 1, 5, tzinfo=UTC),
    happened_at=datetime(2026, 3, 4, 16, tzinfo=UTC), timeprecision="day", pack="yiyang", packversion="1.0.0",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", facts_up_to={"intake": 12, "funds": 3},
)  # fmt: skip
NEVER_LEAVING = {  # fields that no contract event has
    "allocation_id": "yiyang-al1",
    "number": 7,
    "party": golden("CaseFiled")["parties"][1],
    "party_id": "yiyang-p1",
    "sealed": {"name": "c2VhbGVk", "phones": "c2VhbGVk"},
    "asset": golden("AssetsFound")["assets"][0],
    "lot_id": "yiyang-m1",
    "asset_ids": ["yiyang-as1"],
    "asset_kind": "real_estate",
    "version": 1,
    "events": 12,
    "place": 7,
    "parts": [{"asset_id": "yiyang-as1", "share": 1, "whole": 2}],
    "asset_kinds": ["real_estate"],
    "merged": ["yiyang-m2"],
    "into": "yiyang-m2",
    "plan": {
        "round": 1, "mode": "auction", "opens_at": "2026-04-06T02:00:00Z", "closes_at": "2026-04-07T02:00:00Z",
        "start_price_fen": 105_000_000, "deposit_fen": 10_500_000, "increment_fen": 500_000, "balance_days": 10,
        "cut_percent": 20,
    },
    "round": 1,
    "payment_id": "yiyang-pay1",
    "amount_fen": 10_500_000,
    "credited_fen": 10_500_000,
    "costs_fen": 120_000,
    "bidder_id": "bidder-7",
    "deposit_payment_id": "yiyang-pay1",
    "priority": 1,
    "bid": {"number": 3, "bidder_id": "bidder-7", "amount_fen": 105_000_000, "at": "2026-04-06T03:00:00Z"},
    "bids": 3,
    "reason": "system_fault",
    "cause": "withdrawn",
    "outcome": "sold",
    "ended_at": "2026-04-07T02:00:00Z",
    "ends_at": "2026-04-07T02:00:00Z",
    "payer_id": "bidder-7",
    "approval_id": "yiyang-ap1",
    "proposal_id": "yiyang-pr1",
    "method": "pro_rata",
    "claims": [{"to": "yiyang-p1", "rank": "ordinary", "place": 1, "principal_fen": 8_600_000}],
    "lines": golden("FundsAllocated")["lines"],
    "surplus_fen": 100,
    "payout_id": "yiyang-po1",
    "receipt_no": "R-7",
    "anomaly_id": "yiyang-an1",
    "kept": "yiyang-pay1",
    "price_fen": 98_000_000,
    "balance_due_on": "2026-04-17",
    "statement_id": "yiyang-st1",
    "digest": "0f" * 32,
    "first": "2026-03-01",
    "last": "2026-03-31",
    "opening_fen": 0,
    "closing_fen": -1,
    "row_count": 1,
    "rows": [[2, "2026-03-02", "p1", "", 8_600_000, None]],
}  # fmt: skip


def stored() -> dict[str, bytes]:
    """Bytes by topic."""
    lines = FILE.read_bytes().splitlines() if FILE.exists() else []
    return {topic.decode(): state for topic, state in (line.split(b"\t") for line in lines)}


def sample(event: type[DomainEvent]) -> DomainEvent:
    """One event of the class, every field filled in."""
    contract = next((base.__name__ for base in event.__mro__ if base.__name__ in NAMES), None)
    data: dict[str, Any] = golden(contract) if contract else {}
    own = {
        field.validation_alias or name
        for name, field in event.model_fields.items()
        if name not in DomainEvent.model_fields
    }
    common = {
        "originator_id": "kind/yiyang-1",
        "originator_version": 2,
        "timestamp": BY.decided_at.isoformat(),
        "subject": "case/yiyang-1",
        "ruleid": "yiyang.r.covered",
        "by": BY.model_dump(mode="json"),
    }
    return event.model_validate_json(
        json.dumps(common | data | {name: NEVER_LEAVING[name] for name in own - data.keys()})
    )


def main() -> None:
    lines = stored()
    lines |= {event.TOPIC: encode(sample(event)) for event in known() if event.TOPIC not in lines}
    FILE.write_bytes(b"".join(topic.encode() + b"\t" + state + b"\n" for topic, state in sorted(lines.items())))


if __name__ == "__main__":
    main()
