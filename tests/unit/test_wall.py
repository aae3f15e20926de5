"""The wallboard without a browser: versions of regions, sessions, words, and what is vendored."""

import asyncio
import hashlib
import json
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supervision
from kernel.principals import LocalIssuer, Principal
from kernel.problems import Forbidden, Unauthenticated
from supervision.texts import TEXTS
from supervision.wall import Channel, Sessions

pytestmark = pytest.mark.fast
VENDOR = Path(supervision.__file__).parent / "static" / "vendor"
CHIEF = Principal("yiyang-chief", "yiyang", ("chief",))


async def test_a_client_is_sent_what_it_lacks_and_a_slow_one_only_the_newest() -> None:
    channel = Channel()
    channel.publish({"a": "<p>1</p>", "b": "<p>x</p>"})
    async with aclosing(channel.updates()) as quick, aclosing(channel.updates()) as slow:
        assert await anext(quick) == await anext(slow) == "<p>1</p><p>x</p>"
        assert channel.watchers == 2
        for number in range(2, 5):
            waiting = asyncio.create_task(anext(quick))
            await asyncio.sleep(0)
            channel.publish({"a": f"<p>{number}</p>", "b": "<p>x</p>"})
            assert await waiting == f"<p>{number}</p>"
        assert await anext(slow) == "<p>4</p>"
    assert channel.watchers == 0


async def test_what_did_not_change_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supervision.wall.HEARTBEAT_S", 0.01)
    channel = Channel()
    channel.publish({"a": "<p>1</p>"})
    async with aclosing(channel.updates()) as updates:
        assert await anext(updates) == "<p>1</p>"
        channel.publish({"a": "<p>1</p>"})
        assert await anext(updates) == ""  # a heartbeat


def test_a_ticket_opens_one_session_and_only_for_posts_of_supervision() -> None:
    issuer = LocalIssuer(b"0" * 32)
    sessions = Sessions(b"0" * 32)
    ticket = sessions.ticket(CHIEF)
    session = sessions.begin(ticket)
    assert sessions.watcher(session) == Principal("yiyang-chief", "yiyang", ())
    with pytest.raises(Unauthenticated):
        sessions.begin(ticket)
    with pytest.raises(Forbidden):
        sessions.begin(sessions.ticket(Principal("yiyang-f1-judge", "yiyang", ("judge",))))
    for wrong in (None, "", "nonsense", issuer.token(CHIEF), LocalIssuer(b"1" * 32).token(CHIEF)):
        with pytest.raises(Unauthenticated):
            sessions.watcher(wrong)
    # and whoever has the address or the cookie can only watch
    for watching in (ticket, session):
        with pytest.raises(Unauthenticated):
            issuer.principal(watching)
    with pytest.raises(Unauthenticated):
        sessions.begin(issuer.token(CHIEF))


@pytest.mark.parametrize(
    ("amount", "unit", "zh", "en"),
    [
        (5, "days", "超期 5 天", "5 days over"),
        (1, "days", "超期 1 天", "1 day over"),
        (12, "working_days", "超期 12 个工作日", "12 working days over"),
        (1200, "hours", "超期 1,200 小时", "1,200 hours over"),
    ],
)
def test_overdue_time_is_told_in_the_unit_of_the_term(amount: int, unit: str, zh: str, en: str) -> None:
    assert (TEXTS["zh"].overdue(amount, unit), TEXTS["en"].overdue(amount, unit)) == (zh, en)


def test_numbers_and_days_are_written_as_the_court_reads_them() -> None:
    at = datetime(2026, 11, 20, 1, 5, tzinfo=UTC)
    zh, en = TEXTS["zh"], TEXTS["en"]
    assert (zh.number(2400), zh.tenths(849), zh.tenths(None), zh.percent(999)) == ("2,400", "84.9", "—", "99%")
    assert (zh.thousandths(45_012), zh.deviation(131, 100), zh.deviation(1, 0)) == ("45.0", "+31%", "—")
    assert (zh.moment(at), en.moment(at)) == ("2026年11月20日 星期五 09:05", "Fri 20 Nov 2026, 09:05")


def test_what_is_vendored_is_what_was_taken_from_the_registry() -> None:
    listed = json.loads((VENDOR / "vendored.json").read_text("utf-8"))
    present = {file.name for file in VENDOR.iterdir()} - {"vendored.json"}
    assert present == {name for file, about in listed.items() for name in (file, about["licence_file"])}
    for file, about in listed.items():
        assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == about["sha256"]
        assert about["version"]
        assert about["licence"]
