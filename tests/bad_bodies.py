"""Bodies that no command takes, made out of one that it does, and what the answer to each must say."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

MARK = "Qx7Marked"  # stands in what is sent; must stand in no answer
MALFORMED = [b"", b"{", b"[1", b'{"a":1}}', b"\xff\xfe", b"{'a':1}", b"\0", f'{{"{MARK}": '.encode()]
DEEP = [b"[" * 10_000, b'{"a":' * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
NO_OBJECT = [b"null", b"NaN", b"1", b"[]", b"true", f'"{MARK}"'.encode()]
LEAVES: dict[type, list[Any]] = {
    str: [f"{MARK}\0", f"{MARK}\n", MARK * 1000, "", 1, True, None, [MARK], {MARK: MARK}],
    int: [-1, -(2**63) - 1, 2**63, 10**30, 1.5, "5", True, None, [1]],
    bool: [1, 0, "true", None, MARK],
    list: [[[MARK]], {MARK: 1}, MARK, [MARK] * 10_000, None],
    dict: [[MARK], MARK, 1, {MARK: MARK}],
}
AT = [MARK, "2026-03-02", "2026-03-02T09:00:00", 10**30, "0001-01-01T00:00:00Z", "1989-12-31T00:00:00Z",
      "2026-13-45T00:00:00Z", "9999-12-31T23:59:59Z", [], True]  # fmt: skip


class Bad(NamedTuple):
    """`field`: what the problem must name, or begin with; "" where the body is none at all."""

    body: bytes
    status: int
    field: str


def bad_bodies(model: type[BaseModel], good: dict[str, Any]) -> Iterator[Bad]:
    yield from (Bad(body, 400, "body") for body in (*MALFORMED, *DEEP))
    yield from (Bad(_dump(good)[:-1] + b', "at": ' + deep + b"}", 400, "body") for deep in DEEP)
    yield from (Bad(body, 422, "body") for body in NO_OBJECT)
    yield from (Bad(_dump({**good, key: 1}), 422, "body.") for key in (MARK, "actor", "court", "subject", "\0"))
    yield from (Bad(_dump({**good, "at": at}), 422, "body.at") for at in AT)
    yield Bad(_dump({**good, "timeprecision": MARK}), 422, "body.timeprecision")
    for path, bad in _with_bad_leaves(good):
        if not _is_taken(model, bad):
            yield Bad(_dump(bad), 422, f"body.{path[0]}")


def _with_bad_leaves(good: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    for path, value in _leaves(good):
        for wrong in LEAVES[type(value)]:
            bad = deepcopy(good)
            node: Any = bad
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = wrong
            yield path, bad


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key), value
        yield from _leaves(value, (*path, key))


def _is_taken(model: type[BaseModel], body: dict[str, Any]) -> bool:
    """Some of what is wrong for one field is right for another; what is right may be carried out, and is not sent."""
    try:
        model.model_validate_json(_dump(body))
    except ValidationError:
        return False
    return True


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
