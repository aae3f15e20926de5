"""The public commands of `./zhixing`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import click
import typer
import uvloop

from infra import bench, show
from infra.demo import command as demo_command
from infra.embedded_postgres import EmbeddedPostgresError
from infra.host import SERVICES
from infra.installation import InstallationError
from infra.moments import moment
from infra.queries import Question, ask
from infra.run import DATA, serve_until_stopped
from kernel.log import WrongLog

MISUSE = 2
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Zhixing (执行) runs a court's enforcement bureau: six services, and every deadline exact.",
)

Json = Annotated[bool, typer.Option("--json", help="The answer as JSON, and nothing else.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the HTTP server; 0 takes any free one.")]
Court = Annotated[str, typer.Option(help="The court, as courts.yaml names it.")]
Data = Annotated[str, typer.Option(help="Which data: `data` (of `up`), `demo`, or `auto`: of `up` if there are any.")]
AsOf = Annotated[
    str | None, typer.Option(help="As of this date or instant; a date is the end of that day. Default: now.")
]
AsKnownAt = Annotated[str | None, typer.Option(help="By what was recorded up to this date or instant.")]
Most = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows.")]
Case = Annotated[str, typer.Argument(help="Case id or case number (案号).")]


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return uvloop.run(work)


@app.command()
def demo(
    court: Court = "yiyang",
    days: Annotated[int, typer.Option(min=1, max=400, help="Simulated days.")] = 120,
    cases: Annotated[int, typer.Option(min=0, max=5_000, help="Cases; 0: 2.75 a day.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same summary.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="End with the summary instead of staying up.")] = False,
    json: Json = False,
    port: Port = 8700,
) -> None:
    """Plays a seeded caseload through all six services under an accelerated clock, and sums it up."""
    _run(demo_command.run(court, days, cases, seed, once=once, json=json, port=port))


@app.command()
def up(port: Port = 8700) -> None:
    """Runs all six services in one process, for real use, until Ctrl-C."""
    _run(serve_until_stopped(DATA / "data", list(SERVICES.values()), port))


@app.command()
def serve(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")],
    port: Port = 0,
) -> None:
    """Runs one service as its own process, until Ctrl-C."""
    if service not in SERVICES:
        raise click.BadParameter(f"there is no service of this name; one of: {', '.join(SERVICES)}")
    _run(serve_until_stopped(DATA / "data", [SERVICES[service]], port))


@app.command()
def breaches(
    court: Court = "yiyang",
    most: Most = 20,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Deadlines that were or are broken (节点超期), the worst first."""
    _tell(Question("breaches", court, _moment(as_of), _moment(as_known_at), most=most), data, json)


@app.command()
def workload(
    court: Court = "yiyang", as_of: AsOf = None, as_known_at: AsKnownAt = None, data: Data = "auto", json: Json = False
) -> None:
    """What each team has to do, per head, and how far apart the teams are (工作量衡平)."""
    _tell(Question("workload", court, _moment(as_of), _moment(as_known_at)), data, json)


@app.command()
def due(
    court: Court = "yiyang",
    days: Annotated[int, typer.Option(min=0, max=3_660, help="Due within so many days.")] = 7,
    most: Most = 50,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """Open deadlines that run out soon, the nearest first."""
    _tell(Question("due", court, _moment(as_of), _moment(as_known_at), most=most, days=days), data, json)


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
    """Why a case's deadlines stand as they do: rule, clause, facts, calendar, every day not counted, who answers."""
    _tell(Question("why", court, _moment(as_of), _moment(as_known_at), case=case, clock=clock), data, json)


@app.command()
def timeline(
    case: Case,
    court: Court = "yiyang",
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
    data: Data = "auto",
    json: Json = False,
) -> None:
    """What happened in a case, when, and when the court's system learned it."""
    _tell(Question("timeline", court, _moment(as_of), _moment(as_known_at), case=case), data, json)


@app.command(name="bench")
def run_bench(
    name: Annotated[str, typer.Argument(help="Which benchmark; one of: write.")] = "write",
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Length of one round.")] = 3.0,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Counted rounds of each target.")] = 5,
    json: Json = False,
) -> None:
    """Measures speed as ratios against baselines in the same run; counts and equal output are asserted."""
    if name != "write":
        raise click.BadParameter("there is no benchmark of this name; one of: write")
    _run(bench.command(name, seconds, rounds, json=json))


def _tell(question: Question, data: str, json: bool) -> None:
    answer = _run(ask(question, _folder(data)))
    if json:
        show.as_json(answer)
    else:
        show.SCREENS[question.about](answer)


def _folder(data: str) -> Path:
    """Where the data lie. `auto` prefers those of real use."""
    known = {"data": DATA / "data", "demo": DATA / "demo"}
    if data == "auto":
        data = next((name for name, folder in known.items() if (folder / "postgres").exists()), "")
        if not data:
            raise click.UsageError("there are no data yet: start with ./zhixing demo or ./zhixing up")
    if data not in known:
        raise click.BadParameter("one of: auto, data, demo")
    return known[data]


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else moment(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def main() -> int:
    """One line for what went wrong, and exit code 2 for what the caller can mend."""
    try:
        app(prog_name="zhixing", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return MISUSE
    except click.ClickException as error:
        print(f"zhixing: {error.format_message()}".replace("\n", " "), file=sys.stderr)
        return MISUSE
    except (InstallationError, EmbeddedPostgresError, WrongLog, OSError) as error:
        print(f"zhixing: {error}".replace("\n", " "), file=sys.stderr)
        return MISUSE
    except (KeyboardInterrupt, asyncio.CancelledError, click.Abort):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
