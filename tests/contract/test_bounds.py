"""Every field has bounds: what is outside them is refused, and the refusal never repeats what was sent."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.base import INT64_MAX
from contracts.catalogue import BY_NAME, BadData, UnknownEvent, decode
from contracts.envelope import Envelope
from contracts.funds import FundsReceived
from contracts.intake import ClaimChanged
from contracts.supervision import DutyPerformed
from contracts.triage import CaseClosed, TermExtended
from tests.contract.samples import NAMES, golden

pytestmark = pytest.mark.fast

WRONG: dict[type, list[Any]] = {
    str: ["a\0", "a\n", "a b\x7f", "x" * 1000, "", 1, True, ["a"]],
    int: [2**63, -(2**63) - 1, 10**30, 1.5, "5", True],
    bool: [1, 0, "true"],
}
MAY_BE_EMPTY = {"area", "debtor_hash", "occurrence"}


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key), value
        yield from _leaves(value, (*path, key))


def _with(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(data)
    node: Any = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


def _accepted(name: str, data: dict[str, Any]) -> bool:
    try:
        BY_NAME[name].model_validate(data)
    except ValidationError:
        return False
    return True


def _faults(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    data = golden(name)
    for path, value in _leaves(data):
        if name == "FactCorrected" and path[0] == "data" and len(path) > 1:
            continue  # the data of another event, held against that one where they are entered
        wrong = [[value[0]] * 201, {}] if isinstance(value, list) and value else WRONG.get(type(value), [])
        for bad in wrong:
            if not (bad == "" and path[-1] in MAY_BE_EMPTY):
                yield f"{path}={str(bad)[:20]!r}", _with(data, path, bad)


@pytest.mark.parametrize("name", NAMES)
def test_no_field_takes_nul_bytes_huge_numbers_long_lists_or_another_type(name: str) -> None:
    assert [fault for fault, data in _faults(name) if _accepted(name, data)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_event_takes_fields_of_its_own_making(name: str) -> None:
    assert not _accepted(name, {**golden(name), "remark": "x"})


@pytest.mark.parametrize("name", NAMES)
def test_no_required_field_may_be_missing(name: str) -> None:
    data = golden(name)
    required = [field for field, info in BY_NAME[name].model_fields.items() if info.is_required()]
    given = [BY_NAME[name].model_fields[field].serialization_alias or field for field in required]
    assert [key for key in given if _accepted(name, {k: v for k, v in data.items() if k != key})] == []


@pytest.mark.parametrize(("amount", "fits"), [(-1, False), (0, True), (INT64_MAX, True), (INT64_MAX + 1, False)])
def test_money_is_a_whole_number_of_fen_that_fits_64_bits(amount: int, fits: bool) -> None:
    assert _accepted("FundsReceived", {**golden("FundsReceived"), "amount_fen": amount}) is fits


def test_only_a_change_of_the_claim_is_signed() -> None:
    data = {"component": "waived", "amount_fen": -500, "new_total_fen": 0, "ground": "agreed"}
    assert ClaimChanged.model_validate(data).amount_fen == -500
    assert not _accepted("ClaimChanged", {**data, "new_total_fen": -1})


@pytest.mark.parametrize("day", ["2026-02-29", "20260301", "2026-03-01T00:00:00Z", "1772323200", 0])
def test_a_day_is_a_day_of_the_calendar(day: Any) -> None:
    with pytest.raises(ValidationError, match="Input should be a day like 2026-03-05"):
        CaseClosed.model_validate({**golden("CaseClosed"), "closed_on": day})


@pytest.mark.parametrize("instant", ["2026-03-05T01:30:00", "2026-03-05T09:30:00+08:00", "2026-03-05", "1772323200", 0])
def test_an_instant_is_in_utc(instant: Any) -> None:
    data = {
        "extension_id": "x-1", "clock": "cn.conclude", "occurrence": "", "unit": "months", "amount": 3,
        "asked_on": "2026-03-05T01:30:00Z", "approval_id": "ap-1", "reason": "complex",
    }  # fmt: skip
    assert TermExtended.model_validate(data).to_data() == data
    with pytest.raises(ValidationError, match="Input should be an instant in UTC"):
        TermExtended.model_validate({**data, "asked_on": instant})


@pytest.mark.parametrize(
    ("period", "fits"),
    [
        ("2026-03-05", True), ("2026-W10", True), ("2026-03#1", True), ("2026-03", True), ("2026-Q1", True),
        ("2026-H1", True), ("2026", True), ("2026-Q5", False), ("March", False), ("2026-03#3", False),
    ],
)  # fmt: skip
def test_the_period_of_a_duty_is_written_in_one_way(period: str, fits: bool) -> None:
    data = DutyPerformed.model_construct(
        duty="horqin.petitions", period=period, post="filing_officer", attendees=(), counts={}, cases=()
    ).to_data()
    assert _accepted("DutyPerformed", data) is fits


@pytest.mark.parametrize(
    ("case_no", "fits"),
    [
        ("（2026）豫0327执123号", True),
        ("（2026）豫0327执恢7号", True),
        ("（2016）最高法执1号", True),
        ("(2026)豫0327执123号", False),
        ("（2026）豫0327执123", False),
        ("豫0327执123号", False),
    ],
)
def test_a_case_number_has_the_form_of_the_supreme_court(case_no: str, fits: bool) -> None:
    assert _accepted("CaseFiled", {**golden("CaseFiled"), "case_no": case_no}) is fits


def test_a_reference_names_the_type_of_the_thing() -> None:
    check = golden("CheckRecorded")
    assert _accepted("CheckRecorded", {**check, "about": "lot:lot-1"})
    assert not _accepted("CheckRecorded", {**check, "about": "person:lot-1"})
    assert not _accepted("CheckRecorded", {**check, "about": "lot-1"})


SECRET = "13800001111"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payment_id": SECRET + "\0"}, "payment_id: "),
        ({"amount_fen": SECRET}, "amount_fen: Input should be a valid integer"),
        ({"into": SECRET}, "into: "),
        ({SECRET: 1}, "?: Extra inputs are not permitted"),
        ({"payer": {SECRET: SECRET}}, "payer: "),
    ],
)
def test_bad_data_are_refused_by_the_name_of_the_field_and_never_repeated(change: dict[str, Any], said: str) -> None:
    envelope = Envelope.model_construct(type=FundsReceived.type, data={**golden("FundsReceived"), **change})
    with pytest.raises(BadData) as refused:
        decode(envelope)
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        decode(Envelope.model_construct(type="zhixing.Nothing.v1", data={}))
