"""规则发布: a court's second version binds every service from one day on, the deciding ones and supervision alike."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

import packs
from contracts.families import FactCorrected
from funds.service import SERVICE as FUNDS
from kernel.courts import Courts
from kernel.service import Service
from rules.loader import load_pack
from rules.rulebook import Rulebook
from supervision.service import SERVICE as SUPERVISION
from tests import told
from tests.services import COURT, VERSION, Bench, bench, installation
from triage.service import SERVICE as TRIAGE

OLD, NEW = VERSION, "9.9.9"
FILED = date(2026, 3, 2)  # the day every test begins on
D = date(2026, 3, 5)
ALL = ["standard", "data", "contacts", "preservation", "form_documents", "enquiry"]
BY = {OLD: (OLD, ALL, OLD, "2026-03-09"), NEW: (NEW, ALL[:-1], NEW, "2026-03-06")}
"""What is seen of a case filed under a version: what decided, what it found lacking, what its clock is of, its last
day (of 7, or of 4)."""
Text = dict[str, Any]


@asynccontextmanager
async def two_versions(database: str, folder: Path, *services: Service) -> AsyncIterator[Bench]:
    async with bench(database, [*services, SUPERVISION], courts=with_a_second_version(folder / NEW)) as running:
        for version, since in ((OLD, date(2024, 1, 1)), (NEW, D)):
            await publish(running, version, since)
        yield running


@pytest.fixture
async def b(database: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with two_versions(database, tmp_path, TRIAGE) as running:
        yield running


# ---- given: a second version that asks for less, in less time -----------------------------------------------------


def with_a_second_version(folder: Path) -> Courts:
    copytree(packs.HOME / COURT / OLD, folder)
    edit(folder / "pack.yaml", lambda pack: pack.update(version=NEW))
    edit(folder / "clocks.yaml", lambda text: rule(text["clocks"], "yiyang.first_assignment").update(term={"days": 4}))
    edit(folder / "gates.yaml", lambda text: rule(text["gates"], "yiyang.pre_steps")["items"].pop())
    edit(folder / "authority.yaml", lambda text: rule(text["authority"], "yiyang.a.payout").update(chain=["chief"]))
    home = installation()
    second = load_pack(folder, effective_from=FILED, teams=home.settings[COURT].teams)
    digests = {**home.courts.digests, (COURT, NEW): second.digest}
    return Courts({COURT: Rulebook([*home.courts[COURT].packs, second])}, digests, home.courts.codes)


def edit(file: Path, change: Callable[[Text], object]) -> None:
    text = yaml.safe_load(file.read_text("utf-8"))
    change(text)
    file.write_text(yaml.safe_dump(text, allow_unicode=True), "utf-8")


def rule(rules: list[Text], id: str) -> Text:
    return next(each for each in rules if each["id"] == id)


async def publish(b: Bench, version: str, since: date) -> None:
    told = {"what": "pack", "name": COURT, "version": version, "provisional": False}
    body = {**told, "digest": b.host.courts.digests[COURT, version], "effective_from": since.isoformat()}
    await b.post("supervision", "/policies", body, who="chief")
    await b.settle()


async def correct(b: Bench, since: date) -> None:
    """What was published last was to take effect on another day."""
    event = (await b.events("supervision", name="PolicyPublished"))[-1]
    data = {**event["data"], "effective_from": since.isoformat()}
    right = FactCorrected(corrects=event["id"], how="amend", data=data, reason="entry_error")
    await b.tell("auction", right, "", subject=f"court/{COURT}")
    await b.settle()


# ---- when, then ------------------------------------------------------------------------------------------------------


async def rules_of(b: Bench, case_id: str) -> tuple[str, list[str], str, str]:
    """A case is filed now. By which version a service decides about it, what it finds, and what supervision reckons."""
    await told.filed(b, case_id)
    await b.refused(409, "triage", f"/cases/{case_id}/assignments", {"stage": "first"}, who="director")
    await b.settle()
    [refused] = await b.events("triage", f"case/{case_id}", "ActRefused")
    why = await b.get("supervision", f"/cases/{case_id}/why", who="director")
    [clock] = [each for each in why["clocks"] if each["rule"] == "yiyang.first_assignment"]
    return (
        refused["packversion"],
        refused["data"]["lacking"],
        clock["pack"].removeprefix("yiyang@"),
        clock["due"][:10],
    )


async def test_a_version_decides_and_is_supervised_from_its_effective_day_on(b: Bench) -> None:
    assert await rules_of(b, "yiyang-before") == BY[OLD]
    await b.advance(days=3)
    assert await rules_of(b, "yiyang-after") == (NEW, ALL[:-1], NEW, "2026-03-09")


async def test_a_corrected_effective_day_binds_services_and_supervision(b: Bench) -> None:
    await correct(b, FILED)
    assert await rules_of(b, "yiyang-before") == BY[NEW]


@pytest.mark.parametrize(
    "move", [correct, lambda b, since: publish(b, NEW, since)], ids=["corrected", "published anew"]
)
async def test_an_effective_day_put_off_binds_services_and_supervision(b: Bench, move: Any) -> None:
    await move(b, date(2026, 3, 20))
    await b.advance(days=3)
    assert await rules_of(b, "yiyang-after") == (OLD, ALL, OLD, "2026-03-12")


@pytest.mark.clause("Y16")
async def test_an_approval_ends_under_the_rules_it_was_asked_under(database: str, tmp_path: Path) -> None:
    async with two_versions(database, tmp_path, FUNDS) as b:
        # given leave asked under the first version: the handler decides, then the chief
        await told.filed(b)
        await told.held(b)
        ask = {"act": "payout", "proposal": [], "amount_fen": 1, "evidence": []}
        asked = await b.post("funds", f"/cases/{told.CASE}/approvals", ask, who=told.HANDLER)
        # when it turns out that the second version, by which only the chief decides, was in force already
        await correct(b, FILED)
        # then the chain stays what it was
        path, step = f"/approvals/{asked['approval_id']}/decide", {"decision": "approved", "in_person": True}
        for who, final in ((told.HANDLER, False), ("chief", True)):
            answer = await b.post("funds", path, {**step, "channel": "online"}, who=who)
            assert answer["final"] is final
        assert {e["packversion"] for e in await b.events("funds", name="ApprovalDecided")} == {OLD}
