"""`./zhixing import`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx

from infra.caseload.importing import MOST_FAULTS, Report, bring_in, check
from infra.caseload.line import Rules
from infra.host import SERVICES, hosting
from infra.installation import Installation, load_installation
from infra.introduction import introduce
from infra.queries import PATIENCE_S, running_at
from infra.run import database, noted_clock
from kernel.principals import LocalIssuer
from kernel.telemetry import configure_logs


async def run(file: Path, court: str, folder: Path, *, only_check: bool) -> Report:
    """Checks every line; brings the cases in only if all of them are right."""
    installation = load_installation(folder)
    installation.require(court)
    now, courts = noted_clock(folder).now(), installation.courts
    rules = Rules(court, courts.codes[court], courts[court].vocabulary, now)
    report = check(file, rules)
    if not report.fault_count and not only_check:
        token = LocalIssuer(installation.secret).token(installation.principal(court, "director"), lifetime_s=86_400)
        async with _services(folder, installation) as http:
            await bring_in(http, token, file, rules, report)
    return report


@contextlib.asynccontextmanager
async def _services(folder: Path, installation: Installation) -> AsyncGenerator[httpx.AsyncClient]:
    """Those that run on these data, or else services started for the import."""
    if (address := await running_at(folder)) is not None:
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, trust_env=False) as http:
            yield http
        return
    with (folder / "import.jsonl").open("ab") as log:
        configure_logs(log)
        clock, services = noted_clock(folder), list(SERVICES.values())
        async with database(folder) as dsn, hosting(dsn, installation, clock, services) as hosted:
            await introduce(hosted)
            await hosted.caught_up()
            transport = httpx.ASGITransport(hosted.http())
            async with httpx.AsyncClient(transport=transport, base_url="http://zhixing") as http:
                yield http
            await hosted.caught_up()


def print_report(report: Report) -> None:
    for fault in report.faults:
        print(f"line {fault.line}: {fault.field}: {fault.reason}")
    if report.fault_count > MOST_FAULTS:
        print(f"… and {report.fault_count - MOST_FAULTS} more")
    print(
        f"{report.cases} cases: {report.imported} brought in, {report.skipped} were there already, "
        f"{report.fault_count} faults"
    )
