"""The packs of a court and of the nation together: every court's fit, and a fault between two is told by its place."""

import shutil
from datetime import date
from functools import cache
from pathlib import Path

import pytest

import packs
from infra.installation import CourtSettings, load_courts
from rules.loader import load_pack
from rules.packs import Pack
from rules.rulebook import Rulebook, RulebookError

pytestmark = pytest.mark.fast

FIRST_DAY = date(2024, 1, 1)
COURTS = ["guancheng", "horqin", "nanzhao", "shihe", "yiyang"]
NATIONAL = [load_pack(folder) for folder in packs.folders("national")]


@cache
def newest(court: str) -> Pack:
    return load_pack(packs.folders(court)[-1], effective_from=FIRST_DAY)


# ---- what the product brings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("court", COURTS)
def test_every_court_fits_the_national_pack(court: str) -> None:
    policy = Rulebook([*NATIONAL, newest(court)]).on(date(2026, 1, 5))
    assert policy.versions == {court: newest(court).version, "national": NATIONAL[-1].version}
    assert policy.clocks  # the terms they name are found


def test_an_installation_serves_any_of_the_courts_it_names() -> None:
    settings = {name: CourtSettings(code="示0001", effective_from=FIRST_DAY) for name in COURTS}
    courts = load_courts(settings)
    assert sorted(courts) == COURTS
    assert all(courts[name].on(date(2026, 1, 5)).rules for name in COURTS)


@pytest.mark.parametrize("court", COURTS)
def test_every_rule_of_a_court_tells_where_in_the_scheme_it_stands(court: str) -> None:
    assert [rule.id for rule in newest(court).rules if not rule.at] == []
    assert all(rule.source for rule in NATIONAL[-1].rules)


# ---- faults -------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for pack in ("guancheng", "national"):
        shutil.copytree(packs.folders(pack)[-1], tmp_path / pack)
    return tmp_path


def together(home: Path) -> list[str]:
    with pytest.raises(RulebookError) as error:
        Rulebook([load_pack(home / pack) for pack in ("guancheng", "national")])
    return str(error.value).splitlines()


PLANTED = [
    ("pack.yaml", "extends: national", "extends: nation", "pack.yaml:6: extends: there is no pack nation beside it"),
    ("clocks.yaml", "within: cn.objection", "within: cn.objecting", "within: cn.objecting"),
    ("gates.yaml", "reading: guancheng.c1", "reading: guancheng.c99", "guancheng.c99 is no conflict"),
    ("limits.yaml", "name: small,", "name: smaller,", "limit.small is unknown; known: again_movable"),
    ("figures", "count: {event: MatterAsked, kind: petition}", "limit: rotation", "limit.rotation is unknown"),
    (
        "figures",
        "count: {event: MatterAsked, kind: petition}",
        "count: {clocks: [cn.gone], state: [met]}",
        "cn.gone is",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), PLANTED)
def test_a_fault_between_packs_is_told_by_file_line_and_clause(home, file, old, new, told):
    path = home / "guancheng" / ("records.yaml" if file == "figures" else file)
    text = path.read_text("utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    fault = next(fault for fault in together(home) if told in fault)
    version = f"guancheng {newest('guancheng').version} "
    assert fault.startswith(version)
    if "limit.small" not in fault:  # told where it is read
        assert fault.startswith(f"{version}{path.name}:{line}: ")
    if file != "pack.yaml":
        assert "(G" in fault


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("overrides: {rule: cn.gone, reason: x}", "overrides: cn.gone is no rule of the pack it extends"),
        ("overrides: {rule: guancheng.petitions, reason: x}", "overrides: guancheng.petitions is no rule of the pack"),
        ("looser_than: {rule: cn.p.pricing, reason: x}", "looser_than: cn.p.pricing is no clock"),
        ("suspended_by: [flood]", "suspended_by: cause flood is defined by no suspension"),
        ("term: {same_as: cn.gone}", "term: same_as names cn.gone, which is no clock with a term"),
    ],
)
def test_a_rule_names_only_rules_that_are_there(home, more, told):
    term = "" if more.startswith("term") else "term: {days: 1}, "
    clock = (
        f"{{id: guancheng.x, clause: G07, at: x, zh: x, en: x, type: service, {term}{more}, "
        "start: {event: CaseFiled}, stop: {event: CaseClosed}, answers: holder}"
    )
    path = home / "guancheng" / "clocks.yaml"
    text = path.read_text("utf-8")
    path.write_text(f"{text.rstrip()}\n- {clock}\n", "utf-8")
    line = text.rstrip().count("\n") + 2
    place = f"guancheng {newest('guancheng').version} clocks.yaml:{line}: guancheng.x (G07): "
    assert [fault for fault in together(home) if fault.startswith(place) and told in fault]


def test_packs_that_extend_one_another_in_a_circle(home):
    path = home / "national" / "pack.yaml"
    path.write_text(path.read_text("utf-8") + "extends: guancheng\n", "utf-8")
    told = "the packs extend one another in a circle: guancheng -> national -> guancheng"
    assert [fault for fault in together(home) if told in fault and "pack.yaml:" in fault]


def test_terms_that_name_one_another_in_a_circle(home):
    path = home / "national" / "clocks.yaml"
    text = path.read_text("utf-8")
    body = "type: legal, start: {event: CaseFiled}, stop: {event: CaseClosed}, answers: holder"
    x, y = (
        f"- {{id: cn.{name}, clause: national, source: x, zh: x, en: x, {body}, term: {{same_as: cn.{other}}}}}\n"
        for name, other in (("x", "y"), ("y", "x"))
    )
    path.write_text(text.replace("clocks:\n", f"clocks:\n{x}{y}", 1), "utf-8")
    assert [fault for fault in together(home) if "clocks.yaml:" in fault and "circle: cn.x -> cn.y -> cn.x" in fault]


def test_two_packs_have_no_rule_of_one_id(home):
    path = home / "guancheng" / "limits.yaml"
    path.write_text(path.read_text("utf-8").replace("id: guancheng.small", "id: cn.l.deposit"), "utf-8")
    assert [fault for fault in together(home) if "cn.l.deposit" in fault and "has a rule of this id already" in fault]
