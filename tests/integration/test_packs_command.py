"""`./zhixing packs`: lint, show and diff as a court's administrator runs them."""

import json
import re
import shutil

import pytest

import packs
from infra import cli
from infra.packs import diff, display, lint
from infra.packs.versions import NoPack, find


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """Exit code and what is said, of one command."""

    def command(*words: str):
        monkeypatch.setattr("sys.argv", ["zhixing", *words])
        code = cli.main()
        said = capfdbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return command


@pytest.fixture
def pack(tmp_path):
    """A court's pack, copied beside nothing else; `plant` puts one text in the place of another."""
    folder = tmp_path / "draft"
    shutil.copytree(packs.folders("yiyang")[-1], folder)

    def plant(file: str, old: str, new: str):
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
        return folder

    return plant


def test_a_pack_without_errors_ends_with_0_and_tells_its_conflicts_all_the_same(run):
    code, said, _ = run("packs", "lint", "guancheng")
    assert code == 0
    assert re.match(r"guancheng \S+: 0 errors", said)
    assert "guancheng.c1 (G10 G11): the text says" in said


def test_an_error_ends_with_1(run, pack):
    folder = pack("clocks.yaml", "clause: Y06", "clause: Y99")
    code, said, _ = run("packs", "lint", str(folder), "--json")
    told = json.loads(said)
    assert (code, told["errors"]) == (1, 2)  # and Y06 is carried by nothing now
    [found] = [each for each in told["packs"][0]["findings"] if "Y99" in each["what"]]
    assert found == {
        "severity": "error", "check": "form", "file": "clocks.yaml", "line": found["line"],
        "rule": "yiyang.first_assignment", "clause": "Y99", "what": "the register has no clause Y99",
        "expected": "a clause of the register",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("clocks.yaml", "event: CaseFiled", "event: CaseFild", "no event CaseFild, perhaps CaseFiled"),
        ("clocks.yaml", "{days: 3}", "{fortnights: 5}", "expected a term"),
        ("clocks.yaml", "{days: 3}", "{same_as: yiyang.second_handover}", "goes round in a circle"),
        ("pack.yaml", "extends: national", "extends: nowhere", "there is no pack nowhere"),
    ],
)
def test_a_pack_that_cannot_be_used_ends_with_2_and_says_where(run, pack, file, old, new, words):
    code, said, _ = run("packs", "lint", str(pack(file, old, new)))
    assert code == 2
    assert words in said
    assert f"{file}:" in said


def test_what_is_no_pack_is_told_in_one_line(run):
    for words in (("lint", "atlantis"), ("show", "yiyang@7.7.7"), ("diff", "yiyang@1.0.0", "atlantis")):
        code, _, error = run("packs", *words)
        assert code == 2
        assert len(error.splitlines()) == 1
    with pytest.raises(NoPack, match=r"yiyang has no version 7\.7\.7; it has 1\.0\.0, 1\.0\.1"):
        find("yiyang@7.7.7", packs.HOME)


def test_a_pack_is_shown_by_clause_with_its_readings(run, tmp_path):
    told = display.answer(find("nanzhao", tmp_path))
    clauses = {each["clause"]: each for each in told["clauses"]}
    assert [each for each in clauses if each[0] == "N"] == [f"N{n:02}" for n in range(1, len(clauses) + 1)]
    areas = {each["id"] for each in clauses["N14"]["rules"]}
    assert {"area east", "area south", "nanzhao.assign"} <= areas
    assign = next(each for each in clauses["N14"]["rules"] if each["id"] == "nanzhao.assign")
    assert assign["reading"]["id"] == "nanzhao.c2"
    code, said, _ = run("packs", "show", "nanzhao")
    assert code == 0
    assert "read as 解读 (nanzhao.c2)" in said
    assert json.loads(run("packs", "show", "nanzhao", "--json")[1])["version"] == told["version"]


def test_a_diff_says_in_plain_words_what_changed(run, pack, tmp_path):
    folder = pack("clocks.yaml", "{days: 7}", "{working_days: 4}")
    told = diff.answer(find("yiyang", tmp_path), find(str(folder), tmp_path))
    [change] = told["changes"]
    assert (change["how"], change["id"]) == ("changed", "yiyang.first_assignment")
    assert change["fields"] == [{"field": "term 期限", "before": "7 days", "after": "4 working days"}]
    code, said, _ = run("packs", "diff", "yiyang", str(folder))
    assert code == 0
    assert "term 期限: was 7 days, now 4 working days" in said


def test_a_diff_tells_new_and_gone_rules(tmp_path):
    told = diff.answer(find("yiyang@1.0.1", tmp_path), find("yiyang@1.1.0", tmp_path))
    how = {each["id"]: each["how"] for each in told["changes"]}
    assert (how["yiyang.assign"], how["yiyang.assign_simple"]) == ("removed", "added")
    again = diff.answer(find("yiyang@1.0.1", tmp_path), find("yiyang@1.0.1", tmp_path))
    assert again["changes"] == []


def test_every_pack_is_linted_where_none_is_named(tmp_path):
    linted = lint.run([], tmp_path)
    names = [one.version.pack for one in linted]
    assert names == ["national", "guancheng", "horqin", "nanzhao", "shihe", "yiyang"]
    assert lint.exit_code(linted) == 0


def test_two_courts_are_held_against_each_other_by_the_names_of_their_rules(tmp_path):
    told = diff.answer(find("yiyang", tmp_path), find("shihe", tmp_path))
    [payout] = [each for each in told["changes"] if each["id"] == "shihe.a.payout"]
    assert payout["how"] == "changed"
    assert {"field": "channels 渠道", "before": None, "after": "online, paper"} in payout["fields"]


def test_a_courts_person_reads_posts_by_the_courts_own_names_and_everything_in_chinese_too(tmp_path, run):
    told = display.answer(find("shihe", tmp_path))
    assert told["posts"]["funds_officer"] == "执行案款管理专员"
    said = [name for clause in told["clauses"] for rule in clause["rules"] for name in rule["says"]]
    assert [name for name in said if name.isascii() and not name.startswith("item ")] == []
    assert "posts 岗位: " in run("packs", "show", "shihe")[1]
