"""What live tables cost an operator's page: 500 of them, each with an event a second."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from bench.report import Target
from protocol.schema.console_tables import TableRow
from server.app import Casino
from server.config import Settings
from server.config.settings import Gateway, Http, Identity
from server.console.board import LiveBoard
from server.database.files import DataDirectory
from server.identity import totp
from server.identity.operators import open_operators
from server.identity.passwords import new_verifier
from server.identity.roles import Role
from server.identity.sealing import seal_of
from server.identity.sign_ins import cost_of
from tests.server.identity.people import PASSWORD, secret_of

__all__ = ["LONGEST_MS", "TABLES", "Watched", "row_of", "watch_tables", "watching_targets"]

TABLES: Final = 500
TICK_S: Final = 0.02
"""Events come spread over the second, as those of tables with clocks of their own do."""
LONGEST_MS: Final = 50.0
"""A task that blocks the main thread for longer delays what a person does: the bound of the
Long Tasks interface of browsers (W3C)."""
SETTLE_MS: Final = 1_500
PAUSE_MS: Final = 250
PATIENCE_MS: Final = 20_000

OBSERVE: Final = """() => {
  globalThis.tasks = [];
  globalThis.longest = 0;
  globalThis.frames = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
  }).observe({ type: 'longtask' });
  let asked = performance.now();
  const tick = () => {
    globalThis.longest = Math.max(globalThis.longest, performance.now() - asked - 4);
    asked = performance.now();
    setTimeout(tick, 4);
  };
  setTimeout(tick, 4);
  const frame = () => { globalThis.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
"""Counts tasks of more than 50 ms, and frames; and notes how much too late a timer came at worst.

A timer of four milliseconds is the shortest that browsers do not make longer by themselves."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A page that watched, for a while."""

    tables: int
    seconds: float
    events_a_second: int
    """Changes of tables that the server was told of."""
    long_tasks: int
    """Tasks of the page's main thread that took over 50 ms."""
    longest_ms: float
    """The longest that a timer had to wait for the main thread."""
    frames_a_second: float


def row_of(number: int, round_number: int) -> TableRow:
    """Return a table as it is in a round: everything in its row changes from round to round."""
    turn = number + round_number
    return TableRow(
        id=f"t{number}",
        game=("roulette", "blackjack", "baccarat", "crash")[number % 4],
        title=f"Table {number}",
        currency="EUR",
        state="paused" if turn % 29 == 0 else "open",
        phase=("betting", "closed", "drawn", "settling", "result")[round_number % 5],
        phase_ms_left=1_000 * (1 + turn % 20),
        round=f"77{number}-{1 + round_number // 5}",
        seats=7,
        players=turn % 8,
        watchers=turn % 50,
        held=100 * (turn * 7_919 % 10_007),
        last_result=f"{turn % 37} {'red' if turn % 2 else 'black'}",
        node=str(1 + number % 3),
        alerts=("no round for a minute",) if turn % 41 == 0 else (),
    )


async def watch_tables(browser: Browser, directory: Path, seconds: float) -> Watched:
    """Open the grid, sorted by what changes most, and scroll it while all tables change."""
    settings = Settings(
        data=directory,
        http=Http(port=0),
        gateway=Gateway(port=0),
        identity=Identity(argon2_memory_kib=64, argon2_passes=1),
    )
    casino = Casino(settings)
    await casino.start()
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    try:
        for number in range(TABLES):
            casino.board.put(row_of(number, 0))
        page = await context.new_page()
        await _sign_in(page, casino)
        await page.locator("[data-table]").first.wait_for()
        await page.get_by_role("button", name="Held", exact=True).click()
        return await _measure(page, casino.board, seconds)
    finally:
        await context.close()
        await casino.stop()


async def _sign_in(page: Page, casino: Casino) -> None:
    """Add an operator and go in by the page."""
    settings = casino.settings
    seal = seal_of(settings.fairness.key_file, settings.data)
    verifier = new_verifier(PASSWORD, cost_of(settings.identity))
    async with open_operators(
        DataDirectory(settings.data).url("owner"), "bench", seal
    ) as operators:
        enrolment = await operators.add("mara", Role.FLOOR, verifier)
    host, port = casino.http_address
    await page.goto(f"http://{host}:{port}/console/tables")
    await page.get_by_label("Name", exact=True).fill("mara")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    code = totp.code(secret_of(enrolment.uri), int(time.time()) // totp.STEP_S)
    await page.get_by_label("Code of your authenticator").fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()


class _Crowd:
    """Changes every table once a second, each at its own time."""

    def __init__(self, board: LiveBoard) -> None:
        self.changes = 0
        self._board = board

    async def play(self) -> None:
        """Go on for ever."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            due = round((loop.time() - began) * TABLES)
            for number in range(self.changes, due):
                turn, table = divmod(number, TABLES)
                self._board.put(row_of(table, 1 + turn))
            self.changes = max(self.changes, due)
            await asyncio.sleep(TICK_S)


async def _measure(page: Page, board: LiveBoard, seconds: float) -> Watched:
    crowd = _Crowd(board)
    playing = asyncio.ensure_future(crowd.play())
    try:
        await page.wait_for_timeout(SETTLE_MS)
        # Over the head the wheel scrolls the rows, which go on changing their places; over the
        # rows themselves they would be held.
        await page.get_by_role("button", name="Game", exact=True).hover()
        await page.evaluate(OBSERVE)
        began, before = time.monotonic(), crowd.changes
        while time.monotonic() < began + seconds:
            for distance in (600, 600, 600, -1_800):
                await page.mouse.wheel(0, distance)
                await page.wait_for_timeout(PAUSE_MS)
        took, changes = time.monotonic() - began, crowd.changes - before
        found: dict[str, Any] = await page.evaluate(
            "({ tasks: globalThis.tasks, longest: globalThis.longest, frames: globalThis.frames })"
        )
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    return Watched(
        tables=TABLES,
        seconds=round(took, 1),
        events_a_second=round(changes / took),
        long_tasks=len(found["tasks"]),
        longest_ms=round(max([found["longest"], *found["tasks"]]), 1),
        frames_a_second=round(found["frames"] / took, 1),
    )


def watching_targets(watched: Watched) -> list[Target]:
    """Return the figures that have a bound."""
    name = f"{watched.tables} live tables"
    return [
        Target(f"{name}: tasks over {LONGEST_MS:.0f} ms", watched.long_tasks, 0, "at most"),
        Target(
            f"{name}: events a second", watched.events_a_second, 0.95 * watched.tables, "at least"
        ),
    ]
