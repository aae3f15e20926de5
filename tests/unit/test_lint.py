"""The linter of policy packs: a sound pack passes, and every fault it looks for is caught where it stands."""

import pytest

from contracts.catalogue import BY_NAME
from infra.packs import lint as command
from infra.packs.versions import find
from rules.lint import CHECKS, Clause, lint
from rules.lint.values import compared
from rules.packs import Team
from tests.unit.small_pack import FILES, REGISTER, draft, found, national, planted

pytestmark = pytest.mark.fast


def test_a_sound_pack_passes(tmp_path):
    assert [each for each in lint(draft(tmp_path / "mini")) if each.severity != "note"] == []


FAULTS = [
    # form
    ("form", "limits", "clause: M02", "clause: M99", "error", "the register has no clause M99"),
    ("form", "limits", "clause: M02", "clause: X01", "error", "X01 is a clause of other"),
    ("load", "limits", "at: 第2条, ", "", "error", "expected at: where in the scheme it stands"),
    ("form", "limits", "why: w, ", "", "warning", "does not say why"),
    ("form", "limits", "zh: 小额, en: small, ", "", "warning", "has no name to be shown"),
    ("load", "gates", "id: mini.a.extend", "id: cn.a.extend", "error", "has a rule of this id already"),
    (
        "form",
        "gates",
        "of: {event: CaseFiled}",
        "of: {event: CaseFiled}, effective: {from: 2021-02-01, to: 2021-01-01}",
        "error",
        "ends before it begins",
    ),
    (
        "form",
        "gates",
        "of: {event: CaseFiled}",
        "of: {event: CaseFiled}, effective: {to: 2019-01-01}",
        "error",
        "is never in force while its pack is",
    ),
    (
        "form",
        "gates",
        "of: {event: CaseFiled}",
        "of: {event: CaseFiled}, effective: {from: 2019-01-01}",
        "warning",
        "reaches beyond the days",
    ),
    ("form", "pack", "title: scheme}", "title: scheme} # 13812345678", "error", "holds a telephone number"),
    ("form", "pack", "title: scheme}", "title: scheme} # 0377-6612345", "error", "holds a telephone number"),
    ("form", "pack", "title: scheme}", "title: scheme} # 王某某法官", "error", "holds the name of a person"),
    ("form", "pack", "title: scheme}", "title: scheme} # 联系人：张三", "error", "holds the name of a person"),
    ("form", "pack", "{from: 2020-01-01}", "{from: 2020-01-01, to: 2019-01-01}", "error", "ends before it begins"),
    ("form", "pack", "{from: 2020-01-01}", "{from: 1999-01-01}", "warning", "begins before 2004-01-01"),
    ("load", "limits", "clause: M02", "clause: national", "error", "a national rule needs its source"),
    (
        "load",
        "limits",
        "limits:\n",
        "limits:\n- {id: mini.more, clause: M02, at: 第2条, zh: 额, en: x, why: w, name: small, fen: 1, incl: true}\n",
        "error",
        "is called small too, in force on the same days",
    ),
    # names
    ("names", "gates", "who: chief}", "who: chef}", "error", "there is no post chef; expected chief"),
    ("names", "gates", "keeper: director", "keeper: direktor", "error", "there is no post direktor"),
    ("names", "clocks", "answers: {post: director}", "answers: {post: leader}", "error", "there is no post leader"),
    ("names", "clocks", "answers: {post: director}", "answers: {team: west}", "error", "there is no team west"),
    (
        "names",
        "clocks",
        "kind: serve_document}, stop",
        "kind: serve_document, to_post: leader}, stop",
        "error",
        "no post leader",
    ),
    (
        "names",
        "structure",
        "posts: {director",
        "posts: {boss: 头, director",
        "error",
        "there is no post of the language boss",
    ),
    ("names", "gates", "act: payout", "act: pay_off", "error", "there is no act pay_off"),
    ("names", "gates", "act: assign_case", "act: asign_case", "error", "no command asign_case; expected assign_case"),
    ("names", "gates", "act: assign_case", "act: ask_matter/servee", "error", "there is no kind of matter servee"),
    (
        "names",
        "gates",
        "sign: [end_ruling]",
        "sign: [end_rulin]",
        "error",
        "no document kind end_rulin; expected end_ruling",
    ),
    (
        "names",
        "gates",
        "must_state: [case_account]",
        "must_state: [acount]",
        "error",
        "there is no document state acount",
    ),
    (
        "names",
        "routing",
        "track: ordinary, in_name_of",
        "track: ordinry, in_name_of",
        "error",
        "there is no track ordinry",
    ),
    (
        "load",
        "routing",
        "gate: mini.enquired",
        "gate: mini.asked",
        "error",
        "gate mini.asked of stage first is not in force",
    ),
    ("load", "clocks", "within: cn.close", "within: cn.cloze", "error", "cn.cloze is no rule of the pack it extends"),
    (
        "load",
        "clocks",
        "suspended_by: [ruling]",
        "suspended_by: [whim]",
        "error",
        "cause whim is defined by no suspension",
    ),
    ("load", "routing", "limit.small", "limit.smal", "error", "limit.smal is unknown"),
    # clocks
    ("clocks", "clocks", "stop: {event: DocumentSent}", "stop: {event: MemberPosted}", "error", "they never meet"),
    (
        "clocks",
        "clocks",
        "term: {hours: 48}",
        "void_by: {event: MemberPosted}, term: {hours: 48}",
        "error",
        "its start stands on case, but this on member: they never meet",
    ),
    (
        "clocks",
        "clocks",
        "suspended_by: [ruling]",
        "suspended_by: [absence]",
        "error",
        "but this on member: they never meet",
    ),
    ("load", "clocks", "term: {days: 5}", "term: {days: 99999}", "error", "expected at most 50 years: 18250 days"),
    (
        "clocks",
        "clocks",
        "stop: {event: DocumentSent}",
        "stop: {event: CaseFiled}",
        "error",
        "the very events that start it",
    ),
    ("clocks", "clocks", "key: matter_id, of: each", "of: each", "error", "nothing tells its occurrences apart"),
    ("clocks", "clocks", "key: {start: item.party_id, stop: party_id}, ", "", "error", "all under one key"),
    ("clocks", "clocks", "item.party_id", "item.state_employee", "error", "hold flag and text"),
    ("clocks", "clocks", "stop: party_id}", "stop: partyid}", "error", "DocumentSent has no partyid"),
    ("clocks", "clocks", "stop: party_id}", "stop: about}", "warning", "may come without about"),
    ("clocks", "clocks", "of: each", "of: last, early: ignored", "error", "no early"),
    ("clocks", "clocks", "until: due_on, else: {days: 3}", "until: due_on", "error", "may come without due_on"),
    ("clocks", "clocks", "until: due_on", "until: urgent", "error", "MatterAsked has no date urgent"),
    ("clocks", "clocks", "term: {hours: 48}, roll: none", "term: {hours: 48}", "error", "roll: next or none"),
    ("clocks", "clocks", "before: {days: 1}", "before: {days: 30}", "warning", "comes before the term has begun"),
    (
        "clocks",
        "clocks",
        "suspended_by: [ruling]",
        "suspended_by: [ruling, settlement]",
        "error",
        "is suspended by settlement",
    ),
    ("clocks", "clocks", "max_times: 1", "max_times: 3", "error", "may be extended more often than cn.close allows"),
    ("clocks", "clocks", "max: {days: 10}", "max: {days: 31}", "error", "may be extended for longer"),
    ("clocks", "clocks", "extension: {act: extend", "extension: {act: defer_payout", "warning", "nobody is named"),
    # tighten
    ("tighten", "clocks", "term: {days: 5}", "term: {days: 8}", "error", "is looser than cn.close: from"),
    ("tighten", "clocks", "term: {days: 5}", "term: {working_days: 5}", "error", "is looser than cn.close: from"),
    (
        "tighten",
        "clocks",
        "term: {days: 5}",
        'term: {working_days: 3}, cutoff: "15:00"',
        "error",
        "15:00 it runs until",
    ),
    (
        "tighten",
        "clocks",
        "term: {days: 5}",
        "term: {until: closed_by, else: {days: 5}}",
        "warning",
        "set in each case",
    ),
    (
        "tighten",
        "clocks",
        "looser_than: {rule: cn.soon, reason: the scheme's own check}, ",
        "",
        "error",
        "looser than cn.soon",
    ),
    ("tighten", "clocks", "term: {hours: 48}", "term: {hours: 24}", "warning", "is nowhere looser than cn.soon"),
    # values
    (
        "values",
        "gates",
        """that: 'case.kind in ["enforcement", "resumption"]'""",
        "that: 'case.money || !case.money'",
        "error",
        "is always true",
    ),
    (
        "values",
        "gates",
        """if: 'act.stage == "first"'""",
        """if: 'act.stage == "first" && act.stage == "second"'""",
        "error",
        "is never true",
    ),
    (
        "values",
        "gates",
        '"resumption"]',
        '"resumptoin"]',
        "error",
        "case.kind is never resumptoin; expected resumption",
    ),
    (
        "values",
        "routing",
        'a.disposable == "no"',
        'a.disposable == "none"',
        "error",
        "case.assets.disposable is never none",
    ),
    (
        "values",
        "gates",
        'act.stage == "first"',
        'act.stage == "frist"',
        "error",
        "act.stage is never frist; expected first",
    ),
    (
        "values",
        "clocks",
        "event: CaseFiled}",
        """event: CaseFiled, if: '"dispute" in case.marks'}""",
        "error",
        "is never dispute",
    ),
    # gates
    # authority
    ("authority", "gates", "sign: '*', who: judge", "sign: [ruling], who: judge", "error", "nobody is said to sign"),
    (
        "authority",
        "gates",
        "sign: '*', who: judge",
        "sign: [end_ruling], who: judge",
        "error",
        "never holds: mini.a.chief",
    ),
    (
        "authority",
        "gates",
        "sign: [end_ruling], who: chief",
        "sign: '*', who: chief",
        "error",
        "never holds: mini.a.chief",
    ),
    (
        "authority",
        "gates",
        "chain: [director, chief]",
        "chain: [chief, chief]",
        "error",
        "chief would decide twice in a row",
    ),
    (
        "authority",
        "gates",
        "chain: [director, chief]",
        "chain: [chief, director, chief]",
        "error",
        "goes round in a circle",
    ),
    (
        "authority",
        "gates",
        "asks: handler, chain: [director, chief]",
        "asks: chief, chain: [chief]",
        "error",
        "their own request",
    ),
    (
        "authority",
        "gates",
        "chain: [judge, chief]",
        "chain: [chief]",
        "error",
        "has fewer steps than 2, as cn.a.extend asks",
    ),
    (
        "authority",
        "gates",
        "chain: [judge, chief]",
        "chain: [judge, director]",
        "error",
        "not decided by somebody as high as",
    ),
    ("authority", "structure", "chief: 局长, ", "", "error", "nobody in this court can decide by cn.a.extend"),
    # duties
    ("duties", "gates", "clocks: [cn.close]", "clocks: [cn.cloze]", "error", "there is no clock cn.cloze"),
    ("duties", "gates", "follow_up: conference_plan", "follow_up: plan", "error", "plan is no kind of matter"),
    ("duties", "gates", "figures: [late]", "figures: [early]", "error", "there is no figure early"),
    # routing
    (
        "routing",
        "routing",
        "case.claim_fen <= limit.small'",
        "case.claim_fen <= limit.small && case.debtors.exists(d, d.organ)'",
        "error",
        "never decides: mini.r.organ before it",
    ),
    (
        "routing",
        "routing",
        "case.money && case.claim_fen <= limit.small",
        'case.kind == "objection" && case.kind == "other"',
        "error",
        "is never true",
    ),
    ("routing", "routing", "track: simple, team: fast", "track: simple, team: slow", "error", "there is no team slow"),
    (
        "routing",
        "routing",
        "d.organ)', to: {track: ordinary",
        "d.organ)', to: {track: disposal",
        "error",
        "nobody works the track disposal",
    ),
    ("routing", "structure", "contact: chief, ", "", "error", "nobody leads the team or speaks for it"),
    (
        "routing",
        "pack",
        "stages: [first]",
        "stages: [first, second]",
        "error",
        "no route says where a case goes at stage second",
    ),
    ("routing", "pack", "stages: [first]", "stages: [second]", "error", "is for stage first, which is not among"),
    ("routing", "gates", "need: {event: EnquiryAnswered}", "need: {event: CaseNoted}", "warning", "turns on assets"),
    ("load", "routing", "fallback: {id: mini.r.else", "fallbak: {id: mini.r.else", "error", "perhaps fallback"),
    # assignment
    (
        "assignment",
        "structure",
        "team: fast, reading: mini.c1}",
        "team: fast}",
        "error",
        "南乡 lies in the areas east, town",
    ),
    (
        "assignment",
        "routing",
        "track: ordinary, in_name_of",
        "track: simple, in_name_of",
        "error",
        "no line of assignment says",
    ),
    (
        "assignment",
        "routing",
        "track: ordinary, in_name_of",
        "track: disposal, in_name_of",
        "warning",
        "no route leads to",
    ),
    ("assignment", "routing", ", starvation: {working_days: 20}", "", "warning", "without a bound"),
    # conflicts
    ("load", "limits", "why: w", "why: w, reading: mini.c9", "error", "mini.c9 is no conflict"),
    (
        "load",
        "structure",
        "reading: mini.c1}\n  - {id: east, kind",
        "reading: mini.c9}\n  - {id: east, kind",
        "error",
        "mini.c9 is no conflict",
    ),
    (
        "load",
        "structure",
        ", reading: mini.c1}\n  - {id: east, kind",
        "}\n  - {id: east, kind",
        "error",
        "the headcount does not add up",
    ),
    (
        "conflicts",
        "conflicts",
        "- {id: mini.c1,",
        "- {id: mini.c2, clause: M01, says: [x], reading: y}\n- {id: mini.c1,",
        "warning",
        "no rule goes by this reading",
    ),
]


@pytest.mark.parametrize(("check", "file", "old", "new", "severity", "words"), FAULTS)
def test_a_planted_fault_is_caught_where_it_stands(tmp_path, check, file, old, new, severity, words):
    told = found(tmp_path / "mini", check, planted(file, old, new))
    caught = [each for each in told if words in str(each)]
    assert caught, "\n".join(map(str, told)) or "nothing found"
    assert {(each.check, each.severity) for each in caught} == {(check, severity)}
    assert all((tmp_path / "mini" / each.file).exists() for each in caught)


def test_every_check_has_a_planted_fault():
    assert {fault[0] for fault in FAULTS} >= CHECKS.keys() - {"documents", "coverage", "gates"}


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "words"),
    [
        ("clocks", "clocks", "stop: {event: CaseClosed}", "stop: {event: CaseResumed}", "never stops today"),
        (
            "clocks",
            "clocks",
            "start: {event: CaseFiled}, stop: {event: C",
            "start: {event: CaseResumed}, stop: {event: C",
            "never starts today",
        ),
        ("gates", "gates", "need: {event: EnquiryAnswered}", "need: {event: CaseResumed}", "always lacks today"),
    ],
)
def test_what_waits_for_an_event_that_no_service_tells_of_is_told(tmp_path, monkeypatch, check, file, old, new, words):
    monkeypatch.setattr(BY_NAME["CaseResumed"], "draft", True)
    files = planted(file, old, new)
    told = found(tmp_path / "mini", check, files)
    assert [each for each in told if words in each.what and "CaseResumed" in each.what], told


def test_a_finding_says_where_which_rule_what_and_what_was_expected(tmp_path):
    files = planted("clocks", "term: {days: 5}", "term: {days: 8}")
    [told] = [each for each in found(tmp_path / "mini", "tighten", files) if each.severity == "error"]
    assert (told.file, told.line, told.rule, told.clause) == ("clocks.yaml", 2, "mini.close", "M03")
    assert "2004-01-01 00:00" in told.what
    assert "looser_than with a reason" in told.expected


# ---- tighten ------------------------------------------------------------------------------------------------------


def test_a_variable_of_two_lists_stands_for_neither():
    assert set(compared('case.debtors.all(p, p.kind == "organ") && case.assets.all(p, p.kind == "land")')) == {
        ("p.kind", "organ"),
        ("p.kind", "land"),
    }


def test_what_departs_from_the_national_rules_is_told_at_every_run(tmp_path):
    files = planted("clocks", "why: w, type: service, within", "why: w, unverified: true, type: service, within")
    instead = "reading: mini.c1, overrides: {rule: cn.duty, reason: held monthly}, every: month"
    files |= {"gates": FILES["gates"].replace("every: week", instead)}
    notes = {str(each).split("note: ")[1] for each in lint(draft(tmp_path / "mini", files)) if each.severity == "note"}
    assert notes == {
        "mini.close (M03): is unverified: nobody has held it against the text yet",
        "mini.duty (M07): takes the place of cn.duty: held monthly",
        "mini.soon (M03): is looser than cn.soon, both run: the scheme's own check",
        "mini.c1 (M01): the text says three people / one and one; read as: keep both",
    }


@pytest.mark.parametrize(
    ("court", "served", "looser"),
    [
        ("{days: 7}", "{days: 7}", False),
        ("{working_days: 5}", "{days: 7}", True),  # over the Spring Festival
        ("{working_days: 5}", "{days: 30}", False),
        ("{days: 30}", "{months: 1}", True),  # in February
        ("{days: 28}", "{months: 1}", False),
        ("{hours: 24}", "{working_days: 1}", False),
        ("{hours: 24}", "{days: 1}", False),
        ("{hours: 25}", "{days: 1}", True),  # from the last hour of a day
        ("same_day", "{days: 1}", False),
        ("at_once", "same_day", False),
        ("{same_as: cn.close}", "{days: 7}", False),
    ],
)
def test_no_start_day_of_the_calendar_is_looser(tmp_path, court, served, looser):
    roll = ", roll: none" if "hours" in court else ""
    files = planted("clocks", "term: {days: 5}", f"term: {court}{roll}")
    pack = draft(tmp_path / "mini", files, parents=(national("term: {days: 7}", f"term: {served}"),))
    remarks = [each for each in CHECKS["tighten"](pack) if each.severity == "error"]
    assert bool(remarks) is looser


GATE = "id: mini.g, act: close_case, clause: M04, at: 第4条, zh: 结案, en: closing, why: w"


@pytest.mark.parametrize(
    "words", ["does not ask for paid_out", "asks for something else under notice", "does not refuse"]
)
def test_a_gate_in_the_place_of_a_national_one_asks_no_less(tmp_path, words):
    items = "[{id: notice, need: {event: DocumentSigned}}]"
    instead = f"- {{{GATE}, overrides: {{rule: cn.gate, reason: r}}, on_lack: warn, items: {items}}}"
    files = planted("gates", "gates:", f"gates:\n{instead}")
    assert any(words in each.what for each in found(tmp_path / "mini", "gates", files))


NOTICE = "{id: mini.d, clause: M06, at: 第6条, zh: 文, en: x, why: w, kinds: [enforcement_notice]"
MONTHLY = "{id: mini.d, clause: M06, at: 第6条, zh: 会, en: x, why: w, every: month, answers: {post: chief}"


@pytest.mark.parametrize(
    ("check", "line", "words"),
    [
        ("documents", f"{NOTICE}, overrides: {{rule: cn.d.notice, reason: r}}", "states less than cn.d.notice"),
        ("documents", f"{NOTICE}, must_not_state: [case_account]", "which mini.d forbids"),
        ("documents", f"{NOTICE}, made_by: director, refuse_others: true", "whom mini.d refuses"),
        ("duties", f"{MONTHLY}, overrides: {{rule: cn.duty, reason: r}}", "cn.duty every week"),
    ],
)
def test_documents_and_duties_lose_nothing(tmp_path, check, line, words):
    files = planted("gates", f"{check}:", f"{check}:\n- {line}}}")
    assert any(words in str(each) for each in found(tmp_path / "mini", check, files))


# ---- register, versions, installation -----------------------------------------------------------------------------


def test_a_clause_that_nothing_carries_is_told_unless_the_services_carry_it(tmp_path):
    files = planted("limits", "clause: M02", "clause: M03")
    more = REGISTER | {"M09": Clause("mini")}
    [told] = found(tmp_path / "mini", "coverage", files, register=more)
    assert "no rule carries clause M09" in told.what


def test_days_on_which_no_version_holds_are_told(tmp_path):
    earlier = draft(tmp_path / "a", planted("pack", "{from: 2020-01-01}", "{from: 2018-01-01, to: 2018-12-31}")).pack
    told = found(tmp_path / "b", "form", FILES, versions=(earlier,))
    assert [each.what for each in told] == ["no version is in force from 2019-01-01 until 2020-01-01"]


def test_a_first_day_that_nobody_names_is_told(tmp_path):
    [told] = found(tmp_path / "mini", "form", FILES, dated=False)
    assert (told.severity, told.expected) == ("note", "effective_from in courts.yaml")


def test_an_installation_posts_somebody_to_every_team_that_cases_go_to(tmp_path):
    more = Team(id="west", kind="ordinary", zh="西队", en="west", head="judge")
    told = found(tmp_path / "mini", "assignment", FILES, teams=(more,), members={"east": 2, "fast": 1, "centre": 1})
    assert [each.what for each in told] == ["cases go to the team west, to which nobody is posted"]


# ---- the packs of the product -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["national", "yiyang", "horqin", "nanzhao", "shihe", "guancheng"])
def test_every_pack_of_the_product_is_without_errors(name, tmp_path):
    told = command.findings(find(name, tmp_path))
    assert [str(each) for each in told if each.severity == "error"] == []
