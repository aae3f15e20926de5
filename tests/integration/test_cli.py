"""`./zhixing …` as its users run it: real use that survives a kill, a process for each service, questions, misuse."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra import show
from infra.host import SERVICES
from infra.installation import Installation, load_installation
from infra.moments import moment
from kernel.principals import LocalIssuer
from tests import papers
from tests.commands import Commands, Process, addresses, interrupted, killed, said, terminated, until

TABLES = {"breaches": "节点超期", "due": "临近期限", "workload": "工作量", "why": "clause", "timeline": "办案时间线"}


class Office:
    """The court's people, at the addresses of services that run in other processes."""

    def __init__(self, home: Path, at: dict[str, str]) -> None:
        self.at = at
        self._installation: Installation = load_installation(home / "data")
        self._issuer = LocalIssuer(self._installation.secret)

    def call(self, method: str, post: str, service: str, path: str, body: Any = None) -> httpx.Response:
        token = self._issuer.token(self._installation.principal("yiyang", post))
        headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
        return httpx.request(method, self.at[service] + path, json=body, headers=headers, trust_env=False, timeout=60)

    def do(self, post: str, service: str, path: str, body: Any) -> Any:
        answer = self.call("POST", post, service, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sees(self, service: str, path: str, holds: Callable[[Any], bool] = bool) -> Callable[[], bool]:
        """Whether a query is answered, and what it answers is so."""

        def look() -> bool:
            answer = self.call("GET", "director", service, path)
            return answer.status_code == 200 and holds(answer.json())

        return look

    def file_case(self) -> str:
        """Gives its id."""
        case_id = self.do("filing_officer", "intake", "/applications", papers.application())["case_id"]
        self.do("filing_officer", "intake", f"/cases/{case_id}/application/review", papers.PASSED)
        self.do("filing_officer", "intake", f"/cases/{case_id}/filing", papers.filing())
        return case_id


def up(commands: Commands) -> tuple[Process, Office]:
    process = commands.start("up", "--port", 0)
    return process, Office(commands.home, addresses(process, set(SERVICES)))


# -- real use


def supervised(why: dict[str, Any]) -> bool:
    """The clocks that filing starts are seen to run."""
    return {"yiyang.first_assignment", "cn.handler_named", "cn.conclude"} <= {clock["rule"] for clock in why["clocks"]}


def test_what_was_done_is_still_there_after_a_kill(commands: Commands) -> None:
    # given a case that was filed, and what followed from it
    process, office = up(commands)
    case_id = office.file_case()
    until(office.sees("funds", f"/cases/{case_id}/account"))
    until(office.sees("supervision", f"/cases/{case_id}/why", supervised))
    # and questions asked while it runs
    told = commands.ask("timeline", case_id)
    assert {"CaseFiled", "AccountOpened", "EnquiryStarted"} <= {fact["event"] for fact in told["facts"]}
    # when it is killed
    killed(process)
    # then the same questions have the same answers, while it does not run
    assert commands.ask("timeline", case_id) == told
    number = next(fact["data"]["case_no"] for fact in told["facts"] if fact["event"] == "CaseFiled")
    assert commands.ask("timeline", number) == told
    # and the next start goes on from there
    process, office = up(commands)
    assert office.sees("intake", f"/cases/{case_id}", lambda case: case["case_no"] == number)()
    assert office.sees("funds", f"/cases/{case_id}/account")()
    assert office.file_case() != case_id
    # and ends by Ctrl-C
    code, _, errors = interrupted(process)
    assert code == 0, errors
    assert "Traceback" not in errors


def test_six_processes_are_one_system(commands: Commands) -> None:
    processes = [commands.start("serve", service) for service in SERVICES]
    at: dict[str, str] = {}
    for process, service in zip(processes, SERVICES, strict=True):
        at |= addresses(process, {service})
    office = Office(commands.home, at)
    for service in SERVICES:
        until(office.sees(service, "/health/ready"))
    # when a case is filed in one of them, then the others do their part
    case_id = office.file_case()
    until(office.sees("funds", f"/cases/{case_id}/account"))
    until(office.sees("triage", f"/cases/{case_id}", lambda case: case["status"] == "filed"))
    until(office.sees("asset-control", f"/cases/{case_id}/enquiries"))
    until(office.sees("supervision", f"/cases/{case_id}/why", supervised))
    # and questions go to the one that answers them
    assert {each["rule"] for each in commands.ask("due", "--days", 14)} == {
        "cn.handler_named",
        "cn.notice_of_application",
        "yiyang.first_assignment",
    }
    # and when one is killed and started again, it goes on
    killed(processes[list(SERVICES).index("funds")])
    other = office.file_case()
    again = commands.start("serve", "funds")
    at |= addresses(again, {"funds"})
    until(office.sees("funds", f"/cases/{other}/account"))
    # and ends by itself when it is told to
    code, _, errors = terminated(again)
    assert (code, "Traceback" in errors) == (0, False), errors


# -- questions and misuse

DEMO = ("demo", "--days", 40, "--cases", 12, "--port", 0)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Commands, Process]]:
    """A caseload, and the demo that stays up after it."""
    with Commands(tmp_path_factory.mktemp("played")) as commands:
        demo = commands.start(*DEMO)
        said(demo, "instants of the simulated clock")
        yield commands, demo


def test_questions_are_answered_at_any_time_whether_or_not_the_services_run(played: tuple[Commands, Process]) -> None:
    commands, demo = played
    breaches = commands.ask("breaches")
    case, rule = breaches[0]["case_no"], breaches[0]["rule"]
    answers = {
        "breaches": breaches,
        "due": commands.ask("due", "--days", 366),
        "workload": commands.ask("workload"),
        "why": commands.ask("why", case, rule),
        "timeline": commands.ask("timeline", case),
    }
    # a case is told of by its number, and a clock by the name of its rule
    [clock] = answers["why"]["clocks"]
    told = ("rule", "clause", "state", "overdue", "unit", "answers", "record")
    assert {name: clock[name] for name in told} == {name: breaches[0][name] for name in told}
    teams = {team["team"] for rule in answers["workload"] for team in rule["teams"]}
    assert teams >= {"affairs", "fast_1", "ordinary_1"}
    # as known at another time is what had been recorded by then
    facts = answers["timeline"]["facts"]
    middle = facts[len(facts) // 2]["recorded_at"]
    known_then = commands.ask("timeline", case, "--as-known-at", middle)["facts"]
    assert known_then == [fact for fact in facts if fact["recorded_at"] <= middle]
    # and all of it can be shown to people
    for question, shown in TABLES.items():
        with show.console.capture() as screen:
            show.SCREENS[question](answers[question])
        assert shown in screen.get(), question
    # when the demo has ended, the answers are the same
    code, _, errors = interrupted(demo)
    assert (code, "Traceback" in errors) == (0, False), errors
    assert commands.ask("breaches") == breaches
    code, table, errors = commands.run("breaches", "--most", 1, "--as-of", "2026-02-10")
    assert (code, errors) == (0, "")
    assert TABLES["breaches"] in table


def test_a_wrong_argument_is_told_in_one_line(commands: Commands, played: tuple[Commands, Process]) -> None:
    of_caseload, _ = played
    with socket.create_server(("127.0.0.1", 0)) as taken:
        misuses = [
            (commands, ["nonsense"], "nonsense"),
            (commands, ["serve", "kitchen"], "one of: intake"),
            (commands, ["breaches"], "there are no data yet"),
            (commands, ["up", "--port", 70_000], "--port"),
            (commands, ["up", "--port", taken.getsockname()[1]], "in use"),
            (commands, ["demo", "--once", "--court", "nowhere"], "nowhere"),
            (commands, ["breaches", "--as-of", "2026-02-30"], "write a date (2026-03-01)"),
            (of_caseload, ["due", "--data", "kitchen"], "one of: auto, data, demo"),
            (of_caseload, ["breaches", "--as-known-at", "1066-10-14"], "1990"),
            (of_caseload, ["why", "yiyang-nobody"], "nothing is known of this"),
            (of_caseload, ["timeline", "（2026）豫0327执999号"], "no case has this number"),
        ]
        with ThreadPoolExecutor(3) as several:
            told = list(several.map(lambda misuse: misuse[0].misuse(*misuse[1]), misuses))
    for line, (_, arguments, expected) in zip(told, misuses, strict=True):
        assert expected in line, arguments


def test_help_names_every_command_and_where_data_lie(commands: Commands) -> None:
    code, output, _ = commands.run("--help")
    assert code == 0
    assert [name for name in ("demo", "up", "serve", "bench", *TABLES, "ZHIXING_HOME") if name not in output] == []


@pytest.mark.fast
@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-01-01T25:00", "10000-01-01", "\0"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a date"):
        moment(text)
