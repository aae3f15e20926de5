"""Questions to supervision, of the server that runs on the data, or else of supervision started for the answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from infra.host import SERVICES, Hosted, hosting
from infra.installation import Installation, load_installation
from infra.run import ADDRESS_FILE, database, noted_clock
from kernel.principals import LocalIssuer
from kernel.service import Service
from kernel.telemetry import configure_logs

PREFIX = "/supervision"
DUTY = "duty/"
PATIENCE_S = 120.0


class Unanswered(Exception):
    """Supervision has no answer; the message is what it says."""


@dataclass(frozen=True)
class Question:
    """`about`: breaches, due, workload, duties, figures, summary, or of one case: why, timeline.

    `case`: its number or id; or a duty, of which there is a why: `duty/horqin.ledger`.
    """

    about: str
    court: str
    as_of: datetime | None = None
    as_known_at: datetime | None = None
    most: int | None = None
    days: int | None = None
    case: str | None = None
    clock: str | None = None
    on: str | None = None

    def parameters(self) -> dict[str, str | int]:
        given = {
            "as_of": self.as_of and self.as_of.isoformat(),
            "as_known_at": self.as_known_at and self.as_known_at.isoformat(),
            "limit": self.most,
            "days": self.days,
            "clock": self.clock,
            "on": self.on,
        }
        return {key: value for key, value in given.items() if value is not None}


async def ask(question: Question, folder: Path) -> Any:
    """Raises Unanswered with what the service says, where it has no answer."""
    installation = load_installation(folder)
    installation.require(question.court)
    async with services(folder, installation, [SERVICES["supervision"]], "queries.jsonl") as (http, _):
        return await _answer(http, question, installation, LocalIssuer(installation.secret))


async def ask_running(question: Question, hosted: Hosted) -> Any:
    """The same of services that run in this process."""
    async with _in_process(hosted) as http:
        await hosted.caught_up()
        return await _answer(http, question, hosted.installation, hosted.issuer)


async def _answer(http: httpx.AsyncClient, question: Question, installation: Installation, issuer: LocalIssuer) -> Any:
    token = issuer.token(installation.principal(question.court, "chief"))
    headers = {"authorization": f"Bearer {token}"}
    path = f"{PREFIX}/{question.about}"
    parameters = question.parameters()
    if question.case is not None and question.case.startswith(DUTY):
        path, parameters["duty"] = f"{PREFIX}/duties/{question.about}", question.case.removeprefix(DUTY)
    elif question.case is not None:
        path = f"{PREFIX}/cases/{await _case_id(http, headers, question.case)}/{question.about}"
    return await _get(http, path, headers, parameters)


async def _case_id(http: httpx.AsyncClient, headers: dict[str, str], case: str) -> str:
    """A case number is looked up; anything else is taken as an id."""
    if not case.startswith(("（", "(")):
        return case
    number = case.replace("(", "（").replace(")", "）")
    return (await _get(http, f"{PREFIX}/cases", headers, {"case_no": number}))["case_id"]


async def _get(http: httpx.AsyncClient, path: str, headers: dict[str, str], parameters: dict[str, str | int]) -> Any:
    response = await http.get(path, headers=headers, params=parameters)
    if response.status_code != 200:
        raise Unanswered(response.json()["detail"])
    return response.json()


@contextlib.asynccontextmanager
async def services(
    folder: Path, installation: Installation, needed: Sequence[Service], log_name: str
) -> AsyncGenerator[tuple[httpx.AsyncClient, Hosted | None]]:
    """Those that run on these data, or else those needed, started for this. The Hosted are the ones started here."""
    if (address := await running_at(folder)) is not None:
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, trust_env=False) as http:
            yield http, None
        return
    with (folder / log_name).open("ab") as log:
        configure_logs(log)
        async with (
            database(folder) as dsn,
            hosting(dsn, installation, noted_clock(folder), needed) as hosted,
            _in_process(hosted) as http,
        ):
            await hosted.caught_up()
            yield http, hosted


@contextlib.asynccontextmanager
async def _in_process(hosted: Hosted) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(hosted.http())
    async with httpx.AsyncClient(transport=transport, base_url="http://zhixing") as http:
        yield http


async def running_at(folder: Path) -> str | None:
    """Of the server that runs on these data; None when none answers (a killed one may have left its address)."""
    file = folder / ADDRESS_FILE
    if not file.exists():
        return None
    address = orjson.loads(file.read_bytes())["address"]
    async with httpx.AsyncClient(base_url=address, timeout=5, trust_env=False) as http:
        try:
            return address if (await http.get(f"{PREFIX}/health/live")).status_code == 200 else None
        except httpx.HTTPError:
            return None
