"""One visit of one person: a page, what it complained of, and what a person does there."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

PATIENCE_MS: Final = 15_000
"""A bound against hanging, not a demand."""
expect.set_options(timeout=PATIENCE_MS)
BLOCKED_BY_POLICY: Final = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy', event.violatedDirective, event.blockedURI, event.sourceFile));
"""


class Size(NamedTuple):
    """The inside of a window, in CSS pixels."""

    width: int
    height: int


PHONE: Final = Size(360, 640)
DESKTOP: Final = Size(1280, 800)
TITLES: Final = {
    "slot": "Moth and Moon",
    "roulette": "European roulette",
    "blackjack": "Blackjack",
}


class Visit:
    """A page of a fresh browser profile."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.home = home
        self.complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self.tabs: list[Visit] = [self]
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    @classmethod
    async def begin(
        cls,
        browser: Browser,
        home: str,
        size: Size = DESKTOP,
        *,
        script: str = "",
        motion: bool = False,
        **options: Any,
    ) -> Visit:
        """Open a profile and an empty page; `script` runs before any of the page's own.

        Without `motion` the device asks for none, so that no test waits for a reel or a ball.
        """
        phone = size.width < 600
        context = await browser.new_context(
            viewport={"width": size.width, "height": size.height},
            locale="en-US",
            timezone_id="UTC",
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="no-preference" if motion else "reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(BLOCKED_BY_POLICY)
        if script:
            await context.add_init_script(script)
        return cls(await context.new_page(), home)

    async def another(self) -> Visit:
        """Open a second tab of the same profile."""
        tab = Visit(await self.context.new_page(), self.home)
        self.tabs.append(tab)
        return tab

    @property
    def context(self) -> BrowserContext:
        """The profile."""
        return self.page.context

    # -- what it complains of -------------------------------------------------------------------

    def expect(self, *patterns: str) -> None:
        """Allow complaints that a test provokes."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    @property
    def unexpected(self) -> list[str]:
        """What the pages complained of though nothing should be wrong."""
        return [
            complaint
            for tab in self.tabs
            for complaint in tab.complaints
            if not any(pattern.search(complaint) for pattern in self._expected)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _of_the_driver(message.text):
            where = message.location.get("url", "")
            self.complaints.append(f"{message.type}: {message.text} ({where})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left
            self.complaints.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")

    # -- what a person does ---------------------------------------------------------------------

    async def open(self, path: str = "/") -> None:
        """Go to an address of this server."""
        await self.page.goto(self.home + path)

    async def register(self, path: str = "/") -> None:
        """Open a play-money account and wait for the page at *path*."""
        await self.open(path)
        await self.button("Play with play money").click()
        await self.online()

    async def online(self) -> None:
        """Wait until the page says that it is connected."""
        await expect(self.strip.get_by_text("Online", exact=True)).to_be_visible()

    async def play(self, game: str) -> None:
        """Choose a game in the lobby."""
        await self.game(game).click()
        await expect(self.heading(TITLES[game])).to_be_visible()

    async def table(self, game: str) -> None:
        """Register and sit down at a game."""
        await self.register()
        await self.play(game)

    def game(self, game: str) -> Locator:
        """Return the way to a game in the lobby."""
        return self.page.get_by_role("link", name=f"Play {TITLES[game]}", exact=True)

    @property
    def strip(self) -> Locator:
        """The session strip."""
        return self.page.get_by_role("region", name="Session")

    @property
    def said(self) -> Locator:
        """The line of a game that tells what has happened."""
        return self.page.locator("main p[role=status]")

    def button(self, name: str | re.Pattern[str], *, exact: bool = True) -> Locator:
        """Return a button by its accessible name."""
        return self.page.get_by_role("button", name=name, exact=exact)

    def heading(self, name: str) -> Locator:
        """Return a heading by its accessible name."""
        return self.page.get_by_role("heading", name=name, exact=True)

    async def balance(self) -> int:
        """Return the balance that the page shows, in minor units; its text must say the same."""
        return await amount(self.strip.locator("strong data"))

    async def net(self) -> int:
        """Return the net position that the page shows."""
        return await amount(self.strip.locator("p", has_text="Net").locator("data"))

    async def leave_for(self, name: str) -> None:
        """Go to one of the main pages."""
        await (
            self.page.get_by_role("navigation", name="Main")
            .get_by_role("link", name=name, exact=True)
            .click()
        )

    async def offline(self) -> None:
        """Wait until the page says that the connection is gone."""
        await expect(self.strip.get_by_text(re.compile("^(Offline|Connecting)$"))).to_be_visible()

    async def reads(self, text: str | re.Pattern[str]) -> None:
        """Wait for a text that a person can see."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def still(self) -> None:
        """Wait until nothing moves that ends by itself."""
        await self.page.evaluate(
            """Promise.allSettled(document.getAnimations()
              .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
              .map((one) => one.finished))"""
        )

    async def fits(self) -> None:
        """Expect that nothing must be scrolled sideways."""
        wide = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"the page is {wide} pixels wider than its window"


async def amount(money: Locator) -> int:
    """Return the minor units of an amount; what a person reads must be the same."""
    value = await money.get_attribute("value")
    assert value is not None
    text = await money.inner_text()
    digits = re.sub(r"\D", "", text)
    assert int(digits) == abs(int(value)), f"{text} is shown for {value}"
    return int(value)


def _of_the_driver(text: str) -> bool:
    """Warnings of the graphics in software; they say nothing of the page."""
    return any(word in text for word in ("GPU stall", "SwiftShader", "GL Driver Message"))
