"""What an installation tells its services at each start: every change of courts.yaml, and each once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from infra.host import SERVICES
from infra.installation import Installation, Member, load_courts
from infra.introduction import introduce
from tests.services import COURT, Bench, bench, installation
from tests.walks import hosted

CLERK = "yiyang-o1-clerk"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [SERVICES["triage"], SERVICES["supervision"]]) as running:
        yield running


def changed(**changes: Any) -> Installation:
    home = installation()
    settings = {COURT: home.settings[COURT].model_copy(update=changes)}
    return replace(home, settings=settings, courts=load_courts(settings))


def with_clerk(team: str, *posts: str) -> Installation:
    others = [m for m in installation().settings[COURT].members if m.id != CLERK]
    return changed(members=(*others, Member(id=CLERK, team=team, posts=posts or ("clerk",))))


async def start(b: Bench, home: Installation) -> None:
    await introduce(replace(hosted(b), installation=home))
    await b.settle()


async def postings(b: Bench) -> list[tuple[str, str]]:
    told = await b.events("triage", f"member/{CLERK}", "MemberPosted")
    return [(event["data"]["team"], event["data"]["post"]) for event in told]


async def test_a_member_who_moves_and_moves_back_is_where_courts_yaml_says(b: Bench) -> None:
    for team in ("ordinary_1", "fast_1", "ordinary_1", "ordinary_1"):
        await start(b, with_clerk(team))
    assert await postings(b) == [("ordinary_1", "clerk"), ("fast_1", "clerk"), ("ordinary_1", "clerk")]


async def test_every_post_of_a_member_moves(b: Bench) -> None:
    for team in ("ordinary_1", "fast_1", "ordinary_1"):
        await start(b, with_clerk(team, "judge", "team_lead"))
    assert await postings(b) == [
        (team, post) for team in ("ordinary_1", "fast_1", "ordinary_1") for post in ("judge", "team_lead")
    ]


async def test_starting_again_changes_nothing_and_undoes_nothing(b: Bench) -> None:
    # given a member whom the chief has posted elsewhere
    await start(b, with_clerk("ordinary_1"))
    elsewhere = {"team": "fast_2", "post": "clerk", "reason": "appointed"}
    await b.post("triage", f"/members/{CLERK}/postings", elsewhere, who="chief")
    head = await b.running["triage"].log.head()
    # when the installation starts again and says what it said before, then the chief's word stands
    await start(b, with_clerk("ordinary_1"))
    assert await b.running["triage"].log.head() == head
    # until courts.yaml says something else: first what the chief said, then what it said at first
    for team in ("fast_2", "ordinary_1"):
        await start(b, with_clerk(team))
    assert (await postings(b))[-1] == ("ordinary_1", "clerk")


async def test_who_is_listed_no_more_has_left_and_may_come_back(b: Bench) -> None:
    gone = changed(members=[m for m in installation().settings[COURT].members if m.id != CLERK])
    # given a clerk, and another whom only the chief has posted
    await start(b, with_clerk("ordinary_1", "clerk", "enforcement_officer"))
    by_hand = {"team": "fast_2", "post": "clerk", "reason": "appointed"}
    await b.post("triage", "/members/yiyang-by-hand/postings", by_hand, who="chief")
    await b.settle()
    # when courts.yaml lists the clerk no more, at two starts
    for _ in range(2):
        await start(b, gone)
    # then he has left, told once, from every post; the other stays
    told = await b.events("triage", f"member/{CLERK}", "MemberPosted")
    assert [e["data"]["reason"] for e in told] == ["appointed", "appointed", "left"]
    assert told[-1]["actor"] == "system"
    assert len(await b.events("triage", "member/yiyang-by-hand", "MemberPosted")) == 1
    postings_now = b.running["triage"].parts.courts.reference(COURT).postings(b.clock.now(), b.clock.now())
    assert CLERK not in {posting.member for posting in postings_now}
    # and when he is listed again, he is back
    await start(b, with_clerk("ordinary_1"))
    assert (await postings(b))[-1] == ("ordinary_1", "clerk")
    assert (await b.events("triage", f"member/{CLERK}", "MemberPosted"))[-1]["data"]["reason"] == "appointed"


async def test_the_first_day_of_a_pack_may_be_moved_and_moved_back(b: Bench) -> None:
    days = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 1), date(2024, 1, 1)]
    for day in days:
        await start(b, changed(effective_from=day))
    told = await b.events("supervision", f"court/{COURT}", "PolicyPublished")
    for pack in installation().courts[COURT].packs:
        published = [e["data"] for e in told if (e["data"]["name"], e["data"]["version"]) == (pack.pack, pack.version)]
        first_days = [data["effective_from"] for data in published]
        assert first_days == ([str(day) for day in days[:3]] if pack.pack == COURT else [str(pack.effective.first)])
