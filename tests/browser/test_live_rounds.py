"""Rounds of live tables as a person sees them: the wheel's pause, a network that comes and goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.history import total_cost
from tests.browser.test_accessibility import scan
from tests.browser.test_live import PLACE, come, people, place
from tests.browser.visits import DESKTOP, PHONE, Visit
from tests.chaos.processes import Server
from tests.chaos.proxy import Proxy
from tests.server.harness import Clients
from tests.server.tables.live.people import Person

__all__ = ["people"]

pytestmark = pytest.mark.chaos

CONFIG: Final = """
[[live.tables]]
title = "Slow wheel"
game = "roulette"
seats = 9
betting_ms = 8000
draw_ms = 2500
result_ms = 6000

[[live.tables]]
title = "Wheel"
game = "roulette"
seats = 9
betting_ms = 5000
draw_ms = 300
result_ms = 1000

[[live.tables]]
title = "Twenty-one"
game = "blackjack"
minimum = "1.00"
betting_ms = 5000
decision_ms = 60000
result_ms = 20000

[[live.tables]]
title = "Six"
game = "big-six"
betting_ms = 3000
draw_ms = 300
result_ms = 2500

[[live.tables]]
title = "Dice"
game = "sic-bo"
betting_ms = 3000
draw_ms = 300
result_ms = 2500
"""
OPENING: Final = 100_000
"""What every account begins with, in minor units."""
NO_CONNECTION: Final = "WebSocket connection to .* failed"
RESULT: Final = re.compile("You win|No win|You get")
WATCHED: Final = """
globalThis.__seen = [];
new MutationObserver(() => {
  const wheel = document.querySelector('main [data-motion]');
  if (wheel === null) return;
  const seen = {
    motion: wheel.dataset.motion,
    news: document.querySelector('main p[role=status]')?.textContent,
    balance: Number(document.querySelector('[aria-label=Session] strong data')?.value),
    board: document.querySelectorAll('main ol li').length,
    hub: wheel.querySelector(':scope > svg:last-of-type text')?.textContent,
  };
  globalThis.__seen.push(seen);
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
"""Notes all that is shown beside the wheel at every change of the page."""


class Door(Proxy):
    """What all pages connect through; while it is shut they are as without a network."""

    _shut = False

    def shut(self) -> None:
        """Break every connection and take no new one."""
        self._shut = True
        for link in self.links:
            link.cut()

    async def open(self, *visits: Visit) -> None:
        """Take connections again, and tell the pages as a device does."""
        self._shut = False
        for visit in visits:
            await visit.page.evaluate("() => void dispatchEvent(new Event('online'))")
            await visit.online()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._shut:
            writer.transport.abort()
        else:
            await super()._accept(reader, writer)


class House(Server):
    """A server behind a door."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.door = Door(self.gateway_port)
        self.environment["CROUPIER_GATEWAY_PUBLIC_URL"] = self.door.gateway


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tables(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Run a server whose live tables are quick, but for a wheel that takes its time."""
    del chromium_path  # without one nothing here is worth a server
    home = tmp_path_factory.mktemp("rounds")
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    house = House(home)
    try:
        async with house.door.listening():
            await house.start()
            yield house
    finally:
        await house.clear()


def wheel(visit: Visit, motion: str) -> Locator:
    """Return the wheel while it moves, or stands, in this way."""
    return visit.page.locator(f'main [data-motion="{motion}"]')


async def test_the_wheel(people: list[Visit], browser: Browser, tables: Server) -> None:
    """It turns while nothing is drawn, and the result is told to eye and ear when it has landed.

    Who comes into the middle of the pause sees it turn as well; a tap shows the result at once.
    """
    one = await come(people, browser, tables, DESKTOP, "Slow wheel", script=WATCHED, motion=True)
    other = await come(people, browser, tables, PHONE, "Slow wheel", motion=True)
    await one.button("Sit down").click()
    await one.reads("Place your bets.")
    await place(one, "Even money Red")
    await one.button(PLACE).click()
    await expect(wheel(one, "turning")).to_be_visible()
    await other.page.reload()
    await expect(wheel(other, "turning")).to_be_visible()
    await other.reads("No more bets.")
    await expect(other.page.get_by_role("timer")).to_be_visible()
    await other.button("Show the result at once").click()
    await expect(wheel(other, "still")).to_be_visible()
    await expect(one.said.filter(has_text=RESULT)).to_be_visible()
    await expect(one.page.get_by_role("list", name="Last results")).to_be_visible()
    seen: list[dict[str, Any]] = await one.page.evaluate("() => globalThis.__seen")
    # Up to where the next round's wheel turns: a slow machine may see that one as well.
    runs = [(motion, list(run)) for motion, run in groupby(seen, key=itemgetter("motion"))]
    started = [motion for motion, _ in runs].index("turning")
    assert [motion for motion, _ in runs[started : started + 3]] == ["turning", "landing", "still"]
    moving = [each for _, run in runs[started : started + 2] for each in run]
    assert {(each["news"], each["balance"], each["board"]) for each in moving} == {
        ("No more bets.", OPENING - 100, 0)
    }
    told = await one.page.get_by_role("list", name="Last results").inner_text()
    hubs = [each["hub"] for each in runs[started + 2][1]]
    assert told.splitlines()[-1].split()[0] == next(hub for hub in hubs if hub)
    won = told.splitlines()[-1].endswith("red")
    assert await one.balance() == OPENING + (100 if won else -100)
    await expect(other.page.get_by_role("list", name="Last results")).to_have_text(told)


@dataclass
class Pair:
    """One person at the wheel, one at the cards; both connect through one door."""

    wheels: Visit
    cards: Visit
    door: Door

    def spot(self, bet: str) -> Locator:
        """Return a bet of the felt."""
        return self.wheels.page.get_by_role("button", name=re.compile(f"^Even money {bet}"))

    @property
    def placed(self) -> Locator:
        """What is said of the bets at the cards."""
        return self.cards.page.get_by_role("region", name="Your bets")

    async def back(self) -> None:
        """Let both have their network again."""
        await self.door.open(self.wheels, self.cards)


async def test_without_a_network(people: list[Visit], browser: Browser, tables: House) -> None:
    """What was accepted stays, what is on its way is shown so, and nothing is staked twice.

    Back in time a bet or decision is taken, once; back too late a bet is refused. The result that
    was missed is there.
    """
    pair = Pair(
        await come(people, browser, tables, PHONE, "Wheel"),
        await come(people, browser, tables, DESKTOP, "Twenty-one"),
        tables.door,
    )
    clients = Clients(tables.http, f"ws://127.0.0.1:{tables.gateway_port}")
    try:
        await _played_without(pair, await Person.at(await clients.player(), "Wheel", watch=True))
    finally:
        await clients.leave()


async def _played_without(pair: Pair, table: Person) -> None:
    """Play both tables with a network that comes and goes; *table* hears it all."""
    for visit in (pair.wheels, pair.cards):
        visit.expect(NO_CONNECTION)
        await visit.button("Sit down").click()
    first = (await table.opened())["round"]
    await _bets_on_their_way(pair)
    await _away_over_the_result(pair, table, first)
    await _decision_on_its_way(pair)
    second = (await table.opened(1))["round"]
    before = await _bet_too_late(pair, table, second)
    for visit in (pair.wheels, pair.cards):
        await visit.button("Leave the seat").click()
        assert await total_cost(visit) == [OPENING - await visit.balance()]
    assert await pair.wheels.balance() == before


async def _bets_on_their_way(pair: Pair) -> None:
    """Both bet, lose the network, bet more, and are back before the close."""
    wheels, cards = pair.wheels, pair.cards
    await place(wheels, "Even money Red")
    await asyncio.gather(wheels.button(PLACE).click(), cards.button(PLACE).click())
    await expect(pair.spot("Red")).to_have_accessible_name(re.compile("€1.00 accepted$"))
    await expect(pair.placed).to_contain_text("✓ accepted€5.00")
    pair.door.shut()
    await place(wheels, "Even money Low")
    await asyncio.gather(wheels.button(PLACE).click(), cards.button(PLACE).click())
    await expect(pair.spot("Low")).to_have_accessible_name(re.compile("€1.00 on the way$"))
    await expect(pair.spot("Red")).to_have_accessible_name(re.compile("€1.00 accepted$"))
    await expect(cards.button(re.compile("^Bets on their way…"))).to_be_disabled()
    await expect(pair.placed).to_contain_text("€5.00")
    assert await wheels.balance() == OPENING - 100
    await pair.back()
    await expect(pair.spot("Low")).to_have_accessible_name(re.compile("€1.00 accepted$"))
    await expect(pair.placed).to_contain_text("✓ accepted€10.00")
    assert await wheels.balance() == OPENING - 200
    assert await cards.balance() == OPENING - 1_000


async def _away_over_the_result(pair: Pair, table: Person, round_id: str) -> None:
    """Both miss the close and what follows, and find it when they are back."""
    pair.door.shut()
    await asyncio.gather(pair.wheels.offline(), pair.cards.offline())
    result = await table.newest("round_result", round=round_id)
    await expect(pair.spot("Red")).to_have_accessible_name(re.compile("€1.00 accepted$"))
    await pair.back()
    board = pair.wheels.page.get_by_role("list", name="Last results")
    await expect(board).to_have_text(result["summary"])


async def _decision_on_its_way(pair: Pair) -> None:
    """The hand is played to its end, with a decision taken without the network."""
    cards = pair.cards
    over = cards.said.filter(has_text=re.compile("^Dealer (has|busts)"))
    asked = cards.button("Stand").or_(cards.button("No insurance"))
    await expect(asked.or_(over)).to_be_visible()
    if await cards.button("No insurance").count():
        await cards.button("No insurance").click()
        await expect(cards.button("Stand").or_(over)).to_be_visible()
    if await cards.button("Stand").count():
        pair.door.shut()
        await cards.button("Stand").click()
        await expect(cards.button("Stand")).to_be_disabled()
        await pair.back()
    await expect(over).to_be_visible()


async def _bet_too_late(pair: Pair, table: Person, round_id: str) -> int:
    """A bet that comes after the close is refused; returns the balance, which stays."""
    await pair.wheels.reads("Place your bets.")
    before = await pair.wheels.balance()
    await place(pair.wheels, "Even money Red")
    pair.door.shut()
    await pair.wheels.button(PLACE).click()
    await expect(pair.spot("Red")).to_have_accessible_name(re.compile("€1.00 on the way$"))
    await table.newest("bets_closed", round=round_id)
    await pair.back()
    await pair.wheels.reads("Bets are closed. Nothing was staked.")
    return before


async def test_big_six_and_sic_bo(
    people: list[Visit],
    browser: Browser,
    tables: Server,
    axe: str,
) -> None:
    """Both are played once on a phone and on a desktop; everything has a name and a place."""
    await asyncio.gather(
        *(
            _played(come(people, browser, tables, size, title, script=axe), bet)
            for size in (PHONE, DESKTOP)
            for title, bet in (("Six", "Symbol 20, pays"), ("Dice", "Even money Big, pays"))
        )
    )


async def _played(coming: Awaitable[Visit], bet: str) -> None:
    visit = await coming
    await visit.button("Sit down").click()
    await visit.reads("Place your bets.")
    await visit.page.get_by_role("button", name=re.compile(f"^{bet}")).click()
    await visit.fits()
    await visit.button(PLACE).click()
    placed = visit.page.get_by_role("region", name="Your bets")
    await expect(placed.filter(has_text="accepted")).to_be_visible()
    await expect(visit.said.filter(has_text=RESULT)).to_be_visible()
    await visit.fits()
    found = await scan(visit, bet)
    assert not found, "\n".join(found)
