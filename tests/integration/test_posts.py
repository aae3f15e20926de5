"""Every command × every post: whoever may not is refused, told for whom it is, and put on record; nothing else is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from infra.host import SERVICES
from kernel.http import ANYONE
from kernel.principals import Principal
from kernel.problems import POSTS as RULE
from tests.whole_court import COMMANDS, POSTS, QUERIES, RELEASE, Command, Court, whole_court

pytestmark = pytest.mark.asyncio(loop_scope="module")
EACH = [post for post in POSTS if post != "handler"]
ASKED = [command for command in COMMANDS if command.path != RELEASE]
GUARDED = [query for query in QUERIES if query.lines]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(module_database: str) -> AsyncIterator[Court]:
    async with whole_court(module_database) as at_work:
        at_work.b.may_park = True
        yield at_work


def may(command: Command) -> tuple[str, ...]:
    [line] = command.lines
    return tuple(SERVICES[command.service].may[line])


def somebody(post: str, member: str = "") -> Principal:
    """Who holds one post and no case, unless named."""
    return Principal(member or f"yiyang-some-{post}", "yiyang", (post,), "affairs")


async def holder(court: Court) -> str:
    """Who holds the case now, whatever was done to it meanwhile."""
    triage = court.b.running["triage"].parts.application
    return (await triage.known("yiyang", f"case/{court.ids['case_id']}")).view.holder


async def ask(court: Court, command: Command, who: Principal) -> httpx.Response:
    return await court.send(command, json=command.example, content=None, who=who)


async def is_known(court: Court, command: Command) -> bool:
    """Whether the path names something that rules decide on."""
    application = court.b.running[command.service].parts.application
    named = {name: id for name, id in court.ids_in(command.service).items() if f"{{{name}}}" in command.path}
    return bool(await application.subject_of(named))


async def recorded(court: Court, service: str, after: int) -> list[dict[str, Any]]:
    found = await court.b.get(service, f"/events?limit=1000&after={after}", who="director")
    return found["events"]


@pytest.mark.parametrize("command", ASKED, ids=str)
async def test_whoever_may_not_is_refused_and_the_refusal_is_on_record(court: Court, command: Command) -> None:
    # given everybody who has none of the posts, and a judge who does not hold the case
    await court.b.settle()
    head = await court.b.running[command.service].log.head()
    posts = may(command)
    others = [] if ANYONE in posts else [post for post in EACH if post not in posts]
    # when they try, then each is told for whom it is
    answers = await asyncio.gather(*(ask(court, command, somebody(post)) for post in others))
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (403, "urn:zhixing:problem:forbidden")
        assert (problem["detail"], problem["rule"]) == (f"this is for: {', '.join(posts)}", RULE)
        assert (problem["act"], problem["lacking"], problem["wanted_by"]) == (command.lines[0], ["post"], posts[0])
    # and that, and nothing else, is recorded of the thing it is about
    told = await recorded(court, command.service, head)
    about = others if await is_known(court, command) else []
    assert sorted((e["type"], e["data"]["act"], e["actor"], e["post"]) for e in told) == sorted(
        ("zhixing.ActRefused.v1", command.lines[0], f"yiyang-some-{post}", post) for post in about
    )
    assert {e["subject"].partition("/")[0] for e in told} <= {"case", "matter", "money"}


@pytest.mark.parametrize("command", ASKED, ids=str)
async def test_whoever_may_is_never_refused_for_his_post(court: Court, command: Command) -> None:
    """What else is wrong with the request may be told: a rule that keeps the act for another names another."""
    posts = may(command)
    members = [somebody(post) for post in EACH if post in posts or ANYONE in posts]
    if "handler" in posts and "{" in command.path:
        members += [somebody(post, await holder(court)) for post in ("judge", "enforcement_officer")]
    for member in members:
        problem = (await ask(court, command, member)).json()
        assert not problem.get("detail", "").startswith("this is for:"), member
        if "post" in problem.get("lacking", []):
            assert problem["wanted_by"] not in member.posts, member
            assert problem["rule"], member


@pytest.mark.parametrize("command", COMMANDS, ids=str)
async def test_who_is_no_member_of_the_court_does_nothing(court: Court, command: Command) -> None:
    head = await court.b.running[command.service].log.head()
    for stranger in (
        Principal("yiyang-party", "yiyang", ("party",), ""),
        Principal("yiyang-nobody", "yiyang", (), ""),
        Principal("horqin-chief", "horqin", tuple(EACH), "affairs"),
    ):
        answer = await court.send(command, json=command.example if command.model else None, content=None, who=stranger)
        assert answer.status_code in ((403,) if command.model else (403, 404)), stranger
    for impostor in ("system", "party", "external"):
        answer = await court.send(command, content=b"{}", who=Principal(impostor, "yiyang", tuple(EACH), "affairs"))
        assert answer.status_code == 401, impostor
    assert await court.b.running[command.service].log.head() == head


@pytest.mark.parametrize("query", GUARDED, ids=str)
async def test_what_only_some_may_see_is_shown_to_no_other_and_who_tried_is_in_the_log(
    court: Court, query: Command
) -> None:
    posts, url = may(query), court.url(query)
    for post in EACH:
        with structlog.testing.capture_logs() as lines:
            answer = await court.b.call("GET", query.service, url, who=somebody(post))
        tried = [(line["command"], line["member"]) for line in lines if line["event"] == "not for this post"]
        if post in posts:
            assert (answer.status_code, tried) == (200, []), post
        else:
            assert (answer.status_code, tried) == (403, [(query.lines[0], f"yiyang-some-{post}")]), post
    if "handler" in posts:
        answer = await court.b.call("GET", query.service, url, who=somebody("judge", await holder(court)))
        assert answer.status_code == 200


async def test_only_the_director_and_the_chief_release_what_is_parked(court: Court) -> None:
    for command in (command for command in COMMANDS if command.path == RELEASE):
        for post in EACH:
            answer = await court.send(command, who=somebody(post))
            assert answer.status_code == (404 if post in ("director", "chief") else 403), f"{command} {post}"


async def test_a_refusal_comes_back_as_it_was_told_and_is_recorded_once(court: Court) -> None:
    command = next(c for c in COMMANDS if c.lines == ("close_case",))
    request: dict[str, Any] = {"who": somebody("clerk"), "json": command.example, "content": None, "key": "refused"}
    head = await court.b.running["triage"].log.head()
    first, again = [await court.send(command, **request) for _ in range(2)]
    assert first.status_code == 403
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert len(await recorded(court, "triage", head)) == 1


async def test_an_attempt_on_nothing_is_no_fact(court: Court) -> None:
    command = next(c for c in COMMANDS if c.lines == ("close_case",))
    head = await court.b.running["triage"].log.head()
    url = court.url(command, case_id="yiyang-there-is-none")
    assert (
        await court.send(command, url, json=command.example, content=None, who=somebody("clerk"))
    ).status_code == 403
    assert await court.b.running["triage"].log.head() == head
