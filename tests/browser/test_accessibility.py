"""No page has a serious fault of accessibility, in light on a desktop and in dark on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Begin
from tests.browser.rounds import checks, deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import DESKTOP, PHONE, TITLES, Size, Visit

LOOKS = pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"]
)
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target, any }) =>
      `${target} ${any.map(({ message }) => message)}`).join(' | ')}`);
}"""


async def scan(visit: Visit, page: str) -> list[str]:
    """Return the serious findings on the page that is shown."""
    await visit.still()
    found: list[Any] = await visit.page.evaluate(RUN)
    return [f"{page}: {line}" for line in found]


@LOOKS
async def test_outside(begin: Begin, axe: str, size: Size, scheme: str) -> None:
    """The welcome page and the check of a proof."""
    visit = await begin(size, script=axe, color_scheme=scheme)
    await visit.open()
    await expect(visit.button("Play with play money")).to_be_visible()
    found = await scan(visit, "welcome")
    await visit.open("/verify")
    await expect(visit.heading("Check a proof")).to_be_visible()
    found += await scan(visit, "verify")
    await visit.open("/offline.html")
    found += await scan(visit, "offline")
    assert not found, "\n".join(found)


@LOOKS
async def test_pages(begin: Begin, axe: str, size: Size, scheme: str) -> None:
    """Lobby, settings, rules, and an address that does not exist."""
    visit = await begin(size, script=axe, color_scheme=scheme)
    await visit.register()
    await expect(visit.game("slot")).to_be_visible()
    found = await scan(visit, "lobby")
    await visit.leave_for("Settings")
    await expect(visit.heading("Settings")).to_be_visible()
    found += await scan(visit, "settings")
    for game, title in TITLES.items():
        await visit.open(f"/help/{game}")
        await expect(visit.heading(f"{title}: rules and pay table")).to_be_visible()
        found += await scan(visit, f"help of {game}")
    await visit.open("/nowhere/at/all")
    await expect(visit.heading("Page not found")).to_be_visible()
    found += await scan(visit, "not found")
    assert not found, "\n".join(found)


@LOOKS
async def test_games(begin: Begin, axe: str, size: Size, scheme: str) -> None:
    """Each game before and after a round, an open hand, the history and a verified round."""
    visit = await begin(size, script=axe, color_scheme=scheme)
    await visit.table("slot")
    found = await scan(visit, "slot")
    await spin_reels(visit)
    found += await scan(visit, "slot, played")
    await visit.leave_for("Games")
    await visit.play("roulette")
    await spin_wheel(visit, "Straight 17", "Even money Red")
    found += await scan(visit, "roulette, played")
    await visit.leave_for("Games")
    await visit.play("blackjack")
    stake = await deal_open(visit)
    found += await scan(visit, "blackjack, open")
    await stand(visit, stake)
    found += await scan(visit, "blackjack, played")
    await checks(visit).click()
    await visit.button("Verify").click()
    await visit.reads("Verified: this round was fair.")
    found += await scan(visit, "round")
    await visit.leave_for("History")
    await expect(visit.page.locator("main ol > li").first).to_be_visible()
    found += await scan(visit, "history")
    await visit.open("/play/roulette?view=generic")
    await expect(visit.page.get_by_role("group", name="Kind of bet")).to_be_visible()
    found += await scan(visit, "generic")
    assert not found, "\n".join(found)
