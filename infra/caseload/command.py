"""`./zhixing import`."""

from __future__ import annotations

from pathlib import Path

from infra.caseload.importing import MOST_FAULTS, Report, bring_in, check
from infra.caseload.line import Rules
from infra.host import SERVICES
from infra.installation import load_installation
from infra.introduction import introduce
from infra.queries import services
from infra.run import noted_clock
from kernel.principals import LocalIssuer


async def run(file: Path, court: str, folder: Path, *, only_check: bool) -> Report:
    """Checks every line; brings the cases in only if all of them are right."""
    installation = load_installation(folder)
    installation.require(court)
    now, courts = noted_clock(folder).now(), installation.courts
    rules = Rules(court, courts.codes[court], courts[court].vocabulary, now)
    report = check(file, rules)
    if not report.fault_count and not only_check:
        token = LocalIssuer(installation.secret).token(installation.principal(court, "director"), lifetime_s=86_400)
        async with services(folder, installation, list(SERVICES.values()), "import.jsonl") as (http, started):
            if started is not None:
                await introduce(started)
                await started.caught_up()
            await bring_in(http, token, file, rules, report)
            if started is not None:
                await started.caught_up()
    return report


def print_report(report: Report) -> None:
    for fault in report.faults:
        print(f"line {fault.line}: {fault.field}: {fault.reason}")
    if report.fault_count > MOST_FAULTS:
        print(f"… and {report.fault_count - MOST_FAULTS} more")
    print(
        f"{report.cases} cases: {report.imported} brought in, {report.skipped} were there already, "
        f"{report.fault_count} faults"
    )
