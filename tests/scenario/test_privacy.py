"""Personal data of parties: shown to those who need them, unreadable in the database, forgotten for good."""

import io
import json
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import structlog
from cryptography.exceptions import InvalidTag

from intake.privacy import CaseKeys, Vault
from intake.service import SERVICE as INTAKE
from kernel.problems import Unavailable
from kernel.telemetry import configure_logs
from tests import papers
from tests.needles import everything_stored, found
from tests.papers import PERSONAL, Filed, file_case, receive
from tests.services import Bench, bench

KEY, OTHER = b"k" * 32, b"o" * 32
STRANGER = "Nobody 王五魁"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [INTAKE]) as running:
        yield running


def assert_tells_nobody(*stored: bytes) -> None:
    assert not found(PERSONAL, [("there", value) for value in stored]), "a name, number or address can be read"


async def deal_with(b: Bench, case: Filed) -> None:
    """What usually happens to a case after its filing."""
    await papers.send_document(b, case, "enforcement_notice")
    await b.post(
        "intake", f"/cases/{case.case_id}/contacts", papers.contact("phone", *case.debtors), who="filing_officer"
    )
    known = {"phones": [papers.DEBTOR_PHONE], "addresses": {"residence": papers.DEBTOR_HOME}}
    await b.post("intake", f"/cases/{case.case_id}/parties/{case.creditor}", known, who="filing_officer")
    await b.settle()


async def test_nothing_stored_tells_who_somebody_is(b: Bench, database: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError):  # the scan can fail: it finds what is written in plain
        assert_tells_nobody(json.dumps(papers.application()).encode())
    case = await file_case(b)
    await deal_with(b, case)
    stored, said = [value for _, value in await everything_stored(database)], capfd.readouterr()
    assert any(case.case_id.encode() in value for value in stored)
    assert case.case_id in said.out + said.err
    assert_tells_nobody(*stored, said.out.encode(), said.err.encode())


async def test_names_are_shown_to_the_posts_that_need_them(b: Bench) -> None:
    case = await file_case(b)
    path = f"/cases/{case.case_id}/parties"
    creditor, debtor = await b.get("intake", path, who="filing_officer")
    assert (creditor["name"], creditor["identity_no"]) == (papers.CREDITOR_NAME, papers.CREDITOR_NO)
    assert (debtor["phones"], debtor["addresses"]) == ([papers.DEBTOR_PHONE], {"confirmed": papers.DEBTOR_HOME})
    for who in ("director", "chief", "general_officer", "service_officer"):
        assert await b.get("intake", path, who=who) == [creditor, debtor]
    for who in ("finance_officer", "auction_officer", "f1-judge"):
        assert (await b.call("GET", "intake", path, who=who)).status_code == 403
    # the view of the case itself names nobody
    assert_tells_nobody(json.dumps(await b.get("intake", f"/cases/{case.case_id}", who="clerk")).encode())


async def test_who_has_seen_the_names_of_a_case_or_tried_to_is_in_the_log(b: Bench) -> None:
    case = await file_case(b)
    with structlog.testing.capture_logs() as lines:
        await b.get("intake", f"/cases/{case.case_id}/parties", who="director")
        await b.call("GET", "intake", f"/cases/{case.case_id}/parties", who="f1-judge")  # who is not shown them
        await b.get("intake", f"/cases/{case.case_id}", who="clerk")  # which names nobody
    [line, tried] = lines
    assert (line["event"], line["case_id"], line["member"]) == ("names seen", case.case_id, "yiyang-director")
    assert len(line["trace"]) == 32
    assert (tried["event"], tried["command"]) == ("not for this post", "see_parties")
    assert (tried["subject"], tried["member"]) == (case.subject, "yiyang-f1-judge")
    assert_tells_nobody(json.dumps(lines).encode())


async def test_more_is_learnt_of_a_party(b: Bench) -> None:
    received = await receive(b, parties=[papers.party("debtor", STRANGER, phones=["123"])])
    [party_id] = received["party_ids"]
    path = f"/cases/{received['case_id']}/parties"
    answer = await b.post("intake", f"{path}/{party_id}", {"identity_no": papers.DEBTOR_NO}, who="filing_officer")
    assert answer == {}
    [known] = await b.get("intake", path, who="filing_officer")
    assert (known["name"], known["identity_no"], known["phones"]) == (STRANGER, papers.DEBTOR_NO, ["123"])
    [view] = (await b.get("intake", f"/cases/{received['case_id']}", who="clerk"))["parties"]
    assert len(view["debtor_hash"]) == 64


async def test_a_person_is_forgotten_and_the_history_stays(b: Bench, database: str) -> None:
    # given a case whose debtor is to be forgotten
    case = await file_case(b)
    [debtor] = case.debtors
    path = f"/cases/{case.case_id}/parties"
    await b.refused(403, "intake", f"{path}/{debtor}/forget", who="filing_officer")
    await b.settle()
    before = await b.events("intake", case.subject)
    # when the director orders it, even twice
    await b.post("intake", f"{path}/{debtor}/forget", who="director")
    await b.post("intake", f"{path}/{debtor}/forget", who="director")
    # then the debtor's key is gone, the creditor's is not, and nothing else has changed
    creditor, forgotten = await b.get("intake", path, who="director")
    assert forgotten == {"party_id": debtor, "role": "debtor", "kind": "person", "forgotten": True}
    assert (creditor["name"], creditor["forgotten"]) == (papers.CREDITOR_NAME, False)
    connection = await asyncpg.connect(database)
    left = await connection.fetchval("SELECT wrapped FROM intake_keys.keys WHERE party_id = $1", debtor)
    await connection.close()
    assert left is None
    assert await b.events("intake", case.subject) == before
    # and nothing more is recorded of the person
    await b.refused(409, "intake", f"{path}/{debtor}", {"name": "Again"}, who="filing_officer")


async def test_who_is_to_be_forgotten_is_forgotten_though_the_service_ended_before_the_key_was_gone(
    b: Bench, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an order to forget that is durable, and a service that ended just then
    case = await file_case(b)
    [debtor] = case.debtors

    async def ended(*_: str) -> None:
        raise Unavailable("the service ends")

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "destroy", ended)
        await b.refused(503, "intake", f"/cases/{case.case_id}/parties/{debtor}/forget", who="director")
    # when it runs again, and nobody repeats the order
    await b.advance(minutes=2)
    # then the key is gone
    connection = await asyncpg.connect(database)
    left = await connection.fetchval("SELECT wrapped FROM intake_keys.keys WHERE party_id = $1", debtor)
    await connection.close()
    assert left is None


async def test_a_retried_application_does_not_bring_a_forgotten_person_back(b: Bench) -> None:
    received = await b.post("intake", "/applications", papers.application(), who="filing_officer", key="same")
    debtor = received["party_ids"][1]
    path = f"/cases/{received['case_id']}/parties"
    await b.post("intake", f"{path}/{debtor}/forget", who="director")
    again = await b.post("intake", "/applications", papers.application(), who="filing_officer", key="same")
    assert again == received
    assert [p["forgotten"] for p in await b.get("intake", path, who="director")] == [False, True]


async def test_one_debtor_has_one_hash_in_one_court(b: Bench) -> None:
    wide = papers.DEBTOR_NO.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    assert wide != papers.DEBTOR_NO
    vault: Vault = b.running["intake"].parts.application.vault
    first, second = await file_case(b), await file_case(b)
    filed = [e["data"]["parties"][1]["debtor_hash"] for e in await b.events("intake", name="CaseFiled")]
    assert first.case_id != second.case_id
    assert filed[0] == filed[1] == vault.identity_hash("yiyang", f" {wide}")
    assert vault.identity_hash("horqin", papers.DEBTOR_NO) != filed[0]
    assert vault.identity_hash("yiyang", "") == ""


async def test_problems_never_repeat_what_was_sent(b: Bench) -> None:
    bad = [
        papers.application(parties=[papers.debtor(phones=papers.DEBTOR_PHONE)]),
        papers.application(parties=[papers.debtor(addresses={papers.DEBTOR_HOME: papers.DEBTOR_HOME})]),
        papers.application(parties=[papers.debtor(identity_no=papers.DEBTOR_NAME)]),
        papers.application(parties=[papers.debtor() | {"role": papers.DEBTOR_NAME}]),
        papers.application(parties=[papers.debtor(**{papers.CREDITOR_NO: 1})]),
        papers.application(items=[papers.DEBTOR_NAME]),
    ]
    for body in bad:
        problem = await b.refused(422, "intake", "/applications", body, who="filing_officer")
        assert_tells_nobody(json.dumps(problem, ensure_ascii=False).encode())


async def test_another_secret_opens_no_key(b: Bench) -> None:
    case = await file_case(b)
    with pytest.raises(InvalidTag):
        await Vault(b.host.pool, b"another secret").keys(case.case_id)


@pytest.fixture
def logged() -> Iterator[io.BytesIO]:
    stream = io.BytesIO()
    configure_logs(stream)
    yield stream
    structlog.reset_defaults()


@pytest.mark.fast
def test_a_fault_in_the_log_shows_no_values(logged: io.BytesIO) -> None:
    try:
        raise_about(papers.DEBTOR_NAME)
    except KeyError:
        structlog.get_logger().exception("fault", case_id="yiyang-1")
    assert b"raise_about" in logged.getvalue()
    assert_tells_nobody(logged.getvalue())


def raise_about(_name: str) -> None:
    raise KeyError


@pytest.mark.fast
def test_what_is_sealed_for_one_place_cannot_be_read_in_another() -> None:
    keys = CaseKeys("c1", {"p1": KEY, "p2": KEY})
    sealed = keys.seal("p1", {"name": STRANGER, "phones": ["1", "2"]})
    assert keys.unseal("p1", sealed) == {"name": STRANGER, "phones": ["1", "2"]}
    assert keys.seal("p1", {"name": STRANGER}) != keys.seal("p1", {"name": STRANGER})
    moved = [
        (keys, "p2", sealed),
        (CaseKeys("c2", {"p1": KEY}), "p1", sealed),
        (CaseKeys("c1", {"p1": OTHER}), "p1", sealed),
        (keys, "p1", {"phones": sealed["name"]}),
    ]
    for other, party_id, values in moved:
        with pytest.raises(InvalidTag):
            other.unseal(party_id, values)
    assert CaseKeys("c1", {}).unseal("p1", sealed) is None
