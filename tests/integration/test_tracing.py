"""One trace id leads from a request through log, carrier and reaction to what follows from them."""

from tests import papers
from tests.services import Bench
from tests.spans import CALLED, CALLER, TRACE, Memory, named
from tests.walks import system

FILING = "POST /intake/cases/{case_id}/filing"


async def filed(b: Bench) -> str:
    """A case filed by somebody who traces what he does. Gives its id."""
    case_id = (await papers.receive(b))["case_id"]
    await papers.review(b, case_id)
    await b.post("intake", f"/cases/{case_id}/filing", papers.filing(), who="filing_officer", headers=CALLED)
    await b.settle()
    return case_id


async def test_one_trace_leads_from_a_request_to_what_other_services_do(database: str) -> None:
    memory = Memory()
    async with system(database, tracing=memory.tracing) as b:
        case_id = await filed(b)
        told = {e["type"]: e["traceparent"] for e in await b.events("funds", f"case/{case_id}")}
    spans = memory.spans
    # the request follows the caller, and its append the request
    [request] = named(spans, FILING)
    assert (request.service, request.kind, request.parent) == ("intake", "SERVER", CALLER)
    assert (request.about["http.route"], request.about["http.response.status_code"]) == (FILING[5:], 200)
    assert [(each.service, each.kind) for each in named(spans, "append") if each.parent == request.id] == [
        ("intake", "CLIENT")
    ]
    # each reaction of another service follows the request, and is linked to it as to what made its message
    [opened] = named(spans, "react open_account")
    assert (opened.service, opened.kind, opened.parent, opened.links) == (
        "funds",
        "CONSUMER",
        request.id,
        (request.id,),
    )
    assert opened.about["zhixing.outcome"] == "done"
    # what the reaction does follows it, and tells the next so
    assert [each.service for each in named(spans, "append") if each.parent == opened.id] == ["funds"]
    assert told["zhixing.AccountOpened.v1"] == f"00-{TRACE}-{opened.id}-01"
    # a batch of events belongs to none of its causes, and is linked to all
    takers = {each.service for each in spans if each.name == "process events" and request.id in each.links}
    assert takers == set(b.running)
    # and nothing that anybody asks of a service begins a trace of somebody else's
    assert {each.trace for each in named(spans, "react open_account", TRACE)} == {TRACE}


async def test_a_request_without_a_trace_begins_one_and_machines_begin_none(database: str) -> None:
    memory = Memory()
    async with system(database, tracing=memory.tracing) as b:
        await b.call("GET", "intake", "/cases/yiyang-none", who="director", headers={"traceparent": "nonsense"})
        await b.call("GET", "intake", "/health/ready", who="director")
        await b.outside.get("/metrics")
    requests = [each for each in memory.spans if each.kind == "SERVER"]
    assert [(each.name, each.parent) for each in requests] == [("GET /intake/cases/{case_id}", "")]
    assert requests[0].about["http.response.status_code"] == 404


async def test_without_tracing_a_trace_goes_on_as_it_came(database: str) -> None:
    async with system(database) as b:
        case_id = await filed(b)
        for service in ("intake", "funds", "asset-control"):
            told = [e["traceparent"] for e in await b.events(service, f"case/{case_id}") if TRACE in e["traceparent"]]
            assert set(told) == {CALLED["traceparent"]}
