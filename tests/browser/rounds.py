"""Playing one round of each game by pointing, and reading from the page what it cost and paid."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from playwright.async_api import Locator, expect

from tests.browser.visits import Visit, amount

OUTCOME: Final = re.compile(r"(?:You win (\S+)|You get (\S+) back|(No win))\.$")
_FREE_GAMES_MS: Final = 90_000
_DEALS: Final = 20
"""Nine of ten deals leave a decision to the player."""


class Played(NamedTuple):
    """What the page told of a round that has ended."""

    round: str
    stake: int
    payout: int

    @property
    def cost(self) -> int:
        """What it took from the balance."""
        return self.stake - self.payout


def checks(visit: Visit, but: str | None = None) -> Locator:
    """Return the link to a round that has ended and that is not *but*."""
    other = "" if but is None else f':not([href="/history/{but}"])'
    return visit.page.locator(f'main a[href^="/history/"]{other}')


async def last_round(visit: Visit) -> str | None:
    """Return the id of the round that the page offers to check."""
    link = checks(visit)
    if not await link.count():
        return None
    return (await link.get_attribute("href") or "").rpartition("/")[2]


async def told(visit: Visit, stake: int, before: str | None) -> Played:
    """Wait for the end of a round that is not *before*, and read it."""
    await expect(checks(visit, before)).to_be_visible()
    text = (await visit.said.inner_text()).strip()
    found = OUTCOME.search(text)
    assert found is not None, text
    payout = int(re.sub(r"\D", "", found[1] or found[2] or "0"))
    assert (payout > stake) == (found[1] is not None), f"{text} for a stake of {stake}"
    return Played(await last_round(visit) or "", stake, payout)


async def stake_of(visit: Visit) -> int:
    """Return the stake that is chosen."""
    return await amount(visit.page.get_by_role("main").locator("output data"))


async def spin_reels(visit: Visit) -> Played:
    """Spin the slot and watch until it rests, free games included."""
    before, stake = await last_round(visit), await stake_of(visit)
    await visit.button("Spin").click()
    return await reels_rest(visit, stake, before)


async def reels_rest(visit: Visit, stake: int, before: str | None) -> Played:
    """Wait until the reels rest and the machine is ready for the next spin."""
    await expect(checks(visit, before)).to_be_visible(timeout=_FREE_GAMES_MS)
    await expect(visit.button("Spin")).to_be_enabled()
    return await told(visit, stake, before)


async def spin_wheel(visit: Visit, *bets: str) -> Played:
    """Place a chip on each bet, spin the wheel and wait for the ball."""
    before = await last_round(visit)
    chip = visit.page.get_by_role("group", name="Chip", exact=True)
    value = await amount(chip.locator('[aria-pressed="true"] data'))
    for bet in bets:
        await visit.button(re.compile(f"^{bet}, pays "), exact=False).click()
    await visit.button("Spin").click()
    return await told(visit, value * len(bets), before)


async def deal(visit: Visit) -> bool:
    """Deal a hand; return whether it waits for a decision."""
    before = await last_round(visit)
    await visit.button("Deal").click()
    decision = visit.page.get_by_role("group", name="Your decision")
    await expect(decision.or_(checks(visit, before))).to_be_visible()
    return await decision.is_visible()


async def deal_open(visit: Visit) -> int:
    """Deal until a hand waits for a decision; return its stake."""
    stake = await stake_of(visit)
    for _ in range(_DEALS):
        if await deal(visit):
            return stake
    raise AssertionError(f"{_DEALS} hands in a row ended at once")


async def stand(visit: Visit, stake: int) -> Played:
    """Stand until the hand has ended, without insurance."""
    decision = visit.page.get_by_role("group", name="Your decision")
    decline = decision.get_by_role("button", name=re.compile("^(No insurance|Decline)"))
    stands = decision.get_by_role("button", name="Stand", exact=True)
    await expect(decline.or_(stands)).to_be_enabled()
    if await decline.is_visible():
        await decline.click()
        await expect(stands.or_(checks(visit))).to_be_visible()
    if await stands.is_visible():
        await stands.click()
    return await told(visit, stake, None)
