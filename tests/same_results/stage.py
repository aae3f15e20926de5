"""A caseload played through a cluster's processes, to which something may happen meanwhile.

async with stage(folder, PLAN, kafka, supervisions=3) as s:
    await s.play({0.2: lambda: s.kill("supervision"), 0.4: lambda: s.pause("supervision-2")})
"""

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from infra.cluster import Cluster, Node, cluster
from infra.demo.client import People
from infra.demo.play import Plan, tell
from infra.demo.timeline import Timeline
from infra.host import SERVICES
from infra.installation import load_installation
from infra.run import database
from kernel.feed import EVERY_LANE
from kernel.principals import LocalIssuer
from tests.same_results.played import CLOCK, SharedClock

PROGRAM = (sys.executable, "-P", "-m", "tests.same_results.played")
SILENT_S = 5.0  # a process that has not answered by then may be paused
ANSWER_S = 30.0  # a command that gets no answer for so long is sent again, to another process
PATIENCE_S = 180.0  # for what happens at one instant
LOOK_S = 0.1
UNDER_WAY_S = 0.005  # so long after an instant has come the processes are at work on it
HEADS = ", ".join(
    f"(SELECT coalesce(max(notification_id), 0) FROM {each.schema}.events) AS {each.schema}"
    for each in SERVICES.values()
)
Happening = Callable[[], Coroutine[Any, Any, None]]


class Stage:
    """The cluster, its clock, and the way to its processes."""

    def __init__(
        self, made: Cluster, clock: SharedClock, pool: asyncpg.Pool, http: httpx.AsyncClient, folder: Path, plan: Plan
    ) -> None:
        self.pool = pool
        self._made, self._clock, self._http, self._plan = made, clock, http, plan
        self.installation = load_installation(folder)
        self._turns = itertools.count()
        self._away: dict[str, float] = {}  # processes to which nothing is sent, and since when

    def nodes(self, service: str) -> list[Node]:
        """Those that a load balancer would send something to."""
        return [each for each in self._made.nodes.values() if each.service == service and each.name not in self._away]

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Of any process of the service: what the people of the court need of a client."""
        nodes = self.nodes(path.split("/")[1])
        return await self._http.request(method, nodes[next(self._turns) % len(nodes)].address + path, **more)

    # -- the play

    async def play(self, happenings: Mapping[float, Happening] | None = None) -> None:
        """Each happens once that share of the plan's days has passed; the clock waits for its end."""
        plan, calendar, ahead = self._plan, self.installation.courts.calendar, dict(happenings or {})
        people = People(self, self.installation, LocalIssuer(self.installation.secret), plan.court)

        async def arrive() -> None:
            passed = (self._clock.now() - plan.begin) / (plan.end - plan.begin)
            due = [ahead.pop(share) for share in sorted(ahead) if share <= passed]
            await asyncio.gather(self._arrive(), *(happening() for happening in due))

        await tell(plan, people, Timeline(self._clock, self._settle, arrive), calendar, lambda _: None)
        assert not ahead

    async def _settle(self) -> None:
        """Returns once every event has had all its effects, and these theirs."""
        async with asyncio.timeout(PATIENCE_S):
            heads = await self._heads()
            while await self._lacks(heads) or heads != (heads := await self._heads()):
                pass

    async def _heads(self) -> dict[str, int]:
        return dict(await self.pool.fetchrow(f"SELECT {HEADS}"))

    async def _lacks(self, heads: dict[str, int]) -> bool:
        return any(await asyncio.gather(*(self._lacks_in(service, heads) for service in SERVICES)))

    async def _lacks_in(self, service: str, heads: dict[str, int]) -> bool:
        """There is a lane that no process of the service has finished, as far as they answer."""
        lacking = [{tuple(each) for each in answer} for answer in await self._ask_all(service, "lacking", heads)]
        return not lacking or bool(set.intersection(*lacking))

    async def _arrive(self) -> None:
        """As `infra.demo.play`, at a new instant."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._fire(name) for name, each in SERVICES.items() if each.timers))
            await self._settle()
            done: set[int] = set()
            while done != EVERY_LANE:
                done = {lane for lanes in await self._ask_all("supervision", "sweep") for lane in lanes}
            await self._settle()

    async def _fire(self, service: str) -> None:
        while not await self._ask_all(service, "fire"):
            pass

    async def _ask_all(self, service: str, what: str, body: Any = None) -> list[Any]:
        """The answers of those that answer."""
        answers = await asyncio.gather(*(self._ask(node, what, body) for node in self.nodes(service)))
        return [answer for answer in answers if answer is not None]

    async def _ask(self, node: Node, what: str, body: Any) -> Any:
        try:
            answer = await self._http.post(f"{node.address}/-/{what}", json=body, timeout=SILENT_S)
        except httpx.TransportError:
            await asyncio.sleep(LOOK_S)
            return None
        assert answer.status_code == 200, (node.log.read_text()[-2000:], answer.text)
        return answer.json()

    # -- what happens to processes, in the middle of what they do

    async def kill(self, name: str) -> None:
        """The cluster starts it again, and it gets something to do once it is ready."""
        node = self._made.nodes[name]
        self._away[name], before = asyncio.get_running_loop().time(), node.process
        await self._signal(name, signal.SIGKILL)
        while node.process is before or not await node.is_ready(self._http):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(LOOK_S)
        del self._away[name]

    async def pause(self, name: str) -> None:
        """The others go on without it."""
        self._away[name] = asyncio.get_running_loop().time()
        await self._signal(name, signal.SIGSTOP)

    async def wake(self, name: str, seconds: float) -> None:
        """Once it has slept for so long."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(self._away[name] + seconds - now)
        await self._signal(name, signal.SIGCONT)
        del self._away[name]

    async def _signal(self, name: str, number: int) -> None:
        await asyncio.sleep(UNDER_WAY_S)
        process = self._made.nodes[name].process
        assert process is not None
        process.send_signal(number)


@contextlib.asynccontextmanager
async def stage(folder: Path, plan: Plan, kafka: str, supervisions: int) -> AsyncIterator[Stage]:
    """A cluster on the data in the folder, which ZHIXING_HOME has to lead to."""
    clock = SharedClock.made(folder / CLOCK, plan.begin)
    async with contextlib.AsyncExitStack() as stack:
        made = await stack.enter_async_context(cluster(folder, kafka, supervisions, program=PROGRAM))
        await made.ready()
        dsn = await stack.enter_async_context(database(folder))
        pool = await stack.enter_async_context(asyncpg.create_pool(dsn, min_size=1, max_size=4))
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        client = httpx.AsyncClient(timeout=ANSWER_S, limits=limits, trust_env=False)
        yield Stage(made, clock, pool, await stack.enter_async_context(client), folder, plan)
