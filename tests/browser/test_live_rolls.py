"""Craps at a live table in a browser: bets stand from roll to roll, against the real server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.test_accessibility import scan
from tests.browser.visits import DESKTOP, PHONE, Visit
from tests.chaos.processes import Server

pytestmark = pytest.mark.chaos

CONFIG: Final = """
[[live.tables]]
title = "Dice"
game = "craps"
seats = 9
minimum = "0.30"
draw_ms = 300
betting_ms = 5000
result_ms = 2000
"""
PLACE: Final = re.compile("^Place bets")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tables(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Run a server whose live table is quick."""
    del chromium_path  # without one nothing here is worth a server
    home = tmp_path_factory.mktemp("dice")
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
    del tables
    visits: list[Visit] = []
    yield visits
    complaints = [line for visit in visits for line in visit.unexpected]
    for visit in visits:
        await visit.context.close()
    assert not complaints, "\n" + "\n".join(complaints)


async def come(people: list[Visit], browser: Browser, tables: Server, axe: str) -> Visit:
    """Begin a visit and sit down at the table."""
    size = PHONE if people else DESKTOP
    visit = await Visit.begin(browser, tables.http, size, script=axe)
    people.append(visit)
    await visit.register()
    shelf = visit.page.get_by_role("region", name="Live tables")
    await shelf.get_by_role("link", name="Dice", exact=True).click()
    await visit.button("Sit down").click()
    return visit


async def choose(visit: Visit, kind: str, name: str) -> None:
    """Put a chip on a bet and leave it in hand."""
    kinds = visit.page.get_by_role("group", name="Kind of bet")
    await kinds.get_by_role("button", name=kind, exact=True).click()
    await visit.page.get_by_role("button", name=re.compile(f"^{kind} {name}")).click()


async def test_craps(people: list[Visit], browser: Browser, tables: Server, axe: str) -> None:
    """Bets stand until the dice decide them, the point is shown, odds are offered, rolls proved."""
    one = await come(people, browser, tables, axe)
    other = await come(people, browser, tables, axe)
    standing = one.page.get_by_role("region", name="Your bets on the table")
    point = one.page.get_by_role("region", name="The point")
    odds = one.page.get_by_role("group", name="Kind of bet").get_by_role("button", name="Odds")
    for _ in range(20):
        await expect(point).to_contain_text("Come-out roll", timeout=60_000)
        await one.reads("Place your bets.")
        await choose(one, "Line", "Pass")
        await choose(one, "Hardways", "Hard 4")
        await one.button(PLACE).click()
        await expect(standing.get_by_role("listitem").filter(has_text="Pass")).to_be_visible()
        await expect(point).to_contain_text("Dice:")
        if "The point is" in str(await point.text_content()):
            break
    await expect(odds).to_be_visible()
    await expect(standing).to_contain_text(re.compile("Pass on ([4568]|9|10)"))
    await other.fits()
    await one.fits()
    found = await scan(one, "craps") + await scan(other, "craps on a phone")
    assert not found, "\n".join(found)
    await one.page.get_by_role("list", name="Last results").get_by_role("link").first.click()
    await one.button("Verify").click()
    await expect(one.page.get_by_text("Verified: this round was fair.")).to_be_visible()
