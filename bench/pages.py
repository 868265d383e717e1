"""How quick the pages are in a browser: opening, taps, frames while reels roll, live tables."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from playwright.async_api import (
    Browser,
    Error as BrowserError,
    Page,
    ViewportSize,
    async_playwright,
)
from rich.console import Console
from rich.table import Table

from bench import processes
from bench.command import conclude, play, run
from bench.console import LONGEST_MS, Watched, watch_tables, watching_targets
from bench.errors import BenchError
from bench.progress import Steps
from bench.report import Target, machine
from server.web.build_state import BuildState, build_state
from tests.browser import chromium

__all__ = ["Frames", "Measured", "Weight", "frames_of", "pages", "targets", "weights_of"]

SIZES: Final = {"phone": (360, 640), "desktop": (1280, 800)}
INTERACTIVE_MS_MAX: Final = 1_000.0
TAP_MS_MAX: Final = 50.0
FRAMES_MIN: Final = 60.0
SOFTWARE_FRAMES_MIN: Final = 30.0
SETTLE_MS: Final = 1_500
"""The page is left alone before the first spin, until the reels are drawn and nothing loads."""
PATIENCE_MS: Final = 20_000
SPIN_MS_MAX: Final = 60_000
"""Free games take their time."""
WATCH_S_MAX: Final = 600

WELCOME: Final = "main button:not([aria-disabled])"
LOBBY: Final = 'main a[href^="/play/"]'
USABLE: Final = """
(() => {
  globalThis.usableAt = {};
  const look = () => {
    for (const what of WANTED) {
      if (what in globalThis.usableAt || document.querySelector(what) === null) continue;
      globalThis.usableAt[what] = performance.now();
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
""".replace("WANTED", msgspec.json.encode([WELCOME, LOBBY]).decode())
"""Notes when there is something to tap: the button of the welcome, a game of the lobby."""

WATCH: Final = """() => {
  globalThis.taps = [];
  globalThis.frames = [];
  const reels = document.querySelector('[data-spinning]');
  let tapped = 0;
  let seen = 0;
  addEventListener('click', (event) => { tapped = event.timeStamp; seen = 0; }, true);
  let last = performance.now();
  const tick = (now) => {
    const moving = reels.dataset.spinning === 'true';
    if (moving) globalThis.frames.push(now - last);
    last = now;
    if (moving && tapped > 0 && ++seen === 2) {
      globalThis.taps.push(performance.now() - tapped);
      tapped = 0;
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
"""Counts frames while the reels roll, and the time from a tap until their second frame is made."""

ROW: Final = re.compile(r"^(?:ok|OVER) +([\d.]+) of ([\d.]+) KB +(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of all spins together."""

    count: int
    a_second: float
    longest_of_95_ms: float
    """19 of 20 frames took no longer, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One size of window; milliseconds, each the median and the worst."""

    size: str
    renderer: str
    welcome_ms: tuple[float, float]
    """From the start of the navigation until a newcomer can tap something."""
    lobby_ms: tuple[float, float]
    """The same for a player who comes back: connected, resumed, and the games on the page."""
    tap_ms: tuple[float, float]
    """From a tap on Spin until the second frame with rolling reels is made."""
    frames: Frames


@dataclass(frozen=True, slots=True)
class Weight:
    """What a player downloads for a part of the pages, in kilobytes of brotli."""

    name: str
    kilobytes: float
    budget: float


def pages(
    *,
    loads: int = 5,
    spins: int = 4,
    watch: float = 10.0,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-pages.json"
    ),
    directory: Path = Path("var"),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure the built pages in a Chromium, on the size of a phone and of a desktop.

    The Chromium is the one that the tests use. It draws in software, so frames a second are those
    of a machine without a graphics card, and the browser shares the cores with the server.

    Args:
        loads: How often each page is opened.
        spins: How often the reels are spun on each size.
        watch: For how many seconds an operator's page watches 500 live tables; 0 leaves that out.
        json: File for all figures; - for standard output.
        directory: Where the database is made meanwhile.
        require: End with 99 if a target is missed.
    """
    if not (1 <= loads <= 100 and 1 <= spins <= 100):
        raise BenchError("--loads and --spins take 1 to 100")
    if not 0 <= watch <= WATCH_S_MAX:
        raise BenchError(f"--watch takes 0 to {WATCH_S_MAX} seconds")
    return play(_pages(loads, spins, watch, json, directory, require=require))


async def _pages(
    loads: int, spins: int, watch: float, json: Path | None, directory: Path, *, require: bool
) -> int:
    state = build_state()
    if state is not BuildState.FRESH:
        raise BenchError(state.value)
    path = chromium.find()
    if path is None:
        raise BenchError(chromium.WANTED)
    steps = Steps()
    found: list[Measured] = []
    watched: Watched | None = None
    with processes.workspace(directory) as work:
        try:
            async with async_playwright() as driver:
                browser = await chromium.launch(driver, path)
                version = browser.version
                async with processes.product(work, work / "product") as server:
                    for name in SIZES:
                        with steps.step(f"playing on a {name}"):
                            found.append(await _measure(browser, server.http, name, loads, spins))
                if watch > 0:
                    with steps.step("watching live tables"):
                        watched = await watch_tables(browser, work / "floor", watch)
                await browser.close()
        except BrowserError as error:
            raise BenchError(f"the browser: {error.message.splitlines()[0]}") from None
    weights = weights_of(_sizes())
    print_tables(Console(stderr=str(json) == "-"), found, weights, watched)
    aims = targets(found, weights) + ([] if watched is None else watching_targets(watched))
    content = {
        "chromium": version,
        "loads": loads,
        "spins": spins,
        "pages": [asdict(one) for one in found],
        "watched": None if watched is None else asdict(watched),
        "weights": [asdict(one) for one in weights],
        "targets": [target.as_json() for target in aims],
        "machine": machine(),
    }
    return conclude(json, content, aims, require=require)


async def _measure(browser: Browser, home: str, size: str, loads: int, spins: int) -> Measured:
    width, height = SIZES[size]
    phone = size == "phone"
    context = await browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        is_mobile=phone,
        has_touch=phone,
        locale="en-US",
    )
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(USABLE)
    page = await context.new_page()
    try:
        welcome = [await _open(page, home, WELCOME) for _ in range(loads)]
        await page.get_by_role("button", name="Play with play money").click()
        await page.get_by_role("link", name="Play Moth and Moon").wait_for()
        lobby = [await _open(page, home, LOBBY) for _ in range(loads)]
        await page.get_by_role("link", name="Play Moth and Moon").first.click()
        taps, frames = await _spin(page, spins)
        renderer = await page.locator("[data-renderer]").get_attribute("data-renderer")
    finally:
        await context.close()
    return Measured(
        size, renderer or "", _summary(welcome), _summary(lobby), _summary(taps), frames_of(frames)
    )


async def _open(page: Page, address: str, what: str) -> float:
    """Return after how many milliseconds of the navigation there was this to tap."""
    await page.goto(address)
    usable = await page.wait_for_function("(what) => globalThis.usableAt[what]", arg=what)
    return float(await usable.json_value())


async def _spin(page: Page, spins: int) -> tuple[list[float], list[float]]:
    """Return the times from tap to motion and those between frames."""
    spin = page.get_by_role("button", name="Spin", exact=True)
    await spin.wait_for()
    await page.locator("[data-renderer]").wait_for()
    await page.wait_for_timeout(SETTLE_MS)
    await page.evaluate(WATCH)
    for _ in range(spins):
        await spin.click()
        await page.locator("[data-spinning=true]").wait_for()
        await page.locator("[data-spinning=false]").wait_for(timeout=SPIN_MS_MAX)
    taps: list[float] = await page.evaluate("globalThis.taps")
    frames: list[float] = await page.evaluate("globalThis.frames")
    return taps, frames


def _sizes() -> str:
    """Return what the script says that weighs the build, or nothing where there is no Node."""
    node = shutil.which("node")
    if node is None:
        return ""
    script = chromium.ROOT / "web" / "scripts" / "sizes.mjs"
    done = subprocess.run(  # noqa: S603 - our own script
        [node, str(script)], capture_output=True, text=True, check=False
    )
    return done.stdout


def _summary(values: Sequence[float]) -> tuple[float, float]:
    """Return median and maximum. Raises BenchError where nothing was measured."""
    if not values:
        raise BenchError("the browser told no times")
    return round(statistics.median(values), 1), round(max(values), 1)


def frames_of(milliseconds: Sequence[float]) -> Frames:
    """Summarise the times between frames. Raises BenchError where there are none."""
    if not milliseconds:
        raise BenchError("the browser told no frames")
    ordered = sorted(milliseconds)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return Frames(len(ordered), round(1000 * len(ordered) / sum(ordered), 1), round(late, 1))


def weights_of(told: str) -> list[Weight]:
    """Read the lines of `npm run sizes`; names without what changes with every build."""
    return [
        Weight(re.sub(r"^assets/|-[\w-]{8}\.js$", "", name), float(size), float(budget))
        for size, budget, name in ROW.findall(told)
    ]


def targets(found: Sequence[Measured], weights: Sequence[Weight]) -> list[Target]:
    """Return the figures that have a bound."""
    aims: list[Target] = []
    for one in found:
        least = FRAMES_MIN if one.renderer == "webgl" else SOFTWARE_FRAMES_MIN
        aims += [
            Target(
                f"lobby usable, {one.size}", one.lobby_ms[0], INTERACTIVE_MS_MAX, "at most", "ms"
            ),
            Target(f"tap to reels moving, {one.size}", one.tap_ms[0], TAP_MS_MAX, "at most", "ms"),
            Target(f"frames a second, {one.size}", one.frames.a_second, least, "at least"),
        ]
    aims += [
        Target(f"{one.name}, brotli", one.kilobytes, one.budget, "at most", "KB") for one in weights
    ]
    return aims


def print_tables(
    console: Console,
    found: Sequence[Measured],
    weights: Sequence[Weight],
    watched: Watched | None = None,
) -> None:
    """Print what was measured."""
    shown = Table(caption="milliseconds: median, then the worst in brackets")
    for column in ("", "renderer", "welcome", "lobby", "tap to motion", "frames/s", "95 % within"):
        shown.add_column(column, justify="left" if column in ("", "renderer") else "right")
    for one in found:
        times = (one.welcome_ms, one.lobby_ms, one.tap_ms)
        shown.add_row(
            one.size,
            one.renderer,
            *(f"{median:.0f} ({worst:.0f})" for median, worst in times),
            f"{one.frames.a_second:.1f}",
            f"{one.frames.longest_of_95_ms:.1f} ms",
        )
    console.print(shown)
    heavy = Table(caption="what a player downloads, in brotli")
    for column in ("", "KB", "budget"):
        heavy.add_column(column, justify="right" if column else "left")
    for weight in weights:
        heavy.add_row(weight.name, f"{weight.kilobytes:.1f}", f"{weight.budget:.0f}")
    if weights:
        console.print(heavy)
    if watched is not None:
        console.print(
            f"{watched.tables} live tables, {watched.events_a_second} events a second, for"
            f" {watched.seconds:.0f} s: {watched.long_tasks} tasks over {LONGEST_MS:.0f} ms,"
            f" longest {watched.longest_ms:.0f} ms, {watched.frames_a_second:.1f} frames a second"
        )


if __name__ == "__main__":
    sys.exit(run("bench.pages", pages))
