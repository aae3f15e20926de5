"""A command as it came in: what its events say of the rules it was decided by."""

import pytest

from kernel.domain import decode, encode
from tests.kernel_example import Account, AccountOpened, call
from tests.unit.yiyang import POLICY

pytestmark = pytest.mark.fast
DECIDED = call().under(POLICY).under(POLICY)  # as where one command decides by another


def opened(by=DECIDED.by, ruleid: str = "") -> AccountOpened:
    draft = Account.empty("a").draft(by)
    draft.record(AccountOpened, subject="case/a", ruleid=ruleid, account_id="a")
    return draft.pending_events[0]


@pytest.mark.parametrize(
    ("ruleid", "pack"),
    [("yiyang.pre_steps", "yiyang"), ("cn.p.pricing", "national"), ("cn.close_performed", "national"), ("", "yiyang")],
)
def test_an_event_names_the_pack_and_version_whose_rule_decided(ruleid, pack):
    event = opened(ruleid=ruleid)
    assert (event.ruleid, event.by.pack, event.by.packversion) == (ruleid, pack, POLICY.versions[pack])


def test_every_rule_in_force_is_named_by_its_own_pack():
    for rule in POLICY.rules.values():
        assert opened(ruleid=rule.id).by.pack == rule.pack


def test_what_no_rule_decided_names_no_pack():
    assert opened(call().by).by.pack == ""


def test_the_rules_themselves_are_not_stored():
    event = opened(ruleid="cn.p.pricing")
    assert decode(event.TOPIC, encode(event)) == event


def test_a_decision_by_a_rule_of_another_day_names_that_rules_pack():
    ruled = DECIDED.by_rule(POLICY.rules["cn.a.defer"]).by
    assert (ruled.pack, ruled.packversion) == ("national", POLICY.versions["national"])
