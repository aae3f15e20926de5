"""The simulated year that docs/assignment.md tells of, on a small scale."""

from functools import cache

import pytest

from infra.balance.courts import COURTS, studied
from infra.balance.figures import measure, ratios
from infra.balance.pages import page
from infra.balance.playing import BEGINS, ENDS, Year, coming, play
from infra.balance.sharing import WAYS
from rules.calendar import china

FEW = 8
"""Cases a year for each who takes cases: so few that a team may have to wait for one."""


@cache
def year(court: str, seed: int = 1) -> Year:
    return play(studied(court, BEGINS), seed, FEW)


@pytest.mark.parametrize("court", COURTS)
def test_every_case_is_shared_out_once_and_weighs_the_same_wherever_it_goes(court: str) -> None:
    # given all there is to share out by the end of the year
    end = china().start_of(ENDS.toordinal())
    to_share = [each for each in coming(studied(court, BEGINS), 1, FEW) if each.at < end]
    # then each was given once in every way, and all ways have the same work to do
    worlds = year(court).worlds
    assert set(worlds) == set(WAYS)
    assert {world.given.total() for world in worlds.values()} == {len(to_share)} == {year(court).assigned}
    assert len({world.loads.total() for world in worlds.values()}) == 1
    assert all(load >= 0 for world in worlds.values() for load in world.loads.values())


@pytest.mark.parametrize("court", COURTS)
def test_nobody_waits_beyond_the_bound_of_the_pack_while_others_get_cases(court: str) -> None:
    groups = year(court).groups
    assert {way for _, way in groups} == set(WAYS)
    assert [group.passed_over for (_, way), group in groups.items() if way == "ours"].count(0) == len(groups) // len(
        WAYS
    )
    assert all(len(group.spreads) <= 12 for group in groups.values())


@pytest.mark.clause("N14")
def test_the_same_debtor_stays_with_the_same_team() -> None:
    busy = play(studied("nanzhao", BEGINS), 1, 20).groups["ordinary", "ours"]
    assert busy.kept == busy.of_known > 0


@pytest.mark.clause("Y02")
def test_where_the_load_alone_decides_it_is_spread_least_by_it() -> None:
    rows = measure([1], per_head=20, courts=["yiyang"])
    assert all(ratio > 1 for ratio in ratios(rows).values())
    spreads = {(row.track, row.way): row.spread.mean for row in rows}
    assert spreads["simple", "ours"] < spreads["simple", "in turn by heads"]


def test_the_same_seed_gives_the_same_figures_and_another_others() -> None:
    again = play(studied("shihe", BEGINS), 1, FEW)
    assert again.groups == year("shihe").groups
    assert again.groups != year("shihe", 2).groups


def test_the_page_is_written_anew_between_its_marks() -> None:
    names = ("spread", "other", "amount", "shares", "courts", "cases")
    marks = "".join(f"<!-- {name} -->\nstale\n<!-- end of {name} -->\nkept\n" for name in names)
    rows = measure([1], per_head=FEW, courts=["shihe"])
    text = page(marks, rows, rows, rows, {30: rows})
    assert "stale" not in text
    assert text.count("kept\n") == len(names)
    assert "| shihe, ordinary | teams of 5, 4, 4, 3 |" in text
    assert page(text, rows, rows, rows, {30: rows}) == text
