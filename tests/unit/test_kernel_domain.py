"""Events and aggregates: a draft leaves the original as it is, and every old event is read as today's."""

from collections import Counter, deque
from datetime import timedelta
from typing import Any

import orjson
import pytest
from eventsourcing.domain import OriginatorVersionError
from eventsourcing.utils import TopicError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kernel.corrections import evolve
from kernel.domain import Aggregate, Circumstances, decode, encode
from kernel.feed import event_of, own_event
from kernel.publishing import envelopes, finished, leaving
from tests.kernel_example import COURT, PUBLISHED, START, Account, AccountOpened, FundsReceived, call, contracts

pytestmark = pytest.mark.fast
BY = call("c-1").by


def opened() -> Account:
    draft = Account.empty("a").draft(BY)
    draft.open()
    return draft.settled()


def received(amount_fen: int = 100) -> FundsReceived:
    draft = opened().draft(BY)
    draft.receive("p-1", amount_fen)
    return draft.pending_events[0]


def test_an_aggregate_begins_empty_and_exists_with_its_first_event() -> None:
    account = Account.empty("a")
    assert (account.exists, account.version, account.key, account.id) == (False, 0, "a", "example/a")
    assert (opened().exists, opened().version, opened().subject) == (True, 1, "case/a")


def test_a_draft_leaves_the_original_as_it_is() -> None:
    account = opened()
    before = {name: str(value) for name, value in vars(account).items()}
    draft = account.draft(BY)
    draft.receive("p-1", 100)
    draft.pay_out("o-1", 30)

    assert {name: str(value) for name, value in vars(account).items()} == before
    assert (draft.balance_fen, draft.version, len(draft.pending_events)) == (70, 3, 2)


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], {"a"}, deque("a"), Counter("a")], ids=lambda v: type(v).__name__)
def test_a_draft_has_containers_of_its_own(value: Any) -> None:
    aggregate = Aggregate.empty("a")
    aggregate.held = value
    copied = aggregate.draft(BY).held
    assert copied == value
    assert type(copied) is type(value)
    assert copied is not value


def test_nothing_is_recorded_but_on_a_draft() -> None:
    with pytest.raises(AssertionError, match="drafts"):
        opened().receive("p-1", 1)


def test_all_events_of_a_command_share_its_circumstances() -> None:
    draft = opened().draft(BY)
    draft.receive("p-1", 100)
    draft.pay_out("o-1", 30)
    assert [event.by for event in draft.pending_events] == [BY, BY]
    assert {event.timestamp for event in draft.pending_events} == {BY.decided_at}


def test_a_stored_stream_evolves_to_the_same_state() -> None:
    draft = opened().draft(BY)
    draft.receive("p-1", 100)
    event = draft.pending_events[0]
    first = Account.empty("a").draft(BY)
    first.open()
    rows = [(e.TOPIC, encode(e)) for e in (*first.pending_events, event)]
    assert evolve(Account.empty("a"), rows).balance_fen == 100


def test_a_gap_in_a_stream_is_noticed() -> None:
    event = received()
    with pytest.raises(OriginatorVersionError):
        evolve(Account.empty("a"), [(event.TOPIC, encode(event))])


def test_an_event_that_lacks_who_did_it_cannot_be_read() -> None:
    """Rather than being stamped with the present."""
    state = orjson.loads(encode(received()))
    del state["by"]
    with pytest.raises(ValueError, match=r"by\s+Field required"):
        decode(FundsReceived.TOPIC, orjson.dumps(state))


def test_an_unknown_topic_cannot_be_read() -> None:
    with pytest.raises(TopicError):
        decode("example:Unheard.1", b"{}")


def payer_was_called_from(state: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "example:FundsReceived.0", {"payer": state.pop("from"), **state}


def amount_was_in_yuan(state: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return FundsReceived.TOPIC, {"amount_fen": state.pop("amount_yuan") * 100, **state}


def test_old_events_are_read_through_the_upcasters_of_their_topics() -> None:
    """Planted: a topic two versions old, whose fields were called otherwise and counted otherwise."""
    now = received(2500)
    old = orjson.loads(encode(now))
    old["from"], old["amount_yuan"] = old.pop("payer"), old.pop("amount_fen") // 100

    upcasters = {"example:MoneyCame.1": payer_was_called_from, "example:FundsReceived.0": amount_was_in_yuan}
    assert decode("example:MoneyCame.1", orjson.dumps(old), upcasters) == now


def test_a_command_mints_the_same_ids_again() -> None:
    first, again, other = call("c-1"), call("c-1"), call("c-2")
    assert first.mint("payment") == again.mint("payment")
    assert len({first.mint("payment"), first.mint("payout"), other.mint("payment")}) == 3
    assert first.mint("payment").startswith(f"{COURT}-")


@pytest.mark.parametrize(
    "wrong",
    [
        {"court": "Not a code"},
        {"actor": "a b"},
        {"post": "nobody"},
        {"team": "\0"},
        {"correlation_id": ""},
        {"causation_id": "x" * 129},
        {"traceparent": "here"},
        {"timeprecision": "day"},
        {"timeprecision": "day", "happened_at": START.replace(hour=3)},
    ],
    ids=str,
)
def test_circumstances_that_no_envelope_could_tell_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Circumstances(**{**vars(BY), **wrong})


@pytest.mark.parametrize("subject", ["nothing", "case/", "case/a b", "planet/a", "case/\0"])
def test_an_event_on_no_subject_of_the_language_is_not_recorded(subject: str) -> None:
    draft = Account.empty("a").draft(BY)
    with pytest.raises(ValidationError):
        draft.record(AccountOpened, subject=subject, account_id="a")
    event = received()
    elsewhere = {FundsReceived: lambda _: [(subject, contracts.AccountOpened(account_id="a"))]}
    with pytest.raises(ValueError, match="subject of the language"):
        leaving(event, elsewhere)


def test_an_event_on_a_subject_of_another_kind_is_not_published() -> None:
    draft = Account.empty("a").draft(BY)
    draft.record(AccountOpened, subject="money/a", account_id="a")
    with pytest.raises(ValueError, match="AccountOpened can be published on case/… only"):
        leaving(draft.pending_events[0], PUBLISHED)


def whole_circumstances() -> st.SearchStrategy[Circumstances]:
    """Every form in which somebody, or the system, may do something."""
    optional = {
        "post": st.sampled_from(["", "judge", "chief", "handler"]),
        "team": st.sampled_from(["", "f1", "affairs"]),
        "pack": st.sampled_from(["", "yiyang"]),
        "packversion": st.sampled_from(["", "1.0.0"]),
        "traceparent": st.sampled_from(["", f"00-{'a' * 32}-{'b' * 16}-01"]),
        "happened_at": st.sampled_from([None, START, START - timedelta(days=400)]),
        "actor": st.sampled_from(["system", "party", "yiyang-m1"]),
    }
    return st.fixed_dictionaries(optional).map(lambda chosen: Circumstances(**{**vars(BY), **chosen}))


@given(whole_circumstances(), st.sampled_from(["case/a", "case/yiyang-4ktm2q7xw3bcd5ea", "case/p.1"]))
def test_whatever_is_published_can_be_read(by: Circumstances, subject: str) -> None:
    """What a process does not decode again, because it has published it itself, others can decode."""
    draft = Account.empty("a").draft(by)
    draft.record(AccountOpened, subject=subject, account_id="a")
    [event] = draft.pending_events
    [envelope] = finished(envelopes(event, leaving(event, PUBLISHED), "funds"), 7, START)
    read, own = event_of("funds", envelope), own_event("funds", envelope)
    assert read.fault == ""
    assert (read.data, read.fact, read.lane) == (own.data, own.fact, own.lane)
    assert (read.name, read.position, read.court, read.subject) == ("AccountOpened", 7, COURT, subject)
