"""The lobby, the settings and the end of a session."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Begin
from tests.browser.rounds import spin_reels
from tests.browser.visits import DESKTOP, PHONE, Size, Visit


async def test_search(visit: Visit) -> None:
    """The lobby finds games by their names, and says so where it finds none."""
    await visit.register()
    search = visit.page.get_by_role("searchbox", name="Search games")
    await search.fill("roul")
    await expect(visit.game("roulette")).to_be_visible()
    await expect(visit.game("slot")).to_have_count(0)
    await search.fill("hopscotch")
    await visit.reads("No game matches “hopscotch”.")


async def test_favourites_and_recent(visit: Visit) -> None:
    """What was marked or played stands first, after a reload too."""
    await visit.register()
    await visit.button("Favourite Blackjack").first.click()
    await expect(visit.heading("Favourites")).to_be_visible()
    await visit.play("slot")
    await visit.leave_for("Games")
    await expect(visit.heading("Played lately")).to_be_visible()
    await visit.page.reload()
    await visit.online()
    await expect(visit.heading("Favourites")).to_be_visible()
    await expect(visit.heading("Played lately")).to_be_visible()


async def test_how_many_play(begin: Begin) -> None:
    """The card of a game that somebody else plays says so, and nothing reads it out unasked."""
    player, visit = await begin(), await begin(PHONE)
    await player.table("roulette")
    await visit.register()
    card = visit.page.get_by_role("article").filter(has=visit.game("roulette"))
    line = card.get_by_text(re.compile(r"^[1-9]\d* playing$"))
    await expect(line).to_be_visible(timeout=30_000)  # the page asks every ten seconds
    assert await line.evaluate("(line) => line.closest('[aria-live], [role=status]')") is None
    await expect(visit.page.get_by_text("0 playing", exact=True)).to_have_count(0)
    await visit.fits()
    await visit.game("roulette").click()
    await expect(visit.heading("European roulette")).to_be_visible()


async def test_session_is_ended(visit: Visit) -> None:
    """A session that was ended cannot be found again by a reload."""
    await visit.table("slot")
    await spin_reels(visit)
    await visit.leave_for("Settings")
    await visit.button("End the session").click()
    await visit.reads("You have signed out.")
    await visit.page.reload()
    await expect(visit.button("Play with play money")).to_be_visible()
    await expect(visit.strip).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, Size(640, 360), DESKTOP], ids=lambda size: f"{size.width}")
async def test_nothing_is_cut_off(begin: Begin, size: Size) -> None:
    """No page must be scrolled sideways, and what is tapped is as large as a fingertip."""
    visit = await begin(size)
    await visit.open()
    await visit.fits()
    await visit.register()
    for path in ("/", "/settings", "/history", "/verify", "/help/slot", "/help/roulette"):
        await visit.open(path)
        await visit.online()
        await visit.fits()
    for game in ("slot", "roulette", "blackjack", "roulette?view=generic"):
        await visit.open(f"/play/{game}")
        await visit.online()
        start = visit.button("Spin").or_(visit.button("Deal")).or_(visit.button("Play"))
        await expect(start).to_be_visible()
        await visit.fits()
        small = await visit.page.evaluate(
            """[...document.querySelectorAll('main button')]
              .filter((button) => button.checkVisibility())
              .map((button) => [button.textContent, button.getBoundingClientRect()])
              .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
              .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""
        )
        assert not small, small


async def test_install(visit: Visit) -> None:
    """Where the browser offers to install the page, the settings do, and nothing else does."""
    await visit.register()
    await visit.leave_for("Settings")
    button = visit.button("Install this page as an app")
    await expect(visit.heading("Settings")).to_be_visible()
    await expect(button).to_have_count(0)
    await visit.page.evaluate(
        """() => dispatchEvent(Object.assign(
             new Event('beforeinstallprompt', { cancelable: true }),
             { prompt: async () => { globalThis.asked = true; } }))"""
    )
    await button.click()
    await expect(button).to_have_count(0)
    assert await visit.page.evaluate("globalThis.asked")


async def test_both_halves_of_the_felt(begin: Begin) -> None:
    """On a small phone one tap leads to the lower rows of the felt, and one back to the upper."""
    visit = await begin(PHONE)
    await visit.table("roulette")
    jump = visit.button("Other half of the felt")
    for bets in (("straight-0", "straight-12"), ("straight-36", "column-3", "straight-22")):
        for bet in bets:  # nothing lies over its middle
            await visit.page.wait_for_function(
                """(bet) => {
                  const spot = document.querySelector(`[data-bet="${bet}"]`);
                  const { x, y, width, height } = spot.getBoundingClientRect();
                  const there = document.elementFromPoint(x + width / 2, y + height / 2);
                  return there?.closest('[data-bet]') === spot;
                }""",
                arg=bet,
            )
        await jump.click()
    await visit.page.wait_for_function("() => scrollY === 0")
