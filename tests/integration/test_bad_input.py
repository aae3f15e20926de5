"""Bad input, for every command of every service: a clear answer that never repeats it, and nothing recorded."""

import re
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio

from infra.host import serving
from kernel.principals import LocalIssuer, Principal
from tests.bad_bodies import MARK, bad_bodies
from tests.walks import hosted
from tests.whole_court import COMMANDS, POSTS, QUERIES, Command, Court, whole_court

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIFTY_MB, CHUNK = 50 * 1024 * 1024, 64 * 1024


TAKING = [command for command in COMMANDS if command.model is not None]
NAMING = [command for command in COMMANDS if "{" in command.path]
every = pytest.mark.parametrize("command", COMMANDS, ids=str)
every_taking = pytest.mark.parametrize("command", TAKING, ids=str)


async def _refuses(court: Court, command: Command, url: str = "", **request: Any) -> str:
    """What is wrong with the answer; "" for a clear one. It is told apart by status and the fields named."""
    wanted, fields = request.pop("status", None), request.pop("field", "")
    answer = await court.send(command, url, **request)
    fault = _fault(answer, wanted, fields)
    return f"{fault}: {answer.status_code} {answer.text[:300]}" if fault else ""


def _fault(answer: httpx.Response, wanted: int | None, field: str) -> str:
    if not 400 <= answer.status_code < 500 or wanted not in (None, answer.status_code):
        return f"not {wanted or '4xx'}"
    if answer.headers["content-type"] != "application/problem+json":
        return "no problem details"
    problem = answer.json()
    if not {"type", "title", "status", "detail"} <= problem.keys() or problem["status"] != answer.status_code:
        return "problem details are not whole"
    if field and not any(e["field"].startswith(field) and e["reason"] for e in problem.get("errors", [])):
        return f"does not name {field} and a reason"
    return "repeats the input" if MARK in answer.text or "\\u0000" in answer.text else ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(module_database: str) -> AsyncIterator[Court]:
    async with whole_court(module_database) as at_work:
        yield at_work


async def assert_refused(court: Court, command: Command, bad: Iterable[dict[str, Any]]) -> None:
    """Each of these requests."""
    before = await court.b._heads()
    faults = [(each, fault) for each in bad if (fault := await _refuses(court, command, **each))]
    assert faults == [], "\n".join(f"{str(each)[:200]} {fault}" for each, fault in faults)
    assert await court.b._heads() == before


# -- bodies


@every_taking
async def test_a_body_that_is_wrong_is_refused_and_the_answer_says_where(court: Court, command: Command) -> None:
    assert command.model is not None
    bodies = bad_bodies(command.model, command.example)
    await assert_refused(court, command, ({"content": b.body, "status": b.status, "field": b.field} for b in bodies))


@every
async def test_a_huge_body_is_not_even_read(court: Court, command: Command) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(FIFTY_MB // CHUNK):
            read += CHUNK
            yield b" " * CHUNK

    declared = {"content": b"{}", "headers": {"content-length": str(FIFTY_MB)}}
    lying = [{**declared, "headers": {"content-length": length}} for length in ("-1", "x", "", "9" * 40)]
    await assert_refused(court, command, [{**each, "status": 413} for each in (declared, *lying)])
    if command.model is not None:
        await assert_refused(court, command, [{"content": chunks(), "status": 413}])
        assert read <= 2 * 1024 * 1024


@every_taking
async def test_what_is_deep_or_endless_in_headers_or_paths_changes_nothing(court: Court, command: Command) -> None:
    headers = [{"zhixing-post": MARK}, {"zhixing-after": MARK}, {"zhixing-after": "intake:" + "9" * 999}]
    await assert_refused(court, command, [{**_good(command), "headers": header} for header in headers])


async def test_a_huge_body_is_refused_on_a_real_connection_too(court: Court) -> None:
    """Also to a client that goes on sending."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(FIFTY_MB // CHUNK):
            yield b" " * CHUNK

    headers = {"authorization": f"Bearer {court.b.host.issuer.token(court.who)}", "idempotency-key": "huge"}
    async with (
        serving(hosted(court.b), 0) as address,
        httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as http,
    ):
        for content in (b" " * FIFTY_MB, chunks()):
            answer = await http.post("/intake/applications", content=content, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


# -- who calls, and with which key


@every
async def test_without_a_valid_token_nothing_is_done(court: Court, command: Command) -> None:
    claims = {"sub": "yiyang-chief", "court": "yiyang", "posts": list(POSTS), "exp": 2**40}
    issuer, stranger = court.b.host.issuer, LocalIssuer(b"s" * 32)
    tokens = [
        "", "Bearer", "Bearer ", "Basic eA==", f"Bearer {MARK}", f"Bearer {MARK}.{MARK}.{MARK}", "Bearer a.b.c",
        f"Bearer {stranger.token(court.who)}", f"Bearer {issuer.token(court.who, lifetime_s=-1)}",
        f"Bearer {jwt.encode(claims, None, algorithm='none')}", f"Bearer {jwt.encode(claims, 's' * 32)}",
        f"Bearer {issuer.token(court.who)[:-4]}AAAA",
    ]  # fmt: skip
    requests = ({**_good(command), "headers": {"authorization": token}} for token in tokens)
    await assert_refused(
        court, command, ({**each, "status": 401, "field": "header.authorization"} for each in requests)
    )


@every
async def test_a_court_that_is_not_served_here_has_no_say(court: Court, command: Command) -> None:
    other = Principal("horqin-chief", "horqin", POSTS, "affairs")
    await assert_refused(court, command, [{**_good(command), "who": other, "status": 403 if command.model else 404}])


@every_taking
async def test_a_key_that_is_missing_or_overlong_is_refused(court: Court, command: Command) -> None:
    keys = ["", " \t ", "k" * 129, "k" * 100_000, "a\x01b", "a\tb"]
    requests = ({**_good(command), "headers": {"idempotency-key": key}} for key in keys)
    await assert_refused(
        court, command, ({**each, "status": 422, "field": "header.idempotency-key"} for each in requests)
    )


@every_taking
async def test_nobody_without_a_post_may_do_anything(court: Court, command: Command) -> None:
    nobody = Principal("yiyang-nobody", "yiyang", (), "")
    await assert_refused(court, command, [{**_good(command), "who": nobody, "status": 403}])


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_nobody_without_a_post_is_answered_plainly(court: Court, query: Command) -> None:
    nobody = Principal("yiyang-nobody", "yiyang", (), "")
    for asked in ("", "?act=close_case"):
        answer = await court.b.call("GET", query.service, court.url(query) + asked, who=nobody)
        assert answer.status_code in (200, 303, 403, 404, 409, 422), answer.text


# -- when


@every_taking
async def test_what_happens_later_is_not_recorded_now(court: Court, command: Command) -> None:
    now = court.b.clock.now()
    times = [now + timedelta(minutes=5, seconds=1), now + timedelta(days=1), now + timedelta(days=365_000)]
    bodies = ({**command.example, "at": at.isoformat()} for at in times)
    await assert_refused(
        court, command, ({"json": b, "content": None, "status": 422, "field": "body.at"} for b in bodies)
    )


# -- what is named


@pytest.mark.parametrize("command", NAMING, ids=str)
async def test_things_of_another_court_and_things_that_are_none_are_refused(court: Court, command: Command) -> None:
    first, urls = _strange(court, command)
    await assert_refused(court, command, ({**_good(command), "url": url} for url in urls))
    if command.model is not None:
        foreign = {**_good(command), "url": urls[0], "status": 403, "field": f"path.{first}"}
        await assert_refused(court, command, [foreign])


@pytest.mark.parametrize("query", [query for query in QUERIES if "{" in query.path], ids=str)
async def test_a_question_about_what_is_none_is_answered_plainly(court: Court, query: Command) -> None:
    _, urls = _strange(court, query)
    for url in urls:
        answer = await court.b.call("GET", query.service, url, who=court.who)
        assert answer.status_code in (200, 403, 404, 422), url
        assert "\0" not in answer.text


def _strange(court: Court, command: Command) -> tuple[str, list[str]]:
    """The name of the first id in the path, and URLs that name nothing there; the first a thing of another court."""
    first = re.findall(r"{(\w+)", command.path)[0]
    ids = ["horqin-1", "yiyang", "yiyang-", "yiyang-a%00b", f"yiyang-{MARK}%20", "yiyang-" + "9" * 5000, "%2e%2e",
           "yiyang-%F0%9F%92%A5", "yiyang-';--", f"yiyang-{MARK}"]  # fmt: skip
    return first, [court.url(command, **{first: name}) for name in ids]


def _good(command: Command) -> dict[str, Any]:
    return {"json": command.example, "content": None} if command.model else {}
