"""Every game is played by pointing, on a phone and on a desktop."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Begin
from tests.browser.rounds import (
    Played,
    checks,
    deal_open,
    last_round,
    spin_reels,
    spin_wheel,
    stake_of,
    stand,
    told,
)
from tests.browser.visits import DESKTOP, PHONE, Size, Visit

SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


async def costs(visit: Visit, before: int, played: Played) -> int:
    """Expect the balance to have moved by what was told; return it."""
    now = await visit.balance()
    assert now == before - played.cost, played
    assert await visit.net() == now - 100_000
    return now


@SIZES
async def test_slot(begin: Begin, size: Size) -> None:
    """Spins move the reels, tell their outcome, and move the balance by it."""
    visit = await begin(size, motion=size is DESKTOP)
    await visit.table("slot")
    await visit.fits()
    reels = visit.page.locator("[data-renderer]")
    await expect(reels).to_have_attribute("data-renderer", re.compile("webgl|canvas"))
    if size is DESKTOP:  # which is what a graphics card would get
        await visit.page.goto(f"{visit.page.url}?renderer=webgl")
        await expect(reels).to_have_attribute("data-renderer", "webgl")
    balance = await visit.balance()
    for _ in range(2):
        balance = await costs(visit, balance, await spin_reels(visit))
        await expect(reels).to_have_attribute("aria-label", re.compile("reel 5: .+, .+, "))


@SIZES
async def test_roulette(begin: Begin, size: Size) -> None:
    """Chips lie where they were put, the ball comes to rest, and bets are placed again."""
    visit = await begin(size, motion=size is PHONE)
    await visit.table("roulette")
    await visit.fits()
    balance = await visit.balance()
    played = await spin_wheel(visit, "Straight 17", "Even money Red", "Dozen 13 to 24")
    balance = await costs(visit, balance, played)
    await expect(visit.page.get_by_role("list", name="Last numbers")).to_be_visible()
    await visit.button("Rebet").click()
    await visit.button("Double").click()
    await visit.button("Spin").click()
    again = await told(visit, played.stake * 2, played.round)
    await costs(visit, balance, again)


@SIZES
async def test_blackjack(begin: Begin, size: Size) -> None:
    """A hand is dealt, waits for the player, and ends with what the dealer has."""
    visit = await begin(size, motion=True)
    await visit.table("blackjack")
    await visit.fits()
    balance = await visit.balance()
    stake = await deal_open(visit)
    dealt = await visit.balance()
    assert dealt <= balance + 10 * stake
    await visit.fits()
    await expect(visit.page.get_by_role("img", name="hidden card")).to_be_visible()
    played = await stand(visit, stake)
    await costs(visit, dealt + stake, played)
    await expect(visit.page.get_by_role("img", name="hidden card")).to_have_count(0)


@SIZES
async def test_generic(begin: Begin, size: Size) -> None:
    """Any game can be played by its description alone."""
    visit = await begin(size, motion=True)
    await visit.register("/play/roulette?view=generic")
    await visit.fits()
    stake = await stake_of(visit)
    balance = await visit.balance()
    kinds = visit.page.get_by_role("group", name="Kind of bet")
    await kinds.get_by_role("button", name="Even money").click()
    for bet in ("Even money Red", "Even money Red", "Even money Odd"):
        await visit.button(re.compile(f"^{bet}, pays ")).click()
    await visit.button(re.compile("^Play ")).click()
    balance = await costs(visit, balance, await told(visit, 3 * stake, None))
    await visit.fits()
    await visit.open("/play/slot?view=generic")
    await visit.online()
    stake = await stake_of(visit)
    await visit.button(re.compile("^Play ")).click()
    balance = await costs(visit, balance, await told(visit, stake, None))
    await visit.fits()
    await visit.open("/play/blackjack?view=generic")
    await visit.online()
    stake = await stake_of(visit)
    decision = visit.page.get_by_role("group", name="Your decision")
    for _ in range(20):
        before = await last_round(visit)
        await visit.button(re.compile("^Play ")).click()
        await expect(decision.or_(checks(visit, before))).to_be_visible()
        if await decision.is_visible():
            break
    await visit.fits()
    assert await visit.page.get_by_role("list", name="Cards").count() >= 2
    dealt = await visit.balance()
    await costs(visit, dealt + stake, await stand(visit, stake))
