"""People at work while things break. What was acknowledged to them is written down."""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from infra.installation import Installation
from kernel.http import command_id_of
from kernel.principals import LocalIssuer, Principal
from tests import papers

COURT = "yiyang"
CLERKS = 6
PATIENCE_S = 10.0  # for one answer
RETRY_S = 0.3
REST_S = 180.0  # within so much all that was begun is answered, once nothing is broken
PAUSE_S = 0.4


@dataclass(frozen=True)
class Acknowledged:
    """A command, and the answer that its caller got."""

    service: str
    path: str
    body: dict[str, Any]
    command_id: str
    status: int
    answer: bytes
    position: int


class Book:
    """What the clerks know to be done."""

    def __init__(self) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.tries = 0

    @property
    def filed(self) -> list[str]:
        """Ids of cases, in the order in which they were filed."""
        return [each.path.split("/")[2] for each in self.acknowledged if each.path.endswith("/filing")]

    def received_fen(self) -> Counter[str]:
        """By case: on its own account, and claimed for it from the main account."""
        found: Counter[str] = Counter()
        for each in self.acknowledged:
            if each.path.endswith("/receipts"):
                found[each.path.split("/")[2]] += each.body["amount_fen"]
            elif each.path.endswith("/identify"):
                found[each.body["case_id"]] += each.body["amount_fen"]
        return found

    def main_account_fen(self) -> int:
        return sum(each.body["amount_fen"] for each in self.acknowledged if each.path == "/money")


class Office:
    """Where the clerks send their commands; it can be closed, so that all comes to rest."""

    def __init__(self, at: Mapping[str, str], installation: Installation, book: Book) -> None:
        """`at`: service -> base URL."""
        self._at, self._installation, self.book = at, installation, book
        self._issuer = LocalIssuer(installation.secret)
        self._http = httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)
        self._is_open, self._is_quiet = asyncio.Event(), asyncio.Event()
        self._under_way: dict[tuple[str, str, str], str] = {}  # service, path and key -> why there is no answer yet
        self.open()

    def open(self) -> None:
        self._is_open.set()

    async def close(self) -> None:
        """Returns once every command that was begun is answered."""
        self._is_open.clear()
        try:
            async with asyncio.timeout(REST_S):
                while self._under_way:
                    self._is_quiet.clear()
                    await self._is_quiet.wait()
        except TimeoutError:
            raise AssertionError(f"not answered: {self._under_way}") from None

    async def do(self, post: str, service: str, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sent until its answer is known, always with the same key."""
        await self._is_open.wait()
        who = self._installation.principal(COURT, post)
        sending = service, path, key
        self._under_way[sending] = "sent"
        try:
            answer = await self._answer("POST", who, *sending, body)
            assert answer.status_code == 200, f"{service}{path}: {answer.status_code} {answer.text}"
            position = int(answer.headers["zhixing-position"].partition(":")[2])
            told = (command_id_of(who, key), answer.status_code, answer.content, position)
            self.book.acknowledged.append(Acknowledged(service, path, body, *told))
        finally:
            del self._under_way[sending]
            self._is_quiet.set()
        return answer.json()

    async def see(self, post: str, service: str, path: str) -> Any:
        """None where there is no such thing yet."""
        answer = await self._answer("GET", self._installation.principal(COURT, post), service, path)
        return answer.json() if answer.status_code == 200 else None

    async def seen(self, post: str, service: str, path: str) -> None:
        """Returns once there is such a thing."""
        while await self.see(post, service, path) is None:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(RETRY_S)

    async def _answer(
        self, method: str, who: Principal, service: str, path: str, key: str = "", body: Any = None
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._issuer.token(who)}", "idempotency-key": key}
        while True:
            self.book.tries += 1
            try:
                answer = await self._http.request(method, self._at[service] + path, json=body, headers=headers)
                if answer.status_code != 503:
                    return answer
                self._note(service, path, key, answer.text)
            except httpx.TransportError as error:
                self._note(service, path, key, repr(error))
            await asyncio.sleep(RETRY_S)

    def _note(self, service: str, path: str, key: str, why: str) -> None:
        if (service, path, key) in self._under_way:
            self._under_way[service, path, key] = why


class Clerk:
    """Files cases, notes what he learns, and receives money for them."""

    def __init__(self, office: Office, number: int, chance: random.Random) -> None:
        self._office, self._number, self._chance = office, number, chance
        self._keys = itertools.count()

    async def work(self) -> None:
        while True:
            case_id = await self._file()
            await self._office.seen("funds_officer", "funds", f"/cases/{case_id}/account")
            for _ in range(self._chance.randint(1, 4)):
                await self._chance.choice((self._note, self._receive, self._identify))(case_id)
                await asyncio.sleep(self._chance.uniform(0, PAUSE_S))

    async def _do(self, post: str, service: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._office.do(post, service, path, f"clerk-{self._number}-{next(self._keys)}", body)

    async def _file(self) -> str:
        case_id = (await self._do("filing_officer", "intake", "/applications", papers.application()))["case_id"]
        await self._do("filing_officer", "intake", f"/cases/{case_id}/application/review", papers.PASSED)
        await self._do("filing_officer", "intake", f"/cases/{case_id}/filing", papers.filing())
        return case_id

    async def _note(self, case_id: str) -> None:
        body = {"marks": {"easy": self._chance.random() < 0.5}}
        await self._do("filing_officer", "intake", f"/cases/{case_id}/notes", body)

    async def _receive(self, case_id: str) -> None:
        """On the case's own account."""
        await self._do("funds_officer", "funds", f"/cases/{case_id}/receipts", self._money("case_account"))

    async def _identify(self, case_id: str) -> None:
        """In the main account, and then claimed in two parts."""
        money = self._money("main_account")
        payment = (await self._do("funds_officer", "funds", "/money", money))["payment_id"]
        first = self._chance.randint(1, money["amount_fen"] - 1)
        for part in (first, money["amount_fen"] - first):
            body = {"case_id": case_id, "amount_fen": part}
            await self._do("funds_officer", "funds", f"/money/{payment}/identify", body)

    def _money(self, into: str) -> dict[str, Any]:
        return {"into": into, "amount_fen": self._chance.randint(2, 100_000), "purpose": "deduction", "payer": "bank"}


@contextlib.asynccontextmanager
async def clerks(office: Office, seed: int) -> AsyncIterator[None]:
    """At work until the context ends; what one of them cannot explain is raised there."""
    async with asyncio.TaskGroup() as group:
        working = [group.create_task(Clerk(office, n, random.Random(f"{seed}-{n}")).work()) for n in range(CLERKS)]
        yield
        for each in working:
            each.cancel()
