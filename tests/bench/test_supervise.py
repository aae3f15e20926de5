"""`bench supervise` counts what it wrote, and what two processes judge is what one judges."""

from pathlib import Path

from infra.bench import supervise


def test_what_was_written_is_judged_before_anything_is_timed(tmp_path: Path):
    result = supervise.measure(tmp_path, rounds=1, events=3_000)
    assert set(result.ratios) == set(supervise.GOALS)
    assert {name: len(measured) for name, measured in result.rounds.items()} == {"iterparse": 1, "supervise": 1}
