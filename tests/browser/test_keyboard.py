"""Every game is played with a keyboard alone, and the focus is always to be seen."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.history import total_cost
from tests.browser.keys import focus, press, register, tab_to
from tests.browser.rounds import checks, last_round, reels_rest, stake_of, told
from tests.browser.visits import TITLES, Visit

NEAR = 4
"""Presses of Tab after which what comes next is reached."""


async def test_slot(visit: Visit) -> None:
    """Enter on a game of the lobby sits down, and Enter on Spin spins, again and again."""
    await register(visit)
    await press(visit, visit.game("slot"))
    await expect(visit.heading(TITLES["slot"])).to_be_visible()
    stake = await stake_of(visit)
    await press(visit, visit.button(re.compile("^Higher stake")))
    assert await stake_of(visit) > stake
    await press(visit, visit.button(re.compile("^Lower stake")))
    assert await stake_of(visit) == stake
    for key in ("Enter", "Space"):
        before = await last_round(visit)
        await press(visit, visit.button("Spin"), key, NEAR)
        await reels_rest(visit, stake, before)


async def test_held_key_spins_once(visit: Visit) -> None:
    """A key must be let go before it spins again."""
    await visit.table("slot")
    stake = await stake_of(visit)
    await visit.button("Spin").focus()
    await visit.page.keyboard.down("Enter")
    first = await reels_rest(visit, stake, None)
    for _ in range(3):
        await visit.page.keyboard.down("Enter")
    await visit.page.keyboard.up("Enter")
    assert await last_round(visit) == first.round
    await visit.page.keyboard.press("Enter")
    await reels_rest(visit, stake, first.round)
    assert len(await total_cost(visit)) == 2


async def test_roulette(visit: Visit) -> None:
    """Arrow keys move over the felt, Enter places a chip and Delete takes it back."""
    await register(visit)
    await press(visit, visit.game("roulette"))
    await tab_to(visit, visit.button(re.compile("^Straight 17, ")))
    await visit.page.keyboard.press("Enter")
    assert "placed" in await focus(visit)
    await visit.page.keyboard.press("ArrowRight")
    assert not (await focus(visit)).startswith("Straight 17,")
    await visit.page.keyboard.press("Space")
    assert "placed" in await focus(visit)
    await visit.page.keyboard.press("Delete")
    assert "placed" not in await focus(visit)
    await press(visit, visit.button("Spin"))
    await expect(checks(visit)).to_be_visible()


async def test_blackjack(visit: Visit) -> None:
    """Enter deals, and whatever is to be decided is near."""
    await register(visit)
    await press(visit, visit.game("blackjack"))
    stake = await stake_of(visit)
    decision = visit.page.get_by_role("group", name="Your decision")
    for _ in range(20):
        before = await last_round(visit)
        await press(visit, visit.button("Deal"))
        await expect(decision.or_(checks(visit, before))).to_be_visible()
        if await decision.is_visible():
            break
    if await visit.button("No insurance").is_visible():
        await press(visit, visit.button("No insurance"), most=NEAR)
        await expect(visit.button("Stand").or_(checks(visit))).to_be_visible()
    if await visit.button("Stand").is_visible():
        await press(visit, visit.button("Stand"), most=NEAR)
    await told(visit, stake, None)
    await press(visit, visit.button("Deal"), most=NEAR)


async def test_generic(visit: Visit) -> None:
    """Many bets are one stop of Tab; arrow keys lead among them, Enter and Space place a chip."""
    await register(visit)
    await visit.open("/play/roulette?view=generic")
    await visit.online()
    stake = await stake_of(visit)
    await tab_to(visit, visit.button(re.compile("^Straight 0, ")))
    await visit.page.keyboard.press("ArrowRight")
    assert (await focus(visit)).startswith("Straight 1,")
    await visit.page.keyboard.press("Enter")
    await visit.page.keyboard.press("End")
    assert (await focus(visit)).startswith("Straight 36,")
    await visit.page.keyboard.press("Space")
    await expect(visit.page.get_by_role("region", name="Your bets")).to_contain_text("Straight 36")
    await press(visit, visit.button(re.compile("^Play ")), most=NEAR + 8)
    await told(visit, 2 * stake, None)
