"""Poor browsers and strange servers: a plain sentence or nothing, never a broken page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.browser.conftest import Begin
from tests.browser.rounds import deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import Visit

NO_STORAGE = """
for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
  Object.defineProperty(globalThis, name, {
    get() { throw new DOMException('denied', 'SecurityError'); },
  });
}
"""
NO_CONTEXT = """
for (const kind of [HTMLCanvasElement, OffscreenCanvas]) {
  const original = kind.prototype.getContext;
  kind.prototype.getContext = function (type, ...rest) {
    return (%s).test(type) ? null : original.call(this, type, ...rest);
  };
}
"""
AN_HOUR_LATE = """
const Real = Date;
const HOUR = 3_600_000;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() - HOUR) : super(...given); }
  static now() { return Real.now() - HOUR; }
};
"""
NO_CHANNEL = "delete globalThis.BroadcastChannel;"
Alter = Callable[[dict[str, Any]], list[dict[str, Any]]]


async def alter(visit: Visit, change: Alter) -> list[WebSocketRoute]:
    """Let a test rewrite what the gateway says; return the connections as they come."""
    sockets: list[WebSocketRoute] = []

    def meet(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        gateway = socket.connect_to_server()

        def told(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            for frame in change(msgpack.unpackb(message)):
                socket.send(msgpack.packb(frame))

        gateway.on_message(told)

    await visit.page.route_web_socket(re.compile("^ws"), meet)
    return sockets


async def test_storage_is_blocked(begin: Begin) -> None:
    """Without any storage everything can be played; the page says what that costs."""
    visit = await begin(script=NO_STORAGE + NO_CHANNEL)
    await visit.register()
    await visit.reads("This browser keeps no data for this page: a reload will end your session.")
    await visit.play("slot")
    await spin_reels(visit)
    await visit.leave_for("Games")
    await visit.play("blackjack")
    await stand(visit, await deal_open(visit))


@pytest.mark.parametrize(("kinds", "renderer"), [("/webgl|webgpu/", "canvas"), ("/./", "elements")])
async def test_no_graphics(begin: Begin, kinds: str, renderer: str) -> None:
    """Without WebGL the reels are drawn on a plain canvas, without that as plain elements."""
    visit = await begin(script=NO_CONTEXT % kinds)
    visit.expect("WebGL", "CanvasRenderer")
    await visit.table("slot")
    reels = visit.page.locator("[data-renderer]")
    await expect(reels).to_have_attribute("data-renderer", renderer)
    await visit.reads("Drawn without graphics acceleration.")
    before = await visit.balance()
    played = await spin_reels(visit)
    assert await visit.balance() == before - played.cost
    await expect(reels).to_have_attribute("aria-label", re.compile("reel 5: "))


async def test_clock_is_wrong(begin: Begin) -> None:
    """A device an hour late shows the server's time and says why."""
    visit = await begin(script=AN_HOUR_LATE)
    await visit.register()
    await visit.reads(re.compile("clock is wrong by (59|60|61) minutes"))
    shown = await visit.strip.locator("time").inner_text()
    right = "new Intl.DateTimeFormat('en-US', {hour: '2-digit', minute: '2-digit'}).format(%s)"
    allowed = [
        await visit.page.evaluate(right % f"performance.timeOrigin + performance.now() - {late}")
        for late in (0, 60_000)
    ]
    assert shown in allowed
    elapsed = await visit.strip.inner_text()
    assert re.search(r"\b0:00:\d\d\b", elapsed), elapsed
    await visit.play("slot")
    await spin_reels(visit)


async def test_reduced_motion(visit: Visit) -> None:
    """Where the device asks for it nothing moves: results are simply there."""
    await visit.table("slot")
    await spin_reels(visit)
    await visit.leave_for("Games")
    await visit.play("roulette")
    await spin_wheel(visit, "Even money Red")
    moving = await visit.page.evaluate(
        """document.getAnimations()
          .filter((one) => one.effect.getComputedTiming().activeDuration > 20)
          .map((one) => one.animationName ?? one.transitionProperty)"""
    )
    assert not moving, moving


async def test_unknown_event(visit: Visit) -> None:
    """Events, fields and values of a newer server are passed over."""

    def newer(frame: dict[str, Any]) -> list[dict[str, Any]]:
        frame["body"]["weather"] = {"sun": True}
        return [{"type": "weather_changed", "body": {"sun": [1, None]}}, {**frame, "shard": 3}]

    await alter(visit, newer)
    await visit.table("slot")
    before = await visit.balance()
    played = await spin_reels(visit)
    assert await visit.balance() == before - played.cost


async def test_unknown_game(visit: Visit) -> None:
    """A game that this page has never heard of is offered, and played at the generic table."""

    def more(frame: dict[str, Any]) -> list[dict[str, Any]]:
        if frame["type"] == "lobby_list":
            (known,) = (game for game in frame["body"]["games"] if game["game"] == "roulette")
            choices = known["description"]["choices"][30:60]
            description = {**known["description"], "title": "Petanque", "choices": choices}
            frame["body"]["games"].append({**known, "game": "petanque", "description": description})
        return [frame]

    await alter(visit, more)
    await visit.register()
    await visit.page.get_by_role("link", name=re.compile("^Play Petanque")).click()
    await expect(visit.page.get_by_role("group", name="Kind of bet")).to_be_visible()
    await visit.reads("This game is not offered here.")
    await visit.open("/play/whist")
    await visit.reads("There is no game called “whist” here.")


async def test_older_balance_is_ignored(visit: Visit) -> None:
    """A balance that arrives behind a newer one changes nothing."""
    sockets = await alter(visit, lambda frame: [frame])
    await visit.table("slot")
    played = await spin_reels(visit)
    balance = await visit.balance()
    stale = {"amount": 7_777_777, "held": 0, "version": 0}
    sockets[-1].send(msgpack.packb({"type": "balance_changed", "body": {"balance": stale}}))
    await spin_reels(visit)
    assert played.stake > 0
    assert await visit.balance() < 7_777_777
    assert abs(balance - await visit.balance()) < 1_000_000
    await visit.leave_for("Settings")
    assert await visit.balance() != 7_777_777


async def test_outdated_page(visit: Visit) -> None:
    """A server that no longer understands this page has it say so, and offer to reload."""
    sockets = await alter(visit, lambda frame: [frame])
    await visit.register()
    await sockets[-1].close(code=4504, reason="unknown version")
    await visit.reads("This page is older than the server. Reload to go on.")
    await expect(visit.button("Reload")).to_be_visible()
    await visit.button("Reload").click()
    await visit.online()


async def test_currency_without_cents(visit: Visit) -> None:
    """Amounts are written with as many digits as their currency has."""
    await visit.open()
    await visit.page.get_by_label("Currency").select_option("JPY")
    await visit.button("Play with play money").click()
    await visit.online()
    shown = visit.strip.locator("strong data")
    await expect(shown).to_have_text(re.compile(r"^¥[\d,]+$"))
    await visit.balance()
    await visit.play("slot")
    await spin_reels(visit)
    await expect(shown).to_have_text(re.compile(r"^¥[\d,]+$"))
