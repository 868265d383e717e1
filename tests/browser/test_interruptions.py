"""Whatever breaks in the middle of a round: the round is found again and no amount is wrong."""

from __future__ import annotations

import re

from playwright.async_api import WebSocket, expect

from tests.browser.conftest import Begin
from tests.browser.history import total_cost
from tests.browser.rounds import deal_open, last_round, spin_reels, spin_wheel, stake_of, stand
from tests.browser.visits import PHONE, Visit
from tests.chaos.processes import Server

NO_CONNECTION = (r"WebSocket connection to .* failed", "ERR_CONNECTION_REFUSED")
OPENING = 100_000
"""What every account begins with, in minor units."""


async def test_reload_while_the_reels_roll(begin: Begin) -> None:
    """A round whose reels were still rolling is in the history once, not shown as a new one."""
    visit = await begin(motion=True)
    await visit.table("slot")
    rolling = visit.page.locator('[data-spinning="true"]')
    async with visit.page.expect_event("websocket") as opened:
        await visit.page.reload()
    await visit.online()
    socket: WebSocket = await opened.value
    await expect(visit.button("Spin")).to_be_enabled()
    async with socket.expect_event("framereceived"):
        await visit.button("Spin").click()
    await expect(rolling).to_be_visible()
    await visit.page.reload()
    await visit.online()
    await expect(visit.button("Spin")).to_be_enabled()
    await expect(rolling).to_have_count(0)
    assert await last_round(visit) is None
    balance = await visit.balance()
    costs = await total_cost(visit)
    assert len(costs) == 1
    assert balance == OPENING - sum(costs)


async def test_reload_at_once(visit: Visit) -> None:
    """A reload right behind the tap loses nothing: the bet was taken or it was not."""
    await visit.table("slot")
    for _ in range(2):
        await expect(visit.button("Spin")).to_be_enabled()
        await visit.button("Spin").click()
        await visit.page.reload()
        await visit.online()
    await expect(visit.button("Spin")).to_be_enabled()
    await spin_reels(visit)
    balance = await visit.balance()
    assert balance == OPENING - sum(await total_cost(visit))


async def test_open_hand_is_found_after_a_reload(begin: Begin) -> None:
    """The cards of an open hand lie there as before, and the hand can be ended."""
    visit = await begin(PHONE)
    await visit.table("blackjack")
    stake = await deal_open(visit)
    cards, balance = await hand(visit), await visit.balance()
    await visit.page.reload()
    await visit.online()
    await expect(visit.page.get_by_role("group", name="Your decision")).to_be_visible()
    assert await hand(visit) == cards
    assert await visit.balance() == balance
    played = await stand(visit, stake)
    assert await visit.balance() == balance + played.payout


async def test_second_tab(visit: Visit) -> None:
    """Only one tab plays: the others say so, take over when asked, and nobody kicks back."""
    await visit.table("slot")
    second = await visit.another()
    await second.open()
    await expect(second.heading("You are playing in another tab")).to_be_visible()
    await visit.online()
    await spin_reels(visit)
    balance = await visit.balance()

    await second.button("Play here").click()
    await second.online()
    assert await second.balance() == balance
    await expect(visit.heading("You are playing in another tab")).to_be_visible()
    await second.play("roulette")
    await spin_wheel(second, "Even money Red")
    balance = await second.balance()
    await expect(visit.heading("You are playing in another tab")).to_be_visible()
    await second.online()

    await visit.button("Play here").click()
    await visit.online()
    assert await visit.balance() == balance
    await expect(second.heading("You are playing in another tab")).to_be_visible()


async def test_duplicated_tab(visit: Visit) -> None:
    """A tab that was duplicated takes the session over; the first says so and stays away."""
    await visit.table("slot")
    async with visit.page.expect_popup() as popup:
        await visit.page.evaluate("void window.open('/play/slot')")
    second = Visit(await popup.value, visit.home)
    visit.tabs.append(second)
    await expect(visit.heading("You are playing in another tab")).to_be_visible()
    await second.online()
    await spin_reels(second)
    await expect(visit.heading("You are playing in another tab")).to_be_visible()
    await second.online()


async def test_server_killed_in_a_hand(visit: Visit, house: Server) -> None:
    """After `kill -9` the page says what is wrong, finds the server again, and the hand goes on."""
    await visit.table("blackjack")
    stake = await deal_open(visit)
    cards, balance = await hand(visit), await visit.balance()
    visit.expect(*NO_CONNECTION)
    await house.kill()
    try:
        await visit.offline()
        await visit.reads(re.compile("The server cannot be reached. .* Your money is safe"))
        assert await hand(visit) == cards
    finally:
        await house.start()
    await visit.online()
    await expect(visit.page.get_by_text("The server cannot be reached")).to_have_count(0)
    assert await hand(visit) == cards
    assert await visit.balance() == balance
    played = await stand(visit, stake)
    assert await visit.balance() == balance + played.payout


async def test_server_killed_under_rolling_reels(visit: Visit, house: Server) -> None:
    """A spin that the server takes to its grave is told when it is back, and costs one stake."""
    await visit.table("slot")
    stake = await stake_of(visit)
    visit.expect(*NO_CONNECTION)
    await visit.button("Spin").click()
    await house.kill()
    try:
        await visit.offline()
    finally:
        await house.start()
    await visit.online()
    await expect(visit.button("Spin")).to_be_enabled(timeout=30_000)
    balance = await visit.balance()
    costs = await total_cost(visit)
    assert len(costs) == 1
    assert costs[0] <= stake
    assert balance == OPENING - sum(costs)


async def test_offline_and_online(visit: Visit) -> None:
    """Without a network the page says so, keeps what was shown, and goes on by itself."""
    await visit.table("slot")
    await spin_reels(visit)
    balance = await visit.balance()
    visit.expect("ERR_INTERNET_DISCONNECTED", *NO_CONNECTION)
    await visit.context.set_offline(True)
    await visit.offline()
    await visit.reads("You are offline. The game goes on when you are back.")
    assert await visit.balance() == balance
    await visit.context.set_offline(False)
    await visit.online()
    assert await visit.balance() == balance
    await spin_reels(visit)


async def test_opened_offline(visit: Visit) -> None:
    """Opened without a network, the page is there all the same and says what is wrong."""
    await visit.register()
    await visit.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    visit.expect("ERR_INTERNET_DISCONNECTED", *NO_CONNECTION)
    await visit.context.set_offline(True)
    await visit.page.reload()
    await visit.reads("You are offline. The game goes on when you are back.")
    await visit.context.set_offline(False)
    await visit.online()


async def test_visited_without_a_server(visit: Visit) -> None:
    """A new visitor of a server that is gone gets a plain sentence and tries again."""
    await visit.open()
    await visit.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    visit.expect("ERR_INTERNET_DISCONNECTED", *NO_CONNECTION)
    await visit.context.set_offline(True)
    await visit.button("Play with play money").click()
    await visit.reads("The server could not be reached. Try again in a moment.")
    await visit.context.set_offline(False)
    await visit.button("Play with play money").click()
    await visit.online()


async def hand(visit: Visit) -> list[str]:
    """Return the names of all cards on the table."""
    cards = visit.page.get_by_role("main").get_by_role("img")
    return [await card.get_attribute("aria-label") or "" for card in await cards.all()]
