"""The wallboard (总览大屏) in a real Chromium: what it shows, live, after an outage, in both languages, to whom."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from contracts.triage import MemberPosted
from supervision.service import SERVICE as SUPERVISION
from tests import told
from tests.contract.samples import golden
from tests.e2e.screens import CHROMIUM, OUTAGE, chromium, free_port, screen, served, ticket
from tests.services import Bench, bench

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's Chromium is not installed"),
]
CASES = 9


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    """Nine cases, four of them overdue at the first assignment, five near it."""
    async with bench(database, [SUPERVISION]) as running:
        for team in ("fast_1", "ordinary_1", "affairs"):
            data = golden("MemberPosted") | {"member_id": f"yiyang-{team}", "team": team, "until": None}
            await running.tell("triage", MemberPosted.model_validate(data), "", subject=f"member/yiyang-{team}")
        for number in range(CASES):
            if number == 4:
                await running.advance(days=3)
            await filed(running, number)
        await running.advance(days=6)
        yield running


async def filed(b: Bench, number: int) -> None:
    await told.filed(b, f"yiyang-case{number}", case_no=f"（2026）豫0327执{number + 1}号")


@pytest.fixture
async def address(b: Bench) -> AsyncIterator[str]:
    async with served(b, free_port()) as at:
        yield at


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_it_shows_what_is_overdue_what_nears_and_who_carries_what(
    b: Bench, address: str, browser: Browser
) -> None:
    async with screen(await browser.new_context(locale="zh-CN"), address) as shown:
        page = shown.page
        await page.goto(ticket(b, address))
        await expect(page).to_have_url(f"{address}/supervision/wall")  # the token is gone from the address
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("宜阳县人民法院")
        await expect(page.locator("#n-open dd")).to_contain_text("9")
        await expect(page.locator("#n-breached")).to_contain_text(re.compile(r"▲ 已超期\s*8\s*涉及 4 件案件"))
        await expect(page.locator("#n-near")).to_contain_text(re.compile(r"◆ 临近期限\s*10\s*涉及 5 件案件"))
        await expect(page.locator("#n-in-time dd")).to_contain_text("0.0%")
        await expect(page.locator("[id='n-yiyang.first_assignment']")).to_contain_text("首次分案 Y06")
        worst = page.locator("#worst tbody tr")
        await expect(worst).to_have_count(CASES)
        await expect(worst.first).to_contain_text(
            re.compile(r"（2026）豫0327执1号\s*首次分案 Y06\s*事务集约团队负责人\s*▲ 超期 2 天")
        )
        await expect(worst.last).to_contain_text(
            re.compile(r"（2026）豫0327执9号\s*首次分案 Y06\s*事务集约团队负责人\s*◆ 3月12日 届满")
        )
        await expect(page.locator("#t-affairs")).to_contain_text("135.0")
        await expect(page.locator("#state")).to_have_text(re.compile("● ?实时"))


async def test_an_event_shows_within_moments_without_a_reload(b: Bench, address: str, browser: Browser) -> None:
    async with screen(await browser.new_context(), address) as shown:
        await shown.page.goto(ticket(b, address))
        await expect(shown.page.locator("#state.live")).to_be_visible()
        await shown.page.evaluate("() => { window.loadedOnce = true }")
        await filed(b, CASES)
        await expect(shown.page.locator("#n-open dd")).to_contain_text("10")
        await b.advance(days=1)
        await expect(shown.page.locator("#worst tbody tr").first).to_contain_text("超期 3 天")
        assert await shown.page.evaluate("() => window.loadedOnce")


async def test_it_says_that_it_is_stale_and_recovers_by_itself(b: Bench, browser: Browser) -> None:
    port = free_port()
    async with screen(await browser.new_context(), f"http://127.0.0.1:{port}", OUTAGE) as shown:
        async with served(b, port) as address:
            await shown.page.goto(ticket(b, address))
            await expect(shown.page.locator("#state.live")).to_be_visible()
            await shown.page.evaluate("() => { window.loadedOnce = true }")
        await expect(shown.page.locator("#state.lost")).to_contain_text("连接中断")
        await filed(b, CASES)
        async with served(b, port):
            await expect(shown.page.locator("#state.live")).to_be_visible()
            await expect(shown.page.locator("#n-open dd")).to_contain_text("10")
            assert await shown.page.evaluate("() => window.loadedOnce")


async def test_it_speaks_english_too_and_remembers_it(b: Bench, address: str, browser: Browser) -> None:
    async with screen(await browser.new_context(), address) as shown:
        page = shown.page
        await page.goto(ticket(b, address))
        await page.get_by_role("link", name="English").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("#worst")).to_contain_text("2 days over")
        await expect(page.locator("#state.live")).to_have_text(re.compile("● ?Live"))
        await filed(b, CASES)
        await expect(page.locator("#numbers")).to_contain_text("Open cases10")  # pushed in the same language
        await page.goto(f"{address}/supervision/wall")
        await expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_everyone_can_use_it(b: Bench, address: str, browser: Browser, language: str) -> None:
    async with screen(await browser.new_context(viewport={"width": 1920, "height": 1080}), address) as shown:
        await shown.page.goto(f"{ticket(b, address)}")
        for page in (f"wall?lang={language}", f"login?lang={language}"):
            await shown.page.goto(f"{address}/supervision/{page}")
            found = await Axe().run(shown.page)
            assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (3840, 2160)])
async def test_it_fills_the_screen_and_does_not_scroll(
    b: Bench, address: str, browser: Browser, width: int, height: int
) -> None:
    async with screen(await browser.new_context(viewport={"width": width, "height": height}), address) as shown:
        await shown.page.goto(ticket(b, address))
        seen = await shown.page.evaluate(
            """() => { const cards = [...document.querySelectorAll("section")]; return {
                width: document.documentElement.scrollWidth,
                height: document.documentElement.scrollHeight,
                bottom: Math.max(...cards.map(s => s.getBoundingClientRect().bottom)),
                cut: cards.filter(s => s.scrollHeight > s.clientHeight).length};}"""
        )
        assert (seen["width"], seen["height"], seen["cut"]) == (width, height, 0)
        assert seen["bottom"] > 0.96 * height


async def test_nothing_is_rendered_for_a_page_that_is_hidden(b: Bench, address: str, browser: Browser) -> None:
    wall = b.running["supervision"].http.state.wall
    async with screen(await browser.new_context(), address) as shown:
        await shown.page.goto(ticket(b, address))
        await expect(shown.page.locator("#state.live")).to_be_visible()
        assert wall.watchers == 1
        await shown.page.evaluate(
            """() => { Object.defineProperty(document, "hidden", { value: true, configurable: true });
                       document.dispatchEvent(new Event("visibilitychange")); }"""
        )
        async with asyncio.timeout(20):
            while wall.watchers:  # noqa: ASYNC110 (the closing of a socket is told nowhere)
                await asyncio.sleep(0.02)


# ---- who may watch --------------------------------------------------------------------------------------------------


async def test_without_a_session_it_shows_the_way_to_one(address: str, browser: Browser) -> None:
    async with screen(await browser.new_context(), address) as shown:
        await shown.page.goto(f"{address}/supervision/wall")
        await expect(shown.page).to_have_url(f"{address}/supervision/login")
        await expect(shown.page.get_by_role("heading")).to_contain_text("需要登录")


async def test_a_printed_address_works_once(b: Bench, address: str, browser: Browser) -> None:
    printed = ticket(b, address)
    first, second = await browser.new_context(), await browser.new_context()
    for _ in range(2):  # opened again in the same browser it leads to the wallboard: the session is there
        async with screen(first, address) as shown:
            await shown.page.goto(printed)
            await expect(shown.page).to_have_url(f"{address}/supervision/wall")
    [cookie] = await first.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/supervision")
    async with screen(second, address, forgiven=["401"]) as shown:
        await shown.page.goto(printed)
        await expect(shown.page.locator(".fault")).to_contain_text("已经用过")


async def test_it_is_for_posts_of_supervision(b: Bench, address: str, browser: Browser) -> None:
    async with screen(await browser.new_context(), address, forgiven=["403"]) as shown:
        await shown.page.goto(ticket(b, address, "f1-judge"))
        await expect(shown.page.locator(".fault")).to_contain_text("监督岗位")


async def test_a_session_that_ends_leads_to_the_login(
    b: Bench, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervision.wall.SESSION_S", 2)
    monkeypatch.setattr("supervision.wall.HEARTBEAT_S", 0.1)
    async with screen(await browser.new_context(), address) as shown:
        await shown.page.goto(ticket(b, address))
        await expect(shown.page).to_have_url(f"{address}/supervision/login")


async def test_another_sites_page_cannot_watch(b: Bench, address: str, browser: Browser) -> None:
    context = await browser.new_context()
    async with screen(context, address) as shown:
        await shown.page.goto(ticket(b, address))
        [cookie] = await context.cookies()
    session = {"cookie": f"{cookie['name']}={cookie['value']}"}
    live = address.replace("http", "ws") + "/supervision/live"
    async with connect(live, origin=address, additional_headers=session, proxy=None) as socket:
        assert "numbers" in str(await socket.recv())
    for origin, headers in (("http://evil.example", session), (None, session), (address, {})):
        with pytest.raises(InvalidStatus) as refused:
            await connect(live, origin=origin, additional_headers=headers, proxy=None)
        assert refused.value.response.status_code == 403


async def test_a_session_of_the_wallboard_is_good_for_nothing_else(b: Bench, address: str, browser: Browser) -> None:
    context = await browser.new_context()
    async with screen(context, address) as shown:
        await shown.page.goto(ticket(b, address))
        [cookie] = await context.cookies()
        bearer = {"authorization": f"Bearer {cookie['value']}"}
        for path in ("summary", "events"):
            assert (await shown.page.request.get(f"{address}/supervision/{path}", headers=bearer)).status == 401
