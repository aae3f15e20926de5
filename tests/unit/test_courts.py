"""Which rules bind a court on a day: the services that decide and supervision ask one resolver."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.courts import Courts
from kernel.problems import Invalid, Unavailable
from rules.breach import State
from rules.derive import derive
from rules.fact import Fact
from rules.rulebook import Rulebook
from tests.unit.clocks import amended, at, clock, fact, pack, void

pytestmark = pytest.mark.fast

D = date(2026, 3, 5)
BEFORE, AFTER = date(2026, 3, 4), date(2026, 3, 6)
TERMS = {"1.0.0": 7, "2.0.0": 3, "3.0.0": 5}
BOOK = Rulebook([pack(clock(term={"days": n}), version=version) for version, n in TERMS.items()])


def published(version: str, since: date = date(2020, 1, 1), recorded: str = "2026-01-01") -> Fact:
    told = {"what": "pack", "name": "t", "version": version, "effective_from": since.isoformat()}
    return fact("PolicyPublished", recorded, **told, digest="digest", provisional=False)


FIRST = published("1.0.0")


def hearing(*facts: Fact) -> Courts:
    """The courts, to a service that has heard these facts."""
    courts = Courts({"t": BOOK}, {}, {}).apart()
    courts.hear(facts)
    return courts


def decided_by(courts: Courts, day: date) -> str | None:
    """The version a service decides by, of what happens on a day; None before the first rules."""
    try:
        return courts.policy("t", at(f"{day}T10:00")).versions["t"]
    except Invalid:
        return None


def supervised_by(courts: Courts, day: date) -> str | None:
    """The version of the clock that starts on a day; None where, as is known now, none does."""
    begun = fact("Begun", f"{day}T10:00")
    found = derive([begun], courts["t"], as_of=at("2026-12-01"), reference=courts.reference("t"))
    return next((each.pack_version for each in found.clocks if each.state is not State.WITHDRAWN), None)


def versions(courts: Courts, days: Sequence[date] = (BEFORE, D, AFTER)) -> list[str | None]:
    """Of each day the version that services and supervision agree on."""
    found = [decided_by(courts, day) for day in days]
    assert found == [supervised_by(courts, day) for day in days]
    return found


def test_a_second_version_binds_from_its_effective_day_on():
    assert versions(hearing(FIRST, published("2.0.0", D))) == ["1.0.0", "2.0.0", "2.0.0"]


def test_what_is_loaded_but_not_published_binds_nobody_once_something_is():
    assert versions(hearing(FIRST)) == ["1.0.0", "1.0.0", "1.0.0"]
    assert versions(hearing()) == ["3.0.0", "3.0.0", "3.0.0"], "by their own days, while nothing is published"


def test_the_day_that_is_published_holds_not_the_packs_own():
    assert versions(hearing(published("1.0.0", D))) == [None, "1.0.0", "1.0.0"]


@pytest.mark.parametrize(
    ("day", "found"),
    [(AFTER, ["1.0.0", "1.0.0", "2.0.0"]), (BEFORE, ["2.0.0", "2.0.0", "2.0.0"])],
    ids=["later", "earlier"],
)
def test_a_corrected_effective_day_holds_for_both(day, found):
    second = published("2.0.0", D)
    assert versions(hearing(FIRST, second, amended(second, "2026-03-01", effective_from=day.isoformat()))) == found


def test_a_version_published_anew_with_another_day_binds_from_that_day():
    assert versions(hearing(FIRST, published("2.0.0", D), published("2.0.0", AFTER, "2026-02-01"))) == [
        "1.0.0",
        "1.0.0",
        "2.0.0",
    ]


def test_a_publication_that_is_void_binds_nobody():
    second = published("2.0.0", D)
    assert versions(hearing(FIRST, second, void(second, "2026-03-01"))) == ["1.0.0", "1.0.0", "1.0.0"]


def test_what_is_heard_later_counts_from_then_on():
    courts = hearing(FIRST)
    assert versions(courts) == ["1.0.0", "1.0.0", "1.0.0"]
    courts.hear([published("2.0.0", D)])
    assert versions(courts) == ["1.0.0", "2.0.0", "2.0.0"]


def test_what_one_service_has_heard_counts_for_it_alone():
    installed = Courts({"t": BOOK}, {}, {})
    one, other = installed.apart(), installed.apart()
    one.hear([FIRST])
    assert (decided_by(one, D), decided_by(other, D), decided_by(installed, D)) == ("1.0.0", "3.0.0", "3.0.0")


def test_a_version_that_is_not_installed_lets_nobody_decide():
    courts = hearing(FIRST, published("9.0.0", D))
    with pytest.raises(Unavailable, match=r"t 9\.0\.0"):
        courts.policy("t", at("2026-03-04"))


def test_a_posting_leaves_the_rules_what_they_are():
    courts = hearing(FIRST, published("2.0.0", D))
    before = courts.policy("t", at("2026-03-06"))
    courts.hear([fact("MemberPosted", "2026-03-01", member_id="m", team="fast", post="judge", reason="appointed")])
    assert courts.policy("t", at("2026-03-06")) is before
    assert courts.reference("t").team_sizes(at("2026-03-06"), at("2026-03-06")) == {"fast": 1}


days = st.integers(0, 20).map(lambda n: D - timedelta(days=10) + timedelta(days=n))
recorded = st.integers(1, 28).map("2026-02-{:02}".format)
publications = st.lists(
    st.builds(published, st.sampled_from([*TERMS]), days, recorded) | st.just(FIRST), min_size=1, max_size=5
)


@st.composite
def heard(draw: st.DrawFn) -> list[Fact]:
    """Publications, some corrected, some of these twice."""
    told = draw(publications)
    wrong = draw(st.lists(st.sampled_from(told), max_size=3))
    fixed = [
        amended(each, f"2026-03-{n:02}", effective_from=draw(days).isoformat())
        if draw(st.booleans())
        else void(each, f"2026-03-{n:02}")
        for n, each in enumerate(wrong, 1)
    ]
    return draw(st.permutations([*told, *fixed]))


@given(heard(), days)
def test_services_and_supervision_agree_on_every_day(facts, day):
    versions(hearing(*facts), [day])
