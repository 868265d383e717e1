"""Live tables: two people on one table, in two browsers' profiles, against the real server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, TimeoutError, expect  # noqa: A004 - of its clicks

from tests.browser.test_accessibility import scan
from tests.browser.visits import DESKTOP, PHONE, Size, Visit
from tests.chaos.processes import Server

CONFIG: Final = """
[[live.tables]]
title = "Wheel"
game = "roulette"
seats = 9
betting_ms = 3500
draw_ms = 300
result_ms = 4000

[[live.tables]]
title = "Twenty-one"
game = "blackjack"
minimum = "1.00"
betting_ms = 2500
decision_ms = 60000
result_ms = 8000

[[live.tables]]
title = "Rocket"
game = "crash"
seats = 9
betting_ms = 2500
result_ms = 3000
"""
PLACE: Final = re.compile("^Place bets")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tables(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Run a server whose live tables are quick."""
    del chromium_path  # without one nothing here is worth a server
    home = tmp_path_factory.mktemp("tables")
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    server = Server(home)
    try:
        await server.start()
        yield server
    finally:
        await server.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, tables: Server) -> AsyncIterator[list[Visit]]:
    """Return a list to put visits in; no page may complain of anything."""
    visits: list[Visit] = []
    yield visits
    complaints = [line for visit in visits for line in visit.unexpected]
    for visit in visits:
        await visit.context.close()
    assert not complaints, "\n" + "\n".join(complaints)


async def come(
    people: list[Visit],
    browser: Browser,
    tables: Server,
    size: Size,
    table: str,
    **options: object,
) -> Visit:
    """Begin a visit and go to a table over the lobby."""
    visit = await Visit.begin(browser, tables.http, size, **options)  # type: ignore[arg-type]
    people.append(visit)
    await visit.register()
    shelf = visit.page.get_by_role("region", name="Live tables")
    await shelf.get_by_role("link", name=table, exact=True).click()
    await expect(visit.button("Sit down")).to_be_visible()
    return visit


async def place(visit: Visit, bet: str) -> None:
    """Put a chip on a bet of the felt and leave it in hand."""
    await visit.page.get_by_role("button", name=re.compile(f"^{bet}")).focus()
    await visit.page.keyboard.press("Enter")


async def test_roulette(people: list[Visit], browser: Browser, tables: Server, axe: str) -> None:
    """Two people bet on one draw: a chip counts once accepted, both see both, and it is fair."""
    one = await come(people, browser, tables, DESKTOP, "Wheel", script=axe)
    other = await come(people, browser, tables, PHONE, "Wheel", script=axe, color_scheme="dark")
    await one.button("Sit down").click()
    await other.button("Take seat 3").click()
    await one.reads("Place your bets.")
    red = one.page.get_by_role("button", name=re.compile("^Even money Red"))
    await place(one, "Even money Red")
    await expect(red).to_have_accessible_name(re.compile("€1.00 placed$"))
    await one.button(PLACE).click()
    await expect(red).to_have_accessible_name(re.compile("€1.00 accepted$"))
    seen = other.page.get_by_role("button", name=re.compile("^Even money Red"))
    await expect(seen).to_have_accessible_name(re.compile("€1.00 of others$"))
    assert await one.balance() == 99_900
    await other.fits()
    told = one.page.get_by_role("status").filter(has_text=re.compile("win|No win"))
    await expect(told).to_be_visible()
    won = "win €" in str(await told.text_content())
    assert await one.balance() == (100_100 if won else 99_900)
    number = await one.page.get_by_role("list", name="Last results").first.text_content()
    board = other.page.get_by_role("list", name="Last results").first
    await expect(board).to_have_text(str(number))
    found = await scan(one, "roulette") + await scan(other, "roulette on a phone")
    assert not found, "\n".join(found)
    await one.page.get_by_role("link", name="Check this round", exact=True).click()
    await one.button("Verify").click()
    await expect(one.page.get_by_text("Verified: this round was fair.")).to_be_visible()


async def test_coming_back(people: list[Visit], browser: Browser, tables: Server) -> None:
    """A seat and its accepted bets are found again after a reload; a watcher may not bet."""
    visit = await come(people, browser, tables, PHONE, "Wheel")
    await visit.button("Sit down").click()
    await visit.reads("Place your bets.")
    await place(visit, "Straight 17")
    await visit.button(PLACE).click()
    spot = visit.page.get_by_role("button", name=re.compile("^Straight 17"))
    await expect(spot).to_have_accessible_name(re.compile("accepted$"))
    await visit.page.reload()
    await visit.online()
    await expect(visit.button("Leave the seat")).to_be_visible()
    told = visit.page.get_by_role("status").filter(has_text=re.compile("win|No win"))
    await expect(told).to_be_visible()
    await visit.button("Leave the seat").click()
    await expect(visit.button("Sit down")).to_be_visible()
    await expect(visit.button(PLACE)).to_have_count(0)


async def test_blackjack(people: list[Visit], browser: Browser, tables: Server, axe: str) -> None:
    """The seats decide one after the other: who is not asked is offered nothing."""
    one = await come(people, browser, tables, DESKTOP, "Twenty-one", script=axe)
    other = await come(people, browser, tables, PHONE, "Twenty-one", script=axe)
    for visit in (one, other):
        await visit.button("Sit down").click()
    for visit in (one, other):
        await expect(visit.button(PLACE)).to_be_enabled()
        await visit.button(PLACE).click()
        await expect(visit.page.get_by_role("region", name="Your bets")).to_contain_text("accepted")
    over = re.compile("^Dealer (has|busts)")
    decided = 0
    for visit, waiting in ((one, other), (other, one)):
        stand = visit.button("Stand")
        ended = visit.page.get_by_role("status").filter(has_text=over)
        # A blackjack is asked nothing, and a dealer's blackjack asks nobody.
        passed = visit.page.get_by_role("status").filter(has_text=re.compile("^Seat 2 decides"))
        await expect(stand.or_(ended).or_(passed).or_(visit.button("No insurance"))).to_be_visible()
        if await visit.button("No insurance").count():
            await visit.button("No insurance").click()
            continue
        if await stand.count():
            await expect(waiting.button("Stand")).to_have_count(0)
            await waiting.fits()
            if not decided:
                found = await scan(visit, "blackjack")
                assert not found, "\n".join(found)
            await stand.click()
            decided += 1
    for visit in (one, other):
        await expect(visit.page.get_by_role("region", name="You", exact=True)).to_be_visible()


async def test_crash(people: list[Visit], browser: Browser, tables: Server, axe: str) -> None:
    """One cashes out by hand and one has nothing on it; both see who left, and where it crashed."""
    one = await come(people, browser, tables, PHONE, "Rocket", script=axe, motion=True)
    other = await come(people, browser, tables, DESKTOP, "Rocket")
    await one.button("Sit down").click()
    out = one.page.get_by_role("status").filter(has_text=re.compile("You cashed out at|Too late"))
    for _ in range(8):  # a round may crash at once
        await expect(one.button(PLACE)).to_be_enabled()
        await one.button(PLACE).click()
        riding = one.page.get_by_role("list", name="Bets and cash-outs")
        await expect(riding).to_contain_text("You")
        crashed = one.page.get_by_role("status").filter(has_text=re.compile("^Crashed at"))
        await expect(one.button("Cash out").or_(crashed)).to_be_visible()
        if await one.button("Cash out").count():
            found = await scan(one, "crash")
            assert not found, "\n".join(found)
            with suppress(TimeoutError):  # it has crashed while the page was looked at
                await one.button("Cash out").click(timeout=5_000)
                await expect(out).to_be_visible()
                if "cashed" in str(await out.text_content()):
                    break
        await one.reads("Place your bets.")
    seen = other.page.get_by_role("list", name="Bets and cash-outs")
    await expect(seen).to_contain_text("\N{MULTIPLICATION SIGN}")
    await one.fits()
