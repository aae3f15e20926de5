"""Forgetting a person: the names are gone from everywhere, and nothing that happened, was due or was paid changes."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from infra.evidence.verifying import Fault, verify
from infra.host import SERVICES
from intake.privacy import TABLE, Vault
from kernel.feed import SERVICES as SERVICE_LOGS
from supervision.rebuild import rebuild
from tests import papers
from tests.needles import everything_stored, found
from tests.papers import PERSONAL
from tests.services import Bench, bench
from tests.walks import Walk, both, system
from tests.whole_court import QUERIES

OF_CASES = [q for q in QUERIES if q.path.startswith("/cases/{case_id}") and q.path.count("{") == 1]
OF_COURT = [q for q in QUERIES if q.service == "supervision" and q.path in ("/summary", "/figures", "/workload")]
PARTIES = "intake/cases/{case_id}/parties"


@contextlib.asynccontextmanager
async def again(database: str, before: Bench) -> AsyncIterator[Bench]:
    """The same data under services that start anew."""
    async with bench(database, list(SERVICES.values()), start=before.clock.now()) as b:
        await b.settle()
        yield b


async def seen(b: Bench, *walks: Walk) -> dict[str, Any]:
    """Every view of the cases and of the court, and every event; but for the one that shows names."""
    shown: dict[str, Any] = {service: await b.events(service) for service in b.running}
    for query in OF_CASES:
        for walk in walks:
            answer = await b.call("GET", query.service, query.path.format(case_id=walk.case.case_id), who="director")
            shown[f"{query} {walk.case.case_id}"] = (answer.status_code, answer.text)
    for query in OF_COURT:
        shown[str(query)] = await b.get(query.service, query.path, who="director")
    return {name: what for name, what in shown.items() if not name.startswith(PARTIES)}


async def named(b: Bench, walk: Walk) -> set[str]:
    text = json.dumps(await b.get("intake", f"/cases/{walk.case.case_id}/parties", who="director"), ensure_ascii=False)
    return {name for name in PERSONAL if name in text}


async def test_names_are_gone_and_history_deadlines_and_money_stand(database: str) -> None:
    # given a case that was paid and archived, and one whose flat is being sold
    async with system(database) as b:
        paid, priced = await both(b)
        assert await named(b, paid) == set(PERSONAL)
        before = await seen(b, paid, priced)
        # when the debtors of both and a creditor are forgotten
        for case_id, party_id in [
            (paid.case.case_id, paid.case.debtors[0]),
            (paid.case.case_id, paid.case.creditor),
            (priced.case.case_id, priced.case.debtors[0]),
        ]:
            await b.post("intake", f"/cases/{case_id}/parties/{party_id}/forget", who="director")
        await b.settle()
        # then nobody sees their names, and everything else is as it was
        assert await named(b, paid) == set()
        assert await named(b, priced) == {papers.CREDITOR_NAME, papers.CREDITOR_NO}
        assert await seen(b, paid, priced) == before
    # and so it is after a restart, and the read model made anew is the same
    async with again(database, b) as restarted:
        assert await seen(restarted, paid, priced) == before
        assert await named(restarted, paid) == set()
        live = restarted.running["supervision"].parts.application.live
        compared = await rebuild(live.model, live.derivation, restarted.clock.now(), verify=True)
        assert (compared.differences, compared.subjects > 0) == ([], True)
        # and the cases go on
        await priced_goes_on(restarted, priced)
    assert found(PERSONAL, await everything_stored(database)) == set()
    # and every log can still be shown to stand as it was written
    assert await faults(database) == dict.fromkeys(SERVICE_LOGS)


async def faults(database: str) -> dict[str, Fault | None]:
    connection = await asyncpg.connect(database)
    async with connection.transaction():
        verdicts = [await verify(connection, log, lambda _: None, since=None, noted=()) for log in SERVICE_LOGS]
    await connection.close()
    return {verdict.head.log: verdict.fault for verdict in verdicts if verdict.head.position}


async def priced_goes_on(b: Bench, walk: Walk) -> None:
    note = {"marks": {"disputed": True}}
    await b.post("intake", f"/cases/{walk.case.case_id}/notes", note, who="director")
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["funds_settled"]


async def wrapped_key(database: str, party_id: str) -> bytes | None:
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetchval(f"SELECT wrapped FROM {TABLE} WHERE party_id = $1", party_id)
    finally:
        await connection.close()


async def file_of_keys(database: str) -> bytes:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CHECKPOINT")
        return await connection.fetchval("SELECT pg_read_binary_file(pg_relation_filepath($1))", TABLE)
    finally:
        await connection.close()


@pytest.fixture
async def case(database: str) -> AsyncIterator[tuple[Bench, papers.Filed]]:
    async with bench(database, [SERVICES["intake"]]) as b:
        yield b, await papers.file_case(b)


async def test_a_destroyed_key_cannot_be_read_in_the_file_of_its_table(
    database: str, case: tuple[Bench, papers.Filed]
) -> None:
    b, filed = case
    [debtor] = filed.debtors
    key = await wrapped_key(database, debtor)
    assert key is not None
    assert key in await file_of_keys(database)
    await b.post("intake", f"/cases/{filed.case_id}/parties/{debtor}/forget", who="director")
    assert key not in await file_of_keys(database)
    other = await wrapped_key(database, filed.creditor)
    assert other is not None
    assert other in await file_of_keys(database)


async def test_an_older_backup_of_the_keys_brings_nobody_back(database: str) -> None:
    # given a backup of the keys, and somebody who was forgotten after it was made
    async with bench(database, [SERVICES["intake"]]) as b:
        filed = await papers.file_case(b)
        [debtor] = filed.debtors
        backup = await wrapped_key(database, debtor)
        await b.post("intake", f"/cases/{filed.case_id}/parties/{debtor}/forget", who="director")
        await b.advance(minutes=2)
    # when it is restored, and the service starts
    connection = await asyncpg.connect(database)
    await connection.execute(f"UPDATE {TABLE} SET wrapped = $2 WHERE party_id = $1", debtor, backup)
    await connection.close()
    async with bench(database, [SERVICES["intake"]], start=b.clock.now()) as restarted:
        await restarted.advance(seconds=1)
        # then the key is destroyed again
        assert await wrapped_key(database, debtor) is None


async def test_without_the_file_of_the_secret_or_without_the_keys_nothing_opens(
    database: str, case: tuple[Bench, papers.Filed]
) -> None:
    """The keys stand apart from the log: in a schema that a backup of the log leaves out."""
    b, filed = case
    stored = await everything_stored(database)
    key = await wrapped_key(database, filed.debtors[0])
    assert key is not None
    assert {place for place, value in stored if key in value} == {f"{TABLE}.wrapped"}
    assert [place for place, value in stored if b.host.secret in value] == []
    opened = await Vault(b.host.pool, b.host.secret).keys(filed.case_id)
    assert [place for place, value in stored for each in opened.keys.values() if each in value] == []
