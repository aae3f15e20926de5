"""`./zhixing demo`: sets the stage, plays, sums up."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra import show
from infra.demo.play import Plan, Speed, default_cases, play
from infra.demo.reached import with_clocks
from infra.host import SERVICES
from infra.installation import InstallationError, load_installation
from infra.queries import Question, ask_running
from infra.run import DATA, addresses, note_clock, running, until_stopped
from infra.shared_server import FileLock
from kernel.clock import COURT_ZONE, SimulatedClock
from kernel.telemetry import configure_logs

errors = Console(stderr=True, highlight=False)


async def run(court: str, days: int, cases: int, seed: int, *, once: bool, json: bool, port: int) -> None:
    """Raises InstallationError for a court that courts.yaml does not name."""
    plan = Plan(court, days, cases or default_cases(days), seed)
    folder = DATA / "demo"
    load_installation(folder).require(court)
    alone = FileLock(folder / "demo.lock")
    if not alone.try_exclusive():
        raise InstallationError("a demo is being played already; it makes its data anew, so one at a time")
    clock = SimulatedClock(plan.begin)
    note_clock(folder, plan.begin)
    with (folder / "log.jsonl").open("wb") as log:
        configure_logs(log)
        errors.print("starting PostgreSQL and six services …")
        stage = running(folder, clock, list(SERVICES.values()), 0 if once else port, afresh=True, waits_for_disk=False)
        async with stage as (hosted, address):
            for line in addresses(hosted, address):
                errors.print(line, soft_wrap=True)
            with _progress() as progress:
                bar = progress.add_task("", total=(plan.end - plan.begin).total_seconds(), day="")

                def moved(instant: datetime) -> None:
                    note_clock(folder, instant)
                    _show(progress, bar, plan, instant)

                speed = await play(hosted, address, plan, moved)
            summary = await ask_running(Question("summary", court), hosted)
            policy = hosted.installation.courts.policy(court, clock.now())
            summary = with_clocks(summary, policy)
            if json:
                show.as_json(summary)
            else:
                show.summary(summary)
                show.reached(summary["clocks"])
                _how_to_go_on(summary, speed)
            if not once:
                errors.print("The services stay up; Ctrl-C stops them.")
                await until_stopped()


def _progress() -> Progress:
    columns = (
        TextColumn("playing {task.fields[day]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=errors)


def _show(progress: Progress, bar: object, plan: Plan, instant: datetime) -> None:
    done = (instant - plan.begin).total_seconds()
    progress.update(bar, completed=done, day=instant.astimezone(COURT_ZONE).strftime("%Y-%m-%d"))  # pyright: ignore


def _how_to_go_on(summary: show.Answer, speed: Speed) -> None:
    worst = summary["worst"][0]["case_no"] if summary["worst"] else "CASE"
    show.console.print("[bold]How to go on[/bold]")
    for command, text in {
        f"./zhixing why '{worst}'": "why its deadlines stand as they do",
        f"./zhixing timeline '{worst}'": "what happened in it, and when the court learned it",
        "./zhixing breaches --as-of 2026-03-01": "the breaches of an earlier day; --as-known-at: as known then",
        "./zhixing due --days 14": "what runs out next",
        "./zhixing demo": "the same, and the wallboard stays up",
        "./zhixing up": "real use, with the machine's clock",
    }.items():
        show.console.print(f"  {command}   [dim]{text}[/dim]", soft_wrap=True)
    show.console.rule("speed")
    show.console.print(
        f"{speed.seconds:.0f} s for {speed.requests:,} HTTP requests and {speed.events:,} events at {speed.instants:,} "
        f"instants of the simulated clock: {speed.events / speed.seconds:.0f} events a second"
    )
