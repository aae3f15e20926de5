"""Writes the tables of docs/assignment.md and its picture: twenty seeds of each court, in some ten minutes."""

from infra.balance.figures import measure
from infra.balance.pages import PAGE, PICTURE, draw, page
from infra.balance.playing import A_YEAR_PER_HEAD

SEEDS, FEWER_SEEDS = range(1, 21), range(1, 6)
WITH_AREAS = ("nanzhao",)
PASSED_OVER_ABOVE = (30, 20, 10, 5)

if __name__ == "__main__":
    rows = measure(SEEDS)
    few, many = (measure(FEWER_SEEDS, A_YEAR_PER_HEAD * times) for times in (1 / 3, 2))
    shares = {percent: measure(FEWER_SEEDS, courts=WITH_AREAS, percent=percent) for percent in PASSED_OVER_ABOVE}
    PAGE.write_text(page(PAGE.read_text("utf-8"), rows, few, many, shares), encoding="utf-8")
    draw(rows, PICTURE)
