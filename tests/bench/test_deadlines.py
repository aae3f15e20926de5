"""`bench deadlines` compares what it measures: every start day of 23 years, in three ways, must agree."""

from infra.bench import deadlines


def test_the_three_ways_agree_before_anything_is_timed():
    result = deadlines.measure(rounds=1, seconds=0.1)
    assert set(result.ratios) == set(deadlines.GOALS)
    assert {name: len(measured) for name, measured in result.rounds.items()} == {"loop": 1, "lookup": 1, "vector": 1}
