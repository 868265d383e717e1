"""Scenes of live tables and of the console, on a server where many play."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from playwright.async_api import expect

from server.identity import totp
from tests.browser.floor import live
from tests.browser.visits import DESKTOP, PHONE, Size, Visit
from tests.chaos.processes import Load, Server, croupier
from tests.server.identity.people import PASSWORD, secret_of

__all__ = ["LIVE_SCENES", "LiveScene", "busy_house"]

_TABLES: Final = (
    ("Roulette 1", "roulette", 14_000),
    ("Roulette 2", "roulette", 9_000),
    ("French wheel", "roulette-french", 12_000),
    ("Baccarat 1", "baccarat", 8_000),
    ("Baccarat 2", "baccarat", 11_000),
    ("Sic bo", "sic-bo", 10_000),
    ("Big six", "big-six", 9_000),
    ("Blackjack 1", "blackjack", 9_000),
    ("Blackjack 2", "blackjack", 9_000),
    ("Rocket", "crash", 7_000),
)
_TABLE: Final = """
[[live.tables]]
title = "{title}"
game = "{game}"
seats = {seats}
minimum = "0.50"
betting_ms = {betting_ms}
decision_ms = 12000
result_ms = 6000
"""
_PLAYERS: Final = 36
_MIX: Final = (
    "live:Roulette 1=6,live:Roulette 2=4,live:French wheel=3,live:Baccarat 1=5,live:Sic bo=3,"
    "live:Blackjack 1=5,live:Rocket=7,live:Blackjack 2=3"
)
_PLACE: Final = re.compile("^Place bets")
_ROUND_MS: Final = 60_000
"""Longer than any round here may last."""


class LiveScene(NamedTuple):
    """What a picture shows, on which windows, and how it comes about."""

    sizes: tuple[tuple[str, Size], ...]
    come: Callable[[Visit, Server], Awaitable[None]]


@asynccontextmanager
async def busy_house(home: Path) -> AsyncIterator[Server]:
    """Run a server with many live tables, and people at most of them."""
    tables = (
        _TABLE.format(title=title, game=game, betting_ms=betting, seats=7 if "jack" in game else 12)
        for title, game, betting in _TABLES
    )
    (home / "config.toml").write_text("".join(tables), encoding="utf-8")
    server = Server(home)
    try:
        await server.start()
        load = Load(server, players=_PLAYERS, mix=_MIX, think_ms=900)
        try:
            await load.start()
            yield server
        finally:
            await load.clear()
    finally:
        await server.clear()


async def _sit_down(visit: Visit, title: str) -> None:
    await visit.register()
    shelf = visit.page.get_by_role("region", name="Live tables")
    await shelf.get_by_role("link", name=title, exact=True).click()
    await visit.button("Sit down").click()
    # A round that opens now is seen from its beginning, with what the others bet.
    await expect(visit.button("Leave the seat")).to_be_visible()


async def _opened(visit: Visit) -> None:
    """Wait for a round that opens."""
    told = visit.page.get_by_text("Place your bets.").first
    await expect(told).to_be_hidden(timeout=_ROUND_MS)
    await expect(told).to_be_visible(timeout=_ROUND_MS)


async def roulette(visit: Visit, _: Server) -> None:
    """Everybody's chips, one's own accepted."""
    await _sit_down(visit, "Roulette 1")
    await _opened(visit)
    for bet in ("Straight 17", "Even money Red", "Dozen 13 to 24"):
        await visit.page.get_by_role("button", name=re.compile(f"^{bet}")).focus()
        await visit.page.keyboard.press("Enter")
    await visit.button(_PLACE).click()
    spot = visit.page.get_by_role("button", name=re.compile("^Straight 17"))
    await expect(spot).to_have_accessible_name(re.compile("accepted"))
    await visit.page.wait_for_timeout(4_000)  # the others bet
    if await visit.page.evaluate("innerWidth > 600"):
        await visit.page.evaluate("scrollTo(0, 0)")
    else:
        await spot.evaluate("(felt) => felt.scrollIntoView({ block: 'center' })")


async def blackjack(visit: Visit, _: Server) -> None:
    """The hands of several seats."""
    await _sit_down(visit, "Blackjack 1")
    place, stand = visit.button(_PLACE), visit.button("Stand")
    for _round in range(8):
        await expect(place).to_be_enabled(timeout=_ROUND_MS)
        await place.click()
        over = visit.page.get_by_role("status").filter(has_text=re.compile("^Dealer (has|busts)"))
        await expect(stand.or_(over).first).to_be_visible(timeout=_ROUND_MS)
        if await stand.count():
            return
        await expect(over).to_be_hidden(timeout=_ROUND_MS)


async def crash(visit: Visit, _: Server) -> None:
    """The multiplier rises."""
    await _sit_down(visit, "Rocket")
    for _round in range(12):
        await expect(visit.button(_PLACE)).to_be_enabled(timeout=_ROUND_MS)
        await visit.button(_PLACE).click()
        crashed = visit.page.get_by_role("status").filter(has_text=re.compile("^Crashed at"))
        cash_out = visit.button("Cash out")
        await expect(cash_out.or_(crashed).first).to_be_visible(timeout=_ROUND_MS)
        await visit.page.wait_for_timeout(4_000)  # it rises
        if await cash_out.count():
            return
        await expect(crashed).to_be_hidden(timeout=_ROUND_MS)


async def _sign_in(visit: Visit, server: Server, name: str) -> None:
    """Add an operator and sign in."""
    password = server.home / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    added = await croupier(
        *("operator", "add", name, "--role", "floor", "--password-file", str(password), "--json"),
        *("--data", str(server.data)),
        cwd=server.home,
    )
    assert added.code == 0, added.err
    secret = secret_of(json.loads(added.out)["totp"])
    await visit.open("/console")
    await visit.page.get_by_label("Name", exact=True).fill(name)
    await visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    code = totp.code(secret, int(time.time()) // totp.STEP_S)
    await visit.page.get_by_label("Code of your authenticator").fill(code)
    await visit.button("Sign in").click()
    await live(visit)


async def console(visit: Visit, server: Server) -> None:
    """All tables at a glance."""
    await _sign_in(visit, server, "mara")
    await visit.page.get_by_text("Roulette 1", exact=True).first.wait_for()
    await visit.page.wait_for_timeout(3_000)  # results come in


async def console_table(visit: Visit, server: Server) -> None:
    """One table in detail: seats, bets and events."""
    await _sign_in(visit, server, "otto")
    await visit.page.get_by_text("Roulette 1", exact=True).first.click()
    await visit.page.get_by_text("No more bets").first.wait_for(timeout=_ROUND_MS)
    await visit.page.get_by_text("Bets accepted").nth(9).wait_for(timeout=_ROUND_MS)
    await visit.page.wait_for_timeout(1_500)  # what follows


_BOTH: Final = (("phone", PHONE), ("desktop", DESKTOP))
LIVE_SCENES: Final[dict[str, LiveScene]] = {
    "live-roulette": LiveScene(_BOTH, roulette),
    "live-blackjack": LiveScene(_BOTH, blackjack),
    "live-crash": LiveScene(_BOTH, crash),
    "console": LiveScene((("desktop", DESKTOP),), console),
    "console-table": LiveScene((("desktop", DESKTOP),), console_table),
}
