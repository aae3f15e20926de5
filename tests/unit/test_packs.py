"""Packs: what is published stands; faults are told by file, line and rule; the rules in force on a day."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import packs
from rules.loader import PackError, digest, load_pack
from rules.packs import Clock, Pack, Team
from rules.rulebook import Rulebook, RulebookError
from rules.terms import Length
from tests.unit.yiyang import POLICY, TEAMS

pytestmark = pytest.mark.fast

FIRST_DAY = date(2024, 1, 1)
NAMES = sorted(folder.parent.name for folder in packs.HOME.glob("*/1.0.0"))
COURTS = [name for name in NAMES if name != "national"]
ALL = {name: [load_pack(folder, effective_from=FIRST_DAY) for folder in packs.folders(name)] for name in NAMES}
NATIONAL = ALL["national"][-1]
YIYANG = load_pack(packs.folders("yiyang")[-1], effective_from=FIRST_DAY, teams=TEAMS)


# ---- what the product brings --------------------------------------------------------------------------------------


def test_no_published_version_was_edited():
    assert list(packs.edited()) == []


def test_every_version_is_published_once():
    lines = [(line.pack, line.version) for line in packs.published()]
    assert len(lines) == len(set(lines))
    assert {(pack.pack, pack.version) for versions in ALL.values() for pack in versions} == set(lines)
    with pytest.raises(ValueError, match="a change needs a new version"):
        packs.publication("yiyang", "1.0.0")


@pytest.mark.parametrize("change", ["edit", "add", "rename", "remove"])
def test_any_change_of_a_published_version_is_found(tmp_path, change):
    shutil.copytree(packs.HOME, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "yiyang" / "1.0.0"
    file = folder / "clocks.yaml"
    {
        "edit": lambda: file.write_text(file.read_text("utf-8").replace("{days: 7}", "{days: 8}"), "utf-8"),
        "add": lambda: (folder / "more.yaml").write_text("process: []\n"),
        "rename": lambda: file.rename(folder / "deadlines.yaml"),
        "remove": lambda: shutil.rmtree(folder),
    }[change]()
    assert [(line.pack, line.version) for line in packs.edited(tmp_path)] == [("yiyang", "1.0.0")]


def test_a_rule_knows_the_pack_version_and_clause_it_comes_from():
    rule = POLICY.rules["yiyang.first_assignment"]
    assert (rule.pack, rule.version, rule.clause) == ("yiyang", YIYANG.version, "Y06")
    assert all(rule.pack and rule.version and rule.clause for rule in POLICY.rules.values())
    assert all(rule.source for rule in POLICY.rules.values() if rule.clause == "national")
    assert YIYANG.digest == digest(packs.folders("yiyang")[-1])


def test_every_clock_gate_and_item_has_names_for_users():
    assert all(clock.zh and clock.en for clock in POLICY.clocks)
    assert all(item.zh and item.en for gate in POLICY.gates for item in gate.items)


@pytest.mark.clause("Y14")
def test_the_installation_adds_its_teams_to_the_kinds_of_the_pack():
    assert list(POLICY.teams) == ["affairs", "general", *(team.id for team in TEAMS)]
    renamed = Team(id="affairs", kind="affairs", zh="集约", en="affairs desk")
    folder = packs.folders("yiyang")[0]
    merged = load_pack(folder, effective_from=FIRST_DAY, teams=[renamed])
    assert [team.en for team in merged.structure.teams] == ["affairs desk", "general team"]
    with pytest.raises(PackError, match="kind brigade is none of affairs, general, ordinary, simple"):
        load_pack(folder, effective_from=FIRST_DAY, teams=[Team(id="b", kind="brigade", zh="大队", en="brigade")])


def test_a_pack_without_a_first_day_wants_one_of_the_installation():
    with pytest.raises(PackError, match=r"effective\.from is unset"):
        load_pack(packs.folders("yiyang")[0])


# ---- faults -------------------------------------------------------------------------------------------------------


def faults(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    folder = tmp_path / "pack"
    shutil.copytree(packs.folders("yiyang")[0], folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PackError) as error:
        load_pack(folder, effective_from=FIRST_DAY)
    return list(error.value.faults)


CLOCKS, ROUTING, GATES, CONFLICTS = "clocks.yaml", "routing.yaml", "gates.yaml", "conflicts.yaml"
FIRST = "yiyang.first_assignment (Y06): clocks"
PRICE = "yiyang.price_start (Y20): clocks"


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "expected"),
    [
        (CLOCKS, "{days: 7}", "{dayz: 7}", f"clocks.yaml:10: {FIRST}.term", "expected a term: {hours | days"),
        (CLOCKS, "of: last", "of: lst", f"clocks.yaml:36: {PRICE}.of", "expected 'first', 'last' or 'each'"),
        (CLOCKS, "void_by", "voided_by", f"clocks.yaml:11: {FIRST}.voided_by", "no such field, perhaps void_by"),
        (
            CLOCKS,
            "  clause: Y06\n",
            "",
            "clocks.yaml:2: yiyang.first_assignment: clocks.clause",
            "expected, and missing",
        ),
        (
            CLOCKS,
            "CaseFiled, k",
            "CaseFild, k",
            f"clocks.yaml:8: {FIRST}.start",
            "no event CaseFild, perhaps CaseFiled",
        ),
        (
            CLOCKS,
            "stage: f",
            "stag: f",
            f"clocks.yaml:9: {FIRST}.stop",
            "CaseAssigned has no field stag, perhaps stage",
        ),
        (CLOCKS, "kind: disposal}", "kind: x}", f"clocks.yaml:35: {PRICE}.stop: kind", "no kind x; expected affairs"),
        (CLOCKS, "final: true", "final: yes", "yiyang.second_handover (Y07): clocks.start: final", "true or false"),
        (CLOCKS, "zh: 首次分案\n", "zh: ''\n", f"clocks.yaml:2: {FIRST}", "expected zh and en"),
        (
            CLOCKS,
            "id: yiyang.accept",
            "id: yiyang.price_start",
            "clocks.yaml:41: yiyang.price_start (Y20): clocks.id",
            "two are called yiyang.price_start",
        ),
        (ROUTING, "d.organ)", "d.organs)", "routing.yaml:8: yiyang.r.organ (Y12): routing.rules.if", "known: address"),
        (ROUTING, "fallback:", "fallbak:", "routing.yaml:", "expected stage, gate, mode, rules, fallback"),
        (GATES, "act.stage", "act.stge", "gates.yaml:8: yiyang.pre_steps (Y17): gates.if", "act.stge is unknown"),
        (
            GATES,
            "record.place",
            "record.plce",
            "yiyang.survey_place (Y08): in_county: gates.items.need",
            "has no field",
        ),
        (GATES, "id: data,", "id: standard,", "gates.yaml:2: yiyang.pre_steps (Y17): gates", "two items have one id"),
        (
            "authority.yaml",
            "chain: [handler, chief]}",
            "who: chief}",
            "yiyang.a.payout (Y16)",
            "act with chain, or sign",
        ),
        ("pack.yaml", "credentials:", "credential:", "pack.yaml:16: vocabulary.credential", "no vocabulary credential"),
        ("workload.yaml", "workload:\n", "clocks:\n", "workload.yaml:2", "clocks stands already in clocks.yaml:2"),
        (CONFLICTS, "conflicts:\n", "conflicts: [\n", "conflicts.yaml:", "expected"),
        (CONFLICTS, "conflicts:\n", "- x\n- y\n#", "conflicts.yaml:1", "expected sections"),
        (CONFLICTS, "clause: Y22,", "clause: Y22, clause: Y23,", "conflicts.yaml:3", "clause stands already in"),
    ],
)
def test_a_fault_is_told_by_file_line_rule_and_what_was_expected(tmp_path, file, old, new, where, expected):
    assert any(where in fault for fault in faults(tmp_path, file, old, new) if expected in fault)


def test_all_faults_are_told_at_once(tmp_path):
    assert len(faults(tmp_path, "routing.yaml", "case.kind", "case.knd")) == 1
    shutil.rmtree(tmp_path / "pack")
    both = faults(tmp_path, "routing.yaml", "if: 'case.kind == \"preservation\"', to: {track", "if: 'x', to: {trak")
    assert len(both) == 3


def test_a_check_kind_that_nobody_records_is_a_fault(tmp_path):
    told = faults(tmp_path, "routing.yaml", 'case.kind == "preservation"', 'case.checks.clew == "passed"')
    assert told == ["routing.yaml:7: yiyang.r.preservation (Y09): routing.rules.if: no check kind clew, perhaps clue"]


def test_yes_and_days_are_texts_in_a_pack(tmp_path):
    folder = tmp_path / "pack"
    shutil.copytree(packs.folders("yiyang")[0], folder)
    ledger = "{id: x.r, clause: X01, keeper: director, of: {event: AssetsFound, find_id: no}}"
    (folder / "records.yaml").write_text(f"records: [{ledger}]")
    [ledger] = load_pack(folder, effective_from=FIRST_DAY).records
    assert next(ledger.of.patterns).fields == {"find_id": "no"}


# ---- rules in force -----------------------------------------------------------------------------------------------


def court(version: str = "1.0.0", first: date = FIRST_DAY, last: date | None = None, **sections) -> Pack:
    change = {"version": version, "effective": YIYANG.effective.model_copy(update={"first": first, "last": last})}
    return YIYANG.model_copy(update=change | sections)


def clock(id: str, days: int = 1, **more) -> Clock:
    return Clock.model_validate(
        {
            "id": id, "clause": "Y06", "zh": "节点", "en": "clock", "type": "service", "start": {"event": "CaseFiled"},
            "stop": {"event": "CaseClosed"}, "term": {"days": days}, "answers": "holder", **more,
        }
    )  # fmt: skip


def test_national_rules_bind_beside_the_courts():
    assert POLICY.versions == {"yiyang": YIYANG.version, "national": NATIONAL.version}
    assert {"yiyang.first_assignment", "cn.handler_named"} <= POLICY.rules.keys()
    assert POLICY.limits["seizure_deposit"] == 12
    assert "preservation_judge" in POLICY.vocabulary["credentials"]


def test_a_rule_holds_in_its_own_window():
    rulebook = Rulebook([court(first=date(2007, 1, 1), clocks=()), NATIONAL])
    assert "cn.payout" not in rulebook.on(date(2017, 4, 30)).rules
    assert "cn.payout" in rulebook.on(date(2017, 5, 1)).rules
    with pytest.raises(LookupError, match="no rules in force on 2006-12-31"):
        rulebook.on(date(2006, 12, 31))


def test_before_the_scheme_takes_effect_only_national_rules_bind():
    before = Rulebook([YIYANG, NATIONAL]).on(FIRST_DAY - timedelta(days=1))
    assert before.versions == {"national": NATIONAL.version}
    assert not [rule for rule in before.rules if rule.startswith("yiyang.")]
    assert before.court.initial_holder == "affairs"


@pytest.mark.parametrize(
    ("day", "version"), [(FIRST_DAY, "1.0.0"), (date(2025, 5, 31), "1.0.0"), (date(2025, 6, 1), "1.1.0")]
)
def test_a_later_version_takes_over_on_its_first_day(day, version):
    rulebook = Rulebook([court(), court("1.1.0", date(2025, 6, 1)), NATIONAL])
    assert rulebook.on(day).versions["yiyang"] == version


def test_of_two_versions_from_one_day_the_one_published_last_holds():
    assert Rulebook([court(), court("1.0.1"), NATIONAL]).on(FIRST_DAY).versions["yiyang"] == "1.0.1"


def test_a_version_ends_with_its_last_day():
    rulebook = Rulebook([court(last=date(2024, 12, 31)), NATIONAL])
    assert rulebook.on(date(2024, 12, 31)).versions == {"yiyang": "1.0.0", "national": NATIONAL.version}
    assert rulebook.on(date(2025, 1, 1)).versions == {"national": NATIONAL.version}


@given(st.lists(st.dates(date(2024, 1, 1), date(2026, 12, 31)), min_size=1, max_size=4), st.dates(date(2024, 1, 1)))
def test_policies_cover_every_day_once(firsts, day):
    rulebook = Rulebook([*(court(f"1.{n}.0", first) for n, first in enumerate(firsts)), NATIONAL])
    holding = [each for each in rulebook.policies if each.first <= day and (each.until is None or day < each.until)]
    assert holding == [rulebook.on(day)]


def test_only_an_override_with_a_reason_silences_a_national_rule():
    override = clock("yiyang.named", overrides={"rule": "cn.handler_named", "reason": "the same duty"})
    rules = Rulebook([court(clocks=(override,)), NATIONAL]).on(FIRST_DAY).rules
    assert "yiyang.named" in rules
    assert "cn.handler_named" not in rules
    with pytest.raises(ValueError, match="reason"):
        clock("yiyang.named", overrides={"rule": "cn.handler_named", "reason": ""})


def test_same_as_stands_for_the_term_of_the_rule_named():
    same = clock("yiyang.same", term={"same_as": "cn.handler_named"})
    policy = Rulebook([court(clocks=(same,)), NATIONAL]).on(FIRST_DAY)
    [resolved] = [each for each in policy.clocks if each.id == "yiyang.same"]
    assert resolved.term == Length(unit="days", n=7)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"clocks": (clock("yiyang.x", suspended_by=["flood"]),)},
            r"yiyang.x \(Y06\): suspended_by: cause flood is defined by no suspension",
        ),
        (
            {"clocks": (clock("yiyang.x", within="cn.gone"),)},
            r"yiyang.x \(Y06\): within: cn.gone is no rule of the pack it extends",
        ),
        ({"clocks": (clock("yiyang.x", reading="yiyang.c9"),)}, r"yiyang.x \(Y06\): reading: yiyang.c9 is no conflict"),
        (
            {"clocks": (clock("yiyang.x", term={"same_as": "cn.gone"}),)},
            r"yiyang.x \(Y06\): term: same_as names cn.gone",
        ),
        (
            {"gates": ()},
            r"routing.yaml:16: yiyang.r.else \(Y12\): routing.fallback: gate yiyang.pre_steps of stage first is not",
        ),
        ({"structure": None}, "the packs of one court with its structure, found none"),
    ],
)
def test_packs_that_do_not_fit_together_are_refused(change, told):
    with pytest.raises(RulebookError, match=told):
        Rulebook([court(**change), NATIONAL])
