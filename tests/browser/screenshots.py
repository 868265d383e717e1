"""`python -m tests.browser.screenshots [FOLDER]`: pictures of the pages, from a real server."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright, expect

from tests.browser import chromium
from tests.browser.rounds import checks, deal, deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import DESKTOP, PHONE, Visit
from tests.chaos.processes import Server

FOLDER: Final = chromium.ROOT / "docs" / "images"
MOST_BYTES: Final = 250_000
_SPINS: Final = 60
"""Reels are spun until they show a win, which is every fourth time or so."""


async def lobby(visit: Visit) -> None:
    """The games there are."""
    await visit.register()
    await expect(visit.game("slot")).to_be_visible()


async def slot(visit: Visit) -> None:
    """A win."""
    await visit.table("slot")
    for _ in range(_SPINS):
        played = await spin_reels(visit)
        if played.payout > played.stake:
            return


async def roulette(visit: Visit) -> None:
    """Chips on the felt."""
    await visit.table("roulette")
    for _ in range(6):
        await spin_wheel(visit, "Straight 17", "Straight 20", "Even money Red", "Dozen 13 to 24")
    await visit.button("Rebet").click()


async def blackjack(visit: Visit) -> None:
    """An open hand."""
    await visit.table("blackjack")
    await stand(visit, await deal_open(visit))
    for _ in range(_SPINS):
        if await deal(visit):
            return


async def verify(visit: Visit) -> None:
    """A round that was checked in the browser."""
    await visit.table("roulette")
    await spin_wheel(visit, "Straight 17", "Even money Red")
    await checks(visit).click()
    await visit.button("Verify").click()
    await visit.reads("Verified: this round was fair.")
    await visit.button("Verify").evaluate("(button) => button.scrollIntoView({ block: 'center' })")


SCENES: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "lobby": lobby,
    "slot": slot,
    "roulette": roulette,
    "blackjack": blackjack,
    "verify": verify,
}


async def take(folder: Path, path: str) -> None:
    """Take each picture on a phone and on a desktop."""
    home = tempfile.TemporaryDirectory(prefix="croupier-pictures-", ignore_cleanup_errors=True)
    server = Server(Path(home.name))
    try:
        await server.start()
        async with async_playwright() as driver:
            browser = await chromium.launch(driver, path)
            for name, scene in SCENES.items():
                for kind, size in (("phone", PHONE), ("desktop", DESKTOP)):
                    visit = await Visit.begin(
                        browser, server.http, size, color_scheme="dark", device_scale_factor=1.5
                    )
                    await scene(visit)
                    await visit.page.mouse.move(0, 0)
                    await visit.still()
                    await picture(visit, folder / f"{name}-{kind}.png")
                    await visit.context.close()
            await browser.close()
    finally:
        await server.clear()
        home.cleanup()


async def picture(visit: Visit, path: Path) -> None:
    """Save what is in the window, unless the file would be too large."""
    content = await visit.page.screenshot(path=path)
    sys.stderr.write(f"{path.name}: {len(content) // 1000} kB\n")
    if len(content) > MOST_BYTES:
        sys.exit(f"{path.name} is larger than {MOST_BYTES // 1000} kB")


def main() -> None:
    """Take all pictures."""
    path = chromium.find()
    if path is None:
        sys.exit(chromium.WANTED)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder, path))


if __name__ == "__main__":
    main()
