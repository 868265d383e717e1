"""`python -m tests.browser.screenshots [NAME...]`: pictures of the pages, from a real server."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright, expect

from tests.browser import chromium
from tests.browser.live_pictures import LIVE_SCENES, busy_house
from tests.browser.rounds import checks, deal, deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import DESKTOP, PHONE, Size, Visit
from tests.chaos.processes import Server

FOLDER: Final = chromium.ROOT / "docs" / "images"
MOST_BYTES: Final = 300_000
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


async def take(folder: Path, path: str, names: list[str]) -> None:
    """Take these pictures, or all, most of them on a phone and on a desktop."""
    home = tempfile.TemporaryDirectory(prefix="croupier-pictures-", ignore_cleanup_errors=True)
    wanted = {name for name in (*SCENES, *LIVE_SCENES) if not names or name in names}
    try:
        async with async_playwright() as driver:
            browser = await chromium.launch(driver, path)
            if wanted & SCENES.keys():
                await _take_private(browser, home_of(home.name, "private"), folder, wanted)
            if wanted & LIVE_SCENES.keys():
                await _take_live(browser, home_of(home.name, "live"), folder, wanted)
            await browser.close()
    finally:
        home.cleanup()


def home_of(folder: str, part: str) -> Path:
    """Make the home of a server."""
    home = Path(folder) / part
    home.mkdir()
    return home


async def _take_private(browser: Browser, home: Path, folder: Path, wanted: set[str]) -> None:
    server = Server(home)
    try:
        await server.start()
        for name, scene in SCENES.items():
            for kind, size in (("phone", PHONE), ("desktop", DESKTOP)):
                if name in wanted:
                    async with _visit(browser, server, size) as visit:
                        await scene(visit)
                        await visit.page.mouse.move(0, 0)
                        await visit.still()
                        await picture(visit, folder / f"{name}-{kind}.png")
    finally:
        await server.clear()


async def _take_live(browser: Browser, home: Path, folder: Path, wanted: set[str]) -> None:
    async with busy_house(home) as server:
        for name, scene in LIVE_SCENES.items():
            for kind, size in scene.sizes:
                if name in wanted:
                    async with _visit(browser, server, size) as visit:
                        await scene.come(visit, server)
                        await visit.page.mouse.move(0, 0)
                        await picture(visit, folder / f"{name}-{kind}.png")


@asynccontextmanager
async def _visit(browser: Browser, server: Server, size: Size) -> AsyncIterator[Visit]:
    visit = await Visit.begin(
        browser, server.http, size, color_scheme="dark", device_scale_factor=1.5
    )
    try:
        yield visit
    finally:
        await visit.context.close()


async def picture(visit: Visit, path: Path) -> None:
    """Save what is in the window, unless the file would be too large."""
    content = await visit.page.screenshot(path=path)
    sys.stderr.write(f"{path.name}: {len(content) // 1000} kB\n")
    if len(content) > MOST_BYTES:
        sys.exit(f"{path.name} is larger than {MOST_BYTES // 1000} kB")


def main() -> None:
    """Take all pictures, or those of the names given."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*SCENES, *LIVE_SCENES]))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    unknown = set(chosen.names) - SCENES.keys() - LIVE_SCENES.keys()
    if unknown:
        parser.error(f"no scene {', '.join(sorted(unknown))}")
    path = chromium.find()
    if path is None:
        sys.exit(chromium.WANTED)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(chosen.folder, path, chosen.names))


if __name__ == "__main__":
    main()
