"""What names a repeated thing (published language 1.6): an id given once, which no correction changes."""

KEYS = frozenset(
    {
        "application_id", "document_id", "party_id", "attempt", "material_id", "contact_id", "case_no",
        "enquiry_id", "cycle", "find_id", "asset_id", "measure_id", "term_no",
        "handover_id", "approval_id", "step", "matter_id", "check_id", "performance_id", "panel_id",
        "suspension_id", "extension_id", "new_case_id",
        "lot_id", "round", "pricing_id",
        "account_id", "payment_id", "origin_payment_id", "allocation_id", "payout_id", "anomaly_id",
        "duty", "period", "reminder_id", "fault_id",
    }
)  # fmt: skip
