"""Any request, of any caller, is answered as the services' OpenAPI says: no 500, nothing undocumented.

A court at work is asked for everything by whoever it may be. What is answered names further things, and these are asked
about in turn. `./zhixing test tests/integration/test_fuzzed_apis.py --hypothesis-profile long` goes on for an hour.
"""

import asyncio
import itertools
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra.host import SERVICES, serving
from kernel.app import new_app
from kernel.principals import Principal
from tests.walks import hosted
from tests.whole_court import POSTS, Court, whole_court

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXAMPLES = 500 if settings.get_current_profile_name() == "long" else 4
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
NAMED = {"subject": ["case/yiyang-1", "member/yiyang-m1"], "clock": ["yiyang.first_assignment"]}
CLASSES = {  # as JSON writes them
    r"\\p{Cc}": r"\\x00-\\x1f\\x7f-\\x9f", r"\\p{L}\\p{N}_": r"\\w", r"\\p{Script=Han}": "[\u4e00-\u9fa5]",
}  # fmt: skip
_keys = itertools.count(1)


@dataclass
class Asked:
    """Where the services answer, who asks, and the things that are known by name: of the court, and as answered."""

    address: str
    tokens: list[str]
    things: dict[str, list[str]]
    http: requests.Session

    def learn(self, answer: Any) -> None:
        """Ids, by the names of fields that hold them."""
        items = answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ()
        for name, value in items:
            if isinstance(value, str) and value.startswith("yiyang-") and len(self.things[str(name)]) < 50:
                self.things[str(name)].append(value)
            self.learn(value)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(module_database: str) -> AsyncIterator[Asked]:
    async with whole_court(module_database) as court, serving(hosted(court.b), 0) as address:
        issuer = court.b.host.issuer
        callers = [court.who, court.who, *(Principal(f"yiyang-{post}", "yiyang", (post,), "f1") for post in POSTS)]
        strangers = [Principal("horqin-chief", "horqin", POSTS, "centre"), Principal("yiyang-no", "yiyang", (), "")]
        tokens = [issuer.token(each, lifetime_s=86_400) for each in (*callers, *strangers)]
        with requests.Session() as http:
            http.trust_env = False
            yield Asked(address, tokens, _things(court), http)


def _things(court: Court) -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list, {name: list(values) for name, values in NAMED.items()})
    for ids in (court.ids, *court.own.values()):
        for name, value in ids.items():
            found[name].append(value)
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_every_request_is_answered_as_the_openapi_says(asked: Asked, name: str) -> None:
    service = SERVICES[name]
    document = new_app(service.title, "", service.routers).openapi()
    schema = schemathesis.openapi.from_dict(readable(document))
    operations = [operation.ok() for operation in schema.get_all_operations()]
    faults = [fault for operation in operations if (fault := await asyncio.to_thread(ask, operation, asked, name))]
    assert faults == [], "\n\n".join(faults)
    assert len(operations) > 20


def readable(document: dict[str, Any]) -> dict[str, Any]:
    """With Unicode's classes in the patterns as Python's regular expressions know them."""
    text = json.dumps(document)
    for ours, pythons in CLASSES.items():
        text = text.replace(ours, pythons)
    assert r"\p{" not in text
    return json.loads(text)


def cases(operation: APIOperation) -> st.SearchStrategy[Case]:
    """Requests as the OpenAPI wants them, and wrong ones where the operation takes any input."""
    good = operation.as_strategy()
    takes_nothing = operation.path.startswith("/health/")
    return good if takes_nothing else good | good | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def ask(operation: APIOperation, asked: Asked, service: str) -> str:
    """What is wrong with an answer that is not as it should be; "" if there is none."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=cases(operation), chance=st.randoms(use_true_random=True))
    def send(case: Any, chance: random.Random) -> None:
        shape(case, asked.things, chance)
        headers = {"authorization": f"Bearer {chance.choice(asked.tokens)}"}
        answer = case.call(base_url=f"{asked.address}/{service}", session=asked.http, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 200:
            asked.learn(answer.json())

    try:
        send()
    except FailureGroup as error:
        return f"{operation.method} {operation.path}: {error}"
    return ""


def shape(case: Case, things: Mapping[str, list[str]], chance: random.Random) -> None:
    """Nearer to what is there: things are named that exist, and bodies are those that the OpenAPI shows."""
    if shown := _shown(case.operation):
        case.body = chance.choice([case.body, shown])
    case.body = with_things(case.body, things, chance)
    case.path_parameters = with_things(case.path_parameters, things, chance)
    case.query = with_things(case.query, things, chance) | ({"wait": 0} if "wait" in case.query else {})
    case.headers["Idempotency-Key"] = f"k{next(_keys)}"
    for name in ("Zhixing-After", "Zhixing-Post"):
        if name in case.headers and chance.random() < 0.9:
            del case.headers[name]


def with_things(told: Any, things: Mapping[str, list[str]], chance: random.Random) -> Any:
    """Most of the texts under a name that known things go by are one of those."""
    if isinstance(told, dict):
        return {name: _thing(name, value, things, chance) for name, value in told.items()}
    return [with_things(each, things, chance) for each in told] if isinstance(told, list) else told


def _thing(name: str, value: Any, things: Mapping[str, list[str]], chance: random.Random) -> Any:
    if isinstance(value, str) and things.get(name) and chance.random() < 0.8:
        return chance.choice(things[name])
    return with_things(value, things, chance)


def _shown(operation: APIOperation) -> Any:
    """The body that the OpenAPI shows, if there is one."""
    [*bodies] = operation.body
    return bodies[0].definition["schema"].get("examples", [None])[0] if bodies else None
