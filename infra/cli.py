"""The public commands of `./zhixing`."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from typer._click.exceptions import ClickException, NoArgsIsHelpError, NoSuchOption

from infra.moments import moment

# What a command needs is imported as it runs: --help and mistyped words are answered at once.

MISUSE = 2
INTERRUPTED = 130
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Zhixing (执行) runs a court's enforcement bureau: six services, and every deadline exact. "
    "`./zhixing test` runs the tests. Data lie in the folder .zhixing, or in the one that ZHIXING_HOME names.",
)

packs_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Policy packs (规则包): lint, show, diff, what-if."
)
app.add_typer(packs_app, name="packs")
log_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The logs as evidence (日志存证): head, verify."
)
app.add_typer(log_app, name="log")

Json = Annotated[bool, typer.Option("--json", help="The answer as JSON, and nothing else.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the HTTP server; 0 takes any free one.")]
HostOption = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0: all of this machine's.")]
KafkaOption = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT[/PREFIX]|local", help="Events go through Kafka; `local`: a broker here."),
]
Court = Annotated[str, typer.Option(help="The court, as courts.yaml names it.")]
Data = Annotated[str, typer.Option(help="Which data: `data` (of `up`), `demo`, or `auto`: of `up` if there are any.")]
AsOf = Annotated[
    str | None, typer.Option(help="As of this date or instant; a date is the end of that day. Default: now.")
]
AsKnownAt = Annotated[str | None, typer.Option(help="By what was recorded up to this date or instant.")]
Most = Annotated[int, typer.Option(min=1, max=1_000, help="At most so many rows.")]
Case = Annotated[str, typer.Argument(help="Case id or case number (案号).")]


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return uvloop.run(work)


@app.command()
def demo(
    court: Court = "yiyang",
    days: Annotated[int, typer.Option(min=1, max=400, help="Simulated days.")] = 120,
    cases: Annotated[int, typer.Option(min=0, max=5_000, help="Cases; 0: 330 in 120 days, 610 in 400.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same summary.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="End with the summary instead of staying up.")] = False,
    json: Json = False,
    port: Port = 8700,
) -> None:
    """Play a seeded caseload and sum it up.

    All six services run on the embedded database under an accelerated clock; people's acts go through the HTTP APIs.
    """
    from infra.demo import command as demo_command

    _run(demo_command.run(court, days, cases, seed, once=once, json=json, port=port))


@app.command()
def up(port: Port = 8700, kafka: KafkaOption = None, host: HostOption = "127.0.0.1") -> None:
    """Run all six services, for real use."""
    from infra.host import SERVICES
    from infra.run import REAL, serve_until_stopped

    _run(serve_until_stopped(REAL, list(SERVICES.values()), port, _brokers(kafka), host))


@app.command()
def serve(
    service: Annotated[str, typer.Argument(help="intake, triage, asset-control, auction, funds or supervision.")],
    port: Port = 0,
    kafka: KafkaOption = None,
    host: HostOption = "127.0.0.1",
) -> None:
    """Run one service as its own process."""
    from infra.host import SERVICES
    from infra.run import REAL, serve_until_stopped

    if service not in SERVICES:
        raise typer.BadParameter(f"there is no service of this name; one of: {', '.join(SERVICES)}")
    _run(serve_until_stopped(REAL, [SERVICES[service]], port, _brokers(kafka), host))


@app.command()
def cluster(
    supervisions: Annotated[int, typer.Option("--supervision", min=1, max=12, help="Processes of supervision.")] = 1,
    kafka: KafkaOption = "local",
    port: Annotated[int, typer.Option(min=0, max=65_000, help="Of the first process; 0 takes any free ones.")] = 8700,
) -> None:
    """Run each service as a process of its own, over Kafka.

    What docker-compose.yml describes, without Docker. A process that ends by itself is started again.
    """
    from infra import cluster as processes
    from infra.run import REAL

    _run(processes.run(REAL, _brokers(kafka) or "local", supervisions, port))


@app.command()
def setup(
    what: Annotated[
        str, typer.Argument(help="kafka: for `--kafka local` and its tests; tests: what others need, with Node.")
    ],
) -> None:
    """Fetch what is not there from the beginning, each file of a locked version and hash."""
    from infra import test_needs
    from infra.kafka import artifacts

    steps = {"kafka": artifacts.set_up, "tests": test_needs.set_up}
    if what not in steps:
        raise typer.BadParameter(f"there is nothing of this name to set up; one of: {', '.join(steps)}")
    steps[what]()


@app.command()
def token(
    post: Annotated[str, typer.Argument(help="The post in which the program acts, such as filing_officer.")],
    court: Court = "yiyang",
    data: Data = "auto",
) -> None:
    """Sign a token, good for 12 hours, with which a program calls the services (docs/integrators.md).

    For the first member of the court, as courts.yaml lists them, who holds the post.
    """
    from infra.installation import load_installation
    from kernel.principals import LocalIssuer

    installation = load_installation(_folder(data))
    installation.require(court)
    print(LocalIssuer(installation.secret).token(installation.principal(court, post)))


@app.command()
def breaches(
    court: Court = "yiyang",
    most: Most = 20,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Deadlines that are or were broken (节点超期).

    The worst first: those that run on, those that ended, then those cured by later records.
    """
    _tell(data, json, about="breaches", court=court, as_of=as_of, as_known_at=as_known_at, most=most)


@app.command()
def workload(
    court: Court = "yiyang", as_of: AsOf = None, as_known_at: AsKnownAt = None, data: Data = "auto", json: Json = False
) -> None:
    """What each team has to do (工作量衡平).

    Points per head, and how far apart the teams are.
    """
    _tell(data, json, about="workload", court=court, as_of=as_of, as_known_at=as_known_at)


@app.command()
def due(
    court: Court = "yiyang",
    days: Annotated[int, typer.Option(min=0, max=366, help="Due within so many days.")] = 7,
    most: Most = 50,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Open deadlines that run out soon."""
    _tell(data, json, about="due", court=court, as_of=as_of, as_known_at=as_known_at, most=most, days=days)


@app.command()
def duties(
    court: Court = "yiyang", as_of: AsOf = None, as_known_at: AsKnownAt = None, data: Data = "auto", json: Json = False
) -> None:
    """Standing duties (履职).

    Who answers, how the present period stands, and how those before did.
    """
    _tell(data, json, about="duties", court=court, as_of=as_of, as_known_at=as_known_at)


@app.command()
def figures(
    on: Annotated[
        str | None, typer.Option(help="A day of the period asked for: 2026-03-02; today if not given.")
    ] = None,
    court: Court = "yiyang",
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Figures for bulletins and reviews (统计).

    Events or deadlines counted by period, and shares against their limits.
    """
    _tell(data, json, about="figures", court=court, as_of=as_of, as_known_at=as_known_at, on=on)


@app.command()
def why(
    case: Case,
    clock: Annotated[str | None, typer.Argument(help="Rule id of one clock, such as yiyang.first_assignment.")] = None,
    court: Court = "yiyang",
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Why a case's deadlines, or a duty's periods (duty/RULE), stand as they do.

    Rule, clause, facts, calendar, every day not counted, and who answers.
    """
    _tell(data, json, about="why", court=court, as_of=as_of, as_known_at=as_known_at, case=case, clock=clock)


@app.command()
def timeline(
    case: Case,
    court: Court = "yiyang",
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """What happened in a case, and when.

    In the order of what happened, with when the court's system learned it.
    """
    _tell(data, json, about="timeline", court=court, as_of=as_of, as_known_at=as_known_at, case=case)


@app.command(name="import")
def import_caseload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A case a line (docs/import.md).")],
    court: Court = "yiyang",
    check: Annotated[bool, typer.Option("--check", help="Only tell what is wrong with the file.")] = False,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Bring in a court's open caseload (存量案件导入).

    Every line is checked first; where one is wrong, nothing is brought in. Run again after an interruption, it goes on.
    Ends with 1 where there are faults.
    """
    from infra import show
    from infra.caseload import command

    report = _run(command.run(file, court, _folder(data), only_check=check))
    show.as_json(report.as_json()) if json else command.print_report(report)
    raise typer.Exit(1 if report.fault_count else 0)


@app.command()
def term(
    start: Annotated[str | None, typer.Argument(help="When it begins: 2026-02-10T10:30, or a date.")] = None,
    length: Annotated[
        str | None, typer.Argument(metavar="[TERM]", help="Such as '5 working days', 三个月, 'same day'.")
    ] = None,
    calendar: Annotated[str, typer.Option(help="cn, or a file: weekend, holidays, workdays.")] = "cn",
    cutoff: Annotated[str | None, typer.Option(help="A start from this time of day on counts as next day's.")] = None,
    suspend: Annotated[list[str] | None, typer.Option(help="2026-02-12..2026-02-14: both days are taken out.")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="By the calendar as known at this date or instant.")] = None,
    batch: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file with a request (JSON) a line.")
    ] = None,
    json: Json = False,
) -> None:
    """When a term (期限) ends, and why, day by day.

    --batch writes one answer (JSON) a line, in order; a request that cannot be answered gets {"id", "error", "field"}
    in its place, and the command ends with 0 all the same.
    """
    from infra import show
    from infra import term as terms

    if batch is not None:
        if start or length:
            raise typer.BadParameter("give either START and TERM or --batch")
        return terms.print_batch(batch)
    try:
        told = terms.answer(terms.request(start, length, calendar, cutoff, suspend or [], as_known_at))
    except terms.Misread as error:
        raise typer.BadParameter(error.reason, param_hint=error.field) from error
    return show.as_json(told) if json else terms.print_answer(told)


@app.command()
def supervise(
    log: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, metavar="LOG", help=".xes, .csv or .jsonl, or one with .gz.")
    ],
    pack: Annotated[
        str | None,
        typer.Option(metavar="DIR|COURT", help="A pack's folder; for our own events a court, such as yiyang."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A list of clocks and suspensions instead of a pack."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="As of this date or instant; a date is the end of that day in the log's zone. Default: now."),
    ] = None,
    as_known_at: AsKnownAt = None,
    worst: Annotated[int, typer.Option(min=0, max=1_000, help="So many cases of each clock are named.")] = 5,
    occurrences: Annotated[
        bool, typer.Option("--occurrences", help="Every occurrence of every clock, an object (JSON) a line.")
    ] = False,
    json: Json = False,
) -> None:
    """Supervise any log (日志监督): a foreign one with a pack of its own, or our events with a court's.

    Events that cannot be read are counted and listed with their place, the others are supervised all the same; the
    exit code is 3 then. Described in docs/supervise.md.
    """
    from infra.run import DATA
    from infra.supervise import command

    options = command.Options(log, DATA / "data", pack, rules, as_of, as_known_at, worst, json, occurrences)
    raise typer.Exit(command.run(options))


@app.command()
def export(
    form: Annotated[str, typer.Option("--format", help="xes, ocel2, csv, or jsonl (which `supervise` reads).")],
    court: Annotated[str | None, typer.Option(help="Of this court only.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="A file, replaced once all is written; else standard output."),
    ] = None,
    data: Data = "auto",
) -> None:
    """Write our own cases for the tools of process mining (流程挖掘).

    The events of all services, case by case. Described in docs/mining.md.
    """
    from infra.export import command

    if form not in command.FORMATS:
        raise typer.BadParameter(f"one of: {', '.join(command.FORMATS)}", param_hint="--format")
    _run(command.run(form, _folder(data), court, out))


@app.command()
def clauses(
    court: Annotated[str | None, typer.Option(help="Of this court's scheme only.")] = None, json: Json = False
) -> None:
    """What the schemes require (条款), and what of it is there.

    Of each clause: the rules that carry it, the tests that name it and whether they passed here, and its state.
    """
    from infra import clauses as told
    from infra import show
    from packs.register import courts

    if court not in (None, *courts()):
        raise typer.BadParameter(f"no scheme of this court is registered; one of: {', '.join(courts())}")
    rows = told.answer(court)
    return show.as_json(rows) if json else told.print_answer(rows)


@packs_app.command(name="lint")
def lint_packs(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="[DIR|COURT ...]", help="Folders or packs, such as yiyang@1.0.1.")
    ] = None,
    json: Json = False,
) -> None:
    """Check policy packs; without a name, the newest version of each.

    Always told: what is looser than a national rule or takes its place, unverified rules, conflicts of the text.
    Ends with 1 where there are errors, with 2 where a pack cannot be used at all.
    """
    from infra import show
    from infra.packs import lint
    from infra.run import DATA

    linted = lint.run(which or [], DATA / "data")
    show.as_json(lint.as_json(linted)) if json else lint.print_findings(linted)
    raise typer.Exit(lint.exit_code(linted))


@packs_app.command(name="show")
def show_pack(
    which: Annotated[
        str, typer.Argument(metavar="COURT", help="A pack, one version of it (yiyang@1.0.1), or a folder.")
    ],
    json: Json = False,
) -> None:
    """What a court's pack says, by the clauses of its scheme, with how its text is read where it conflicts."""
    from infra import show
    from infra.packs import display, versions
    from infra.run import DATA

    told = display.answer(versions.find(which, DATA / "data"))
    return show.as_json(told) if json else display.print_answer(told)


@packs_app.command(name="diff")
def diff_packs(
    one: Annotated[str, typer.Argument(metavar="A", help="The earlier: yiyang@1.0.0, or a folder.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The later: yiyang@1.0.1, or a folder.")],
    json: Json = False,
) -> None:
    """What changed between two versions of a pack, rule by rule."""
    from infra import show
    from infra.packs import diff, versions
    from infra.run import DATA

    told = diff.answer(versions.find(one, DATA / "data"), versions.find(other, DATA / "data"))
    return show.as_json(told) if json else diff.print_answer(told)


@packs_app.command(name="what-if")
def what_if(
    pack: Annotated[str, typer.Option(metavar="A", help="The pack compared with: yiyang@1.0.0, or a folder.")],
    other: Annotated[str, typer.Option("--with", metavar="B", help="The other: yiyang@1.0.1, or a folder.")],
    log: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A log as `supervise` reads it.")
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="The cases of this installation, or of the demo.")] = False,
    court: Annotated[str | None, typer.Option(help="Of our own events, those of this court; else of A's.")] = None,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Which breaches other rules would bring or spare (规则推演).

    By clock and who answers, with the cases: both packs judge all cases, as if each had always been in force.
    """
    from infra.packs import what_if as compared
    from infra.run import DATA

    if own == (log is not None):
        raise typer.BadParameter("give either --log LOG or --own")
    home = _folder(data) if own else DATA / "data"
    raise typer.Exit(compared.run(compared.Options(home, pack, other, log, court, as_of, as_known_at, json)))


@log_app.command(name="head")
def log_head(data: Data = "auto") -> None:
    """The head of each log's chain, a line (JSON) each.

    Kept where nobody reaches who can write the database, it shows later whether anything before it was made anew.
    """
    from infra.evidence import command

    command.run_head(_folder(data))


@log_app.command(name="verify")
def log_verify(
    head: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Noted heads, which must lie on the chains.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Noted heads: only what came after is read.")
    ] = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Whether the logs stand as they were written.

    Names the first row that was changed, removed, added or moved, and ends with 1 then. Services may go on meanwhile.
    """
    from infra.evidence import command

    if head and since:
        raise typer.BadParameter("give either --head or --since")
    raise typer.Exit(command.run_verify(_folder(data), head, since, json=json))


@app.command(name="bench")
def run_bench(
    name: Annotated[
        str, typer.Argument(help="One of: write, feed, kafka, deadlines, supervise, assignment, tracing.")
    ] = "write",
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Length of one round.")] = 3.0,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Counted rounds of each target.")] = 5,
    json: Json = False,
) -> None:
    """Measure speed against baselines of the same run."""
    from infra import bench

    if name not in bench.GOALS:
        raise typer.BadParameter(f"there is no benchmark of this name; one of: {', '.join(bench.GOALS)}")
    _run(bench.command(name, seconds, rounds, json=json))


def _tell(data: str, json: bool, *, as_of: str | None, as_known_at: str | None, **question: Any) -> None:
    from infra import show
    from infra.queries import Question, ask

    asked = Question(as_of=_moment(as_of), as_known_at=_moment(as_known_at), **question)
    answer = _run(ask(asked, _folder(data)))
    if json:
        show.as_json(answer)
    else:
        show.SCREENS[asked.about](answer)


def _brokers(kafka: str | None) -> str | None:
    if kafka is not None and not re.fullmatch(r"local|[\w.:-]+:\d{1,5}(,[\w.:-]+:\d{1,5})*(/[\w.-]+)?", kafka):
        raise typer.BadParameter("write HOST:PORT[/PREFIX], several with commas, or local", param_hint="--kafka")
    return kafka


def _folder(data: str) -> Path:
    """Where the data lie. `auto` prefers those of real use."""
    from infra.run import DATA

    known = {"data": DATA / "data", "demo": DATA / "demo"}
    if data == "auto":
        data = next((name for name, folder in known.items() if (folder / "postgres").exists()), "")
        if not data:
            raise typer.BadParameter("there are no data yet: start with ./zhixing demo or ./zhixing up")
    if data not in known:
        raise typer.BadParameter("one of: auto, data, demo")
    return known[data]


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else moment(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def main() -> int:
    """One line for what went wrong, and exit code 2 for what the caller can mend."""
    try:
        return app(prog_name="zhixing", standalone_mode=False) or 0  # 130 after Ctrl-C; commands return nothing
    except NoArgsIsHelpError as error:
        print(error.format_message())
        return MISUSE
    except NoSuchOption as error:
        return _misuse(error.format_message() + _NO_OPTION * error.option_name[1:2].isdigit())
    except ClickException as error:
        return _misuse(error.format_message())
    except (KeyboardInterrupt, asyncio.CancelledError, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if not isinstance(error, _expected()):
            raise
        return _misuse(str(error))


_NO_OPTION = "; what begins with - is an option: terms are whole numbers from 1 on, such as '5 days'"


def _misuse(message: str) -> int:
    """A line for each thing that is wrong."""
    for line in filter(None, (" ".join(each.split()) for each in message.splitlines())):
        print(f"zhixing: {line}", file=sys.stderr)
    return MISUSE


def _expected() -> tuple[type[Exception], ...]:
    """What the caller, or the machine, has to mend: told in one line."""
    from infra.clauses.claims import ClaimsError
    from infra.evidence.command import Unverifiable
    from infra.installation import InstallationError
    from infra.packs.versions import NoPack
    from infra.queries import Unanswered
    from infra.shared_server import ServerError
    from infra.supervise.log_file import Unusable
    from kernel.log import WrongLog
    from rules.loader import PackError

    unusable = (InstallationError, ServerError, WrongLog, PackError, ClaimsError)
    return (*unusable, Unanswered, Unusable, Unverifiable, NoPack, OSError)


if __name__ == "__main__":
    sys.exit(main())
