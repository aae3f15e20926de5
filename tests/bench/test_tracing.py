"""`bench tracing` counts the spans of a command before it times their absence."""

from pathlib import Path

from infra.bench import tracing


async def test_spans_are_counted_before_their_absence_is_timed(database: str, tmp_path: Path) -> None:
    result = await tracing.measure(tmp_path, database, 1, 64)
    assert set(result.ratios) > set(tracing.GOALS)
    assert result.spans["append"] == result.spans["POST /funds/cases/{case_id}/receipts"] == 1
