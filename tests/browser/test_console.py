"""The operators' pages: signing in and out of them, watching tables, and acting on one."""

from __future__ import annotations

import asyncio
import re
import time

from playwright.async_api import Page, expect

from protocol.schema.console_tables import Bet, PrivatePlay, Round, Seat, TableEvent
from server.identity.roles import Role
from tests.browser.conftest import Begin
from tests.browser.floor import Floor, enter, fill, live, row_of, table
from tests.browser.test_accessibility import LOOKS, scan
from tests.browser.visits import DESKTOP, PHONE, Size, Visit
from tests.patience import PATIENCE_S

REASON = "The wheel is being looked at."
REFUSED = (r"status 401", r"status of 401")


async def begun(begin: Begin, floor: Floor, size: Size = DESKTOP, **options: object) -> Visit:
    """Begin a visit of this house."""
    return await begin(size, home=floor.house.http, **options)


async def go(visit: Visit, page: str) -> None:
    """Go to another page as a link would, without loading everything anew."""
    await visit.page.evaluate("(path) => history.pushState(null, '', path)", f"/console/{page}")


def event(text: str, **changes: object) -> TableEvent:
    """Return an event of this moment."""
    return TableEvent(kind="bet", text=text, at_ms=round(time.time() * 1_000), **changes)  # type: ignore[arg-type]


async def test_sign_in_and_out(begin: Begin, floor: Floor) -> None:
    """A wrong code is refused without a word on which it was; the right one opens the pages."""
    mara = await floor.hire()
    visit = await begun(begin, floor)
    visit.expect(*REFUSED)
    await visit.open("/console/tables")
    await expect(visit.page.get_by_label("Name", exact=True)).to_be_focused()
    await fill(visit, mara, "000000")
    alert = visit.page.get_by_role("alert")
    await expect(alert).to_contain_text("Name, password or code is wrong")
    await expect(visit.page.get_by_label("Code of your authenticator")).to_be_focused()
    await expect(visit.page.get_by_label("Code of your authenticator")).to_have_value("")
    floor.clock.next_step()
    await fill(visit, mara, mara.code(floor.clock.at))
    await expect(visit.heading("Live tables")).to_be_visible()
    await visit.reads(f"{mara.name}, Floor")
    await visit.page.reload()
    await expect(visit.heading("Live tables")).to_be_visible()
    await visit.button("Sign out").click()
    await visit.reads("You have signed out.")
    await visit.page.reload()
    await expect(visit.button("Sign in")).to_be_visible()
    assert [action for action, _, _ in await floor.actions(mara)] == [
        "console.sign-in",
        "console.sign-out",
    ]


async def test_recovery_code(begin: Begin, floor: Floor) -> None:
    """Whoever has lost the authenticator gets in by a recovery code, and is told what is left."""
    mara = await floor.hire()
    visit = await begun(begin, floor)
    await visit.open("/console/session")
    await visit.button("Use a recovery code instead").click()
    await visit.page.get_by_label("Name", exact=True).fill(mara.name.upper())
    await visit.page.get_by_label("Password", exact=True).fill("correct horse battery")
    await visit.page.get_by_label("Recovery code", exact=True).fill(mara.recovery_codes[0].lower())
    await visit.page.keyboard.press("Enter")
    await expect(visit.heading("Your sign-in")).to_be_visible()
    left = visit.page.locator("dt", has_text="Recovery codes left").locator("+ dd")
    await expect(left).to_have_text("9")


async def test_lockout(begin: Begin, floor: Floor) -> None:
    """After some failures the page says for how long nobody is let try, and counts down."""
    mara = await floor.hire()
    visit = await begun(begin, floor)
    visit.expect(*REFUSED, "status 429", "status of 429")
    await visit.open("/console")
    alert = visit.page.get_by_role("alert")
    for _ in range(3):
        await fill(visit, mara, "000000")
        await expect(alert).to_contain_text("Name, password or code is wrong")
        await visit.page.get_by_label("Password", exact=True).fill("")
    await fill(visit, mara, mara.code(floor.clock.at))
    await expect(alert).to_have_text(re.compile(r"Too many failures.*0:(30|29)"))
    await expect(visit.page.get_by_text(re.compile(r"let try for 0:2\d"))).to_be_visible()


async def test_expiry(begin: Begin, floor: Floor) -> None:
    """A sign-in that has ended is told of at once, wherever the page is."""
    mara = await floor.hire()
    visit = await begun(begin, floor)
    visit.expect(*REFUSED)
    await enter(visit, floor, mara)
    await live(visit)
    await floor.expire(mara)
    await visit.reads("Your sign-in has ended")
    await expect(visit.button("Sign in")).to_be_visible()
    await expect(visit.button("Sign out")).to_have_count(0)
    await enter(visit, floor, mara, "/console/rounds")
    await floor.expire(mara)
    await visit.page.get_by_label("Round id").fill("7-1")
    await visit.button("Replay").click()
    await visit.reads("Your sign-in has ended")


async def test_the_end_is_told_before(begin: Begin, floor: Floor) -> None:
    """Before a sign-in ends for lack of use the page says so, and one press keeps it."""
    mara = await floor.hire()
    visit = await begun(begin, floor)
    await visit.page.clock.install()
    await enter(visit, floor, mara, "/console/session")
    await visit.page.clock.fast_forward("26:00")
    await visit.reads(re.compile("You will be signed out in 3:"))
    await visit.button("Stay signed in").click()
    await expect(visit.button("Stay signed in")).to_have_count(0)


async def test_roles(begin: Begin, floor: Floor) -> None:
    """Pages and actions follow the role, and a role that has changed is noticed by itself."""
    floor.board.put(table(1))
    person = await floor.hire(Role.CASHIER)
    visit = await begun(begin, floor)
    visit.expect("status 403", "status of 403")
    await enter(visit, floor, person)
    await expect(visit.heading("Rounds")).to_be_visible()
    links = visit.page.get_by_role("navigation", name="Main").get_by_role("link")
    await expect(links).to_have_text(["Rounds", "Your sign-in"])
    for path in ("tables", "tables/t1", "tables/new", "tables/7/change", "actions", "operators"):
        await go(visit, "session")
        await expect(visit.heading("Your sign-in")).to_be_visible()
        await go(visit, path)
        await visit.reads("Your role, Cashier, does not open this page.")
    await floor.set_role(person, Role.COMPLIANCE)
    await visit.open("/console/tables/t1")
    await visit.reads("Your role watches; it does not operate tables.")
    await expect(visit.button("Pause")).to_have_count(0)
    await expect(visit.page.get_by_role("link", name="Change limits")).to_have_count(0)
    await expect(links).to_have_count(5)
    await floor.set_role(person, Role.FLOOR)
    await visit.page.reload()
    await expect(visit.button("Pause")).to_be_visible()
    await floor.set_role(person, Role.CASHIER)
    await visit.reads("Your role, Cashier, does not open this page.")
    assert floor.engine.orders == []


async def test_grid(begin: Begin, floor: Floor) -> None:
    """500 tables are found, filtered and sorted, and change before the operator's eyes."""
    for number in range(500):
        floor.board.put(table(number, alerts=("stuck",) if number == 250 else ()))
    visit = await begun(begin, floor)
    await enter(visit, floor, await floor.hire())
    await visit.reads("500 of 500 tables")
    rows = visit.page.locator("[data-table]")
    await expect(rows.first).to_have_attribute("data-table", "t0")
    assert await rows.count() < 60, "only rows in sight are drawn"
    grid = visit.page.get_by_role("table").first
    await expect(grid).to_have_attribute("aria-rowcount", "501")
    await visit.button("Held").click()
    await expect(rows.first).to_have_attribute("data-table", "t499")
    floor.board.put(table(7, held=10_000_000, state="paused"))
    await expect(rows.first).to_have_attribute("data-table", "t7")
    await expect(rows.first).to_contain_text("€100,000.00")
    await expect(rows.first).to_contain_text("Paused")
    await visit.page.get_by_label("With alerts only").check()
    await visit.reads("1 of 500 tables")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("stuck")
    floor.board.remove("t250")
    await visit.reads("No table matches the filter.")
    await visit.page.get_by_label("With alerts only").uncheck()
    await visit.page.get_by_label("State").select_option(label="Paused")
    await expect(rows).to_have_count(1)
    await visit.page.get_by_label("State").select_option(label="Any")
    await visit.page.get_by_label("Search table, game, node").fill("table 49")
    await visit.reads("11 of 499 tables")


async def test_grid_by_keyboard(begin: Begin, floor: Floor) -> None:
    """Arrows lead through all rows, also those that are not drawn yet; Enter opens the table."""
    for number in range(300):
        floor.board.put(table(number))
    visit = await begun(begin, floor)
    await enter(visit, floor, await floor.hire())
    await visit.page.get_by_role("link", name="Table 0", exact=True).focus()
    focused = visit.page.locator("[data-table]:has(a:focus)")
    for key, identifier in (
        ("ArrowDown", "t1"),
        ("ArrowUp", "t0"),
        ("ArrowUp", "t0"),
        ("End", "t299"),
        ("ArrowUp", "t298"),
        ("Home", "t0"),
    ):
        await visit.page.keyboard.press(key)
        await expect(focused).to_have_attribute("data-table", identifier)
        await expect(focused).to_be_in_viewport()
    for _ in range(40):
        await visit.page.keyboard.press("ArrowDown")
    await expect(focused).to_have_attribute("data-table", "t40")
    floor.board.put(table(40, title="A first one"))
    await expect(focused).to_contain_text("A first one")
    await expect(visit.page.get_by_text("The order is held")).to_be_visible()
    await visit.page.keyboard.press("Enter")
    await expect(visit.heading("A first one")).to_be_visible()


async def test_one_table(begin: Begin, floor: Floor) -> None:
    """Seats, bets, the clock, events as they happen and finished rounds, until it is no more."""
    floor.board.put(
        table(3),
        seats=[Seat(seat=0, player="p7", held=500, bets=(Bet("red", 300),), note="waits")],
        rounds=[Round(round="77-2", ended_ms=1_790_000_000_000, result="17 black")],
    )
    visit = await begun(begin, floor)
    await enter(visit, floor, await floor.hire(), "/console/tables/t3")
    await visit.reads("Betting")
    await visit.reads(re.compile(r"^[1-9] s$"))
    await visit.reads("red: €3.00")
    await expect(visit.page.get_by_role("link", name="Replay round 77-2")).to_be_visible()
    async with asyncio.timeout(PATIENCE_S):
        while not floor.board.is_followed("t3"):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
    floor.board.event("t3", event("bets on red", seat=2, amount=700))
    await visit.reads("Seat 3: bets on red €7.00")
    floor.board.event("t3", event("no more bets"))
    events = visit.page.get_by_role("list", name="As it happens").get_by_role("listitem")
    await expect(events.first).to_contain_text("no more bets")
    floor.board.finished("t3", Round(round="77-3", ended_ms=1, voided=True))
    await visit.reads("Voided")
    floor.board.remove("t3")
    await visit.reads("There is no such table, or no more.")
    await visit.page.get_by_role("link", name="All tables").click()
    await visit.reads("No shared table is open.")
    assert floor.engine.followed_now == set()


async def test_actions(begin: Begin, floor: Floor) -> None:
    """Pause, resume, close and void: with a reason, on record, and told when refused."""
    floor.board.put(table(4))
    mara = await floor.hire()
    visit = await begun(begin, floor)
    visit.expect("status 409", "status of 409")
    await enter(visit, floor, mara, "/console/tables/t4")
    dialog = visit.page.get_by_role("dialog")
    await visit.button("Pause").click()
    await expect(dialog.get_by_label("Reason")).to_be_focused()
    await dialog.get_by_role("button", name="Pause").click()
    assert floor.engine.orders == [], "no reason, no action"
    await visit.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(visit.button("Pause")).to_be_focused()
    for name, after in (("Pause", "Resume"), ("Resume", "Pause"), ("Void round", "Pause")):
        await visit.button(name).click()
        await dialog.get_by_label("Reason").fill(f"{name}: {REASON}")
        await dialog.get_by_role("button", name=name).click()
        await visit.reads(re.compile(rf"^{name}: done, recorded as number \d+\.$"))
        await expect(visit.button(after)).to_be_visible()
    await expect(visit.button("Void round")).to_have_count(0)
    floor.engine.refusal = "wrong_state"
    await visit.button("Close").click()
    await dialog.get_by_label("Reason").fill(REASON)
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("not in a state")
    await dialog.get_by_role("button", name="Cancel").click()
    assert [one for one in await floor.actions(mara) if one[0].startswith("table.")] == [
        ("table.pause", "t4", f"Pause: {REASON}"),
        ("table.resume", "t4", f"Resume: {REASON}"),
        ("table.void", "t4 77-4", f"Void round: {REASON}"),
        ("table.close", "t4", REASON),
        ("table.close.refused", "t4", f"wrong_state, of record {await last_record(floor) - 1}"),
    ]


async def last_record(floor: Floor) -> int:
    """Return the number of the newest record."""
    found = await floor.house.owner.fetchval("SELECT max(id) FROM croupier.operator_action")
    return int(found)


async def test_reconnect(begin: Begin, floor: Floor) -> None:
    """A stream that breaks is told of, comes back by itself, and shows what was missed."""
    floor.board.put(table(1))
    floor.board.put(table(2))
    visit = await begun(begin, floor)
    visit.expect("WebSocket", "ERR_INTERNET_DISCONNECTED", "failed: GET")
    await enter(visit, floor, await floor.hire())
    await live(visit)
    await cut(visit.page, floor)
    await visit.reads("Not live: connecting again.")
    floor.board.remove("t2")
    floor.board.put(table(1, held=4_200))
    await visit.context.set_offline(False)
    await live(visit)
    await expect(row_of(visit, "t1")).to_contain_text("€42.00")
    await expect(row_of(visit, "t2")).to_have_count(0)


async def cut(page: Page, floor: Floor) -> None:
    """Cut a page off: no new connection is made, and the server ends the one there is."""
    await page.context.set_offline(True)
    for room in floor.rooms:
        for socket in tuple(room._sockets):
            await socket.close(code=1012)


async def test_who_did_what(begin: Begin, floor: Floor) -> None:
    """The record, attempts to sign in and the operators can be read, and pages of each."""
    otto = await floor.hire(Role.ADMIN)
    visit = await begun(begin, floor)
    await enter(visit, floor, otto, "/console/actions")
    rows = visit.page.get_by_role("region", name="Actions").locator("tbody tr")
    await expect(rows.first).to_contain_text("console.sign-in")
    await visit.page.get_by_label("Of one operator").fill(otto.name)
    await visit.button("Show").click()
    await expect(rows).to_have_count(1)
    await visit.button("Attempts to sign in").click()
    attempts = visit.page.get_by_role("region", name="Attempts to sign in").locator("tbody tr")
    await expect(attempts.first).to_contain_text(f"{otto.name}signed in")
    await visit.leave_for("Operators")
    row = visit.page.get_by_role("row").filter(has_text=otto.name)
    await expect(row).to_contain_text("Administrator")


async def test_replay(begin: Begin, floor: Floor) -> None:
    """A finished round is played again step by step; one that is not there is not found."""
    seat = await floor.house.seat("roulette")
    played = await seat.bet("spin", {"bets": [{"bet": "red", "stake": 100}]})
    visit = await begun(begin, floor)
    visit.expect("status 404", "status of 404")
    await enter(visit, floor, await floor.hire(), "/console/rounds")
    await visit.page.get_by_label("Round id").fill("nonsense")
    await visit.button("Replay").click()
    await visit.reads("A round id is two numbers with a dash between.")
    await visit.page.get_by_label("Round id").fill(played.body["round"])
    await visit.button("Replay").click()
    await visit.reads("The replay pays what was paid.")
    await visit.reads("Step 2 of 2")
    await visit.button("Back").click()
    await visit.reads("Step 1 of 2")
    await expect(visit.page.locator("main ol li")).to_have_text([re.compile("bet red €1.00")])
    await go(visit, "rounds/7-1")
    await visit.reads("There is no such round")


async def test_only_this_server_is_asked(begin: Begin, floor: Floor) -> None:
    """The pages ask this server alone, and load nothing of the player's but the icon."""
    floor.board.put(table(1))
    visit = await begun(begin, floor)
    asked: set[str] = set()
    visit.page.on("request", lambda request: asked.add(request.url))
    visit.page.on("websocket", lambda socket: asked.add(socket.url))
    await enter(visit, floor, await floor.hire())
    await live(visit)
    host = floor.house.http.removeprefix("http://")
    paths = {url.partition(host)[2] for url in asked}
    assert "" not in paths
    assert all(
        path.startswith(("/console", "/api/v1/console", "/icons/icon.svg")) for path in paths
    ), paths


@LOOKS
async def test_accessible(begin: Begin, floor: Floor, axe: str, size: Size, scheme: str) -> None:
    """No page of the operators has a serious fault of accessibility, or must be scrolled aside."""
    for number in range(40):
        floor.board.put(
            table(number, alerts=("stuck",) if number == 1 else ()),
            seats=[Seat(seat=0, player="p7", held=500, bets=(Bet("red", 300),))],
            rounds=[Round(round="77-2", ended_ms=1, result="17 black")],
        )
    visit = await begun(begin, floor, size, script=axe, color_scheme=scheme)
    visit.expect("status 404", "status of 404", "status 400", "status of 400")
    await visit.open("/console")
    await expect(visit.button("Sign in")).to_be_visible()
    found = await scan(visit, "sign-in")
    await enter(visit, floor, await floor.hire(Role.ADMIN))
    await live(visit)
    for page, words in {
        "tables": "40 of 40 tables",
        "tables/t1": "red: €3.00",
        "tables/new": "Time to bet, seconds",
        "rounds": "Any finished round",
        "rounds/7-1": "There is no such round",
        "actions": "console.sign-in",
        "operators": "Administrator",
        "session": "watch live tables",
        "nowhere": "There is nothing at this address.",
    }.items():
        await go(visit, page)
        await visit.reads(words)
        found += await scan(visit, page)
        await visit.fits()
    await go(visit, "tables/new")
    await visit.page.get_by_label("Name", exact=True).fill("Wheel")
    await visit.page.get_by_label("Seats").fill("501")
    await visit.page.get_by_label("Reason").fill(REASON)
    await visit.button("Make the table").click()
    await expect(visit.page.get_by_label("Seats")).to_be_focused()
    found += await scan(visit, "tables/new, refused")
    await visit.fits()
    await go(visit, "tables/t1")
    await visit.button("Pause").click()
    await expect(visit.page.get_by_role("dialog")).to_be_visible()
    found += await scan(visit, "dialog")
    assert not found, "\n".join(found)


async def test_theme(begin: Begin, floor: Floor) -> None:
    """The colours are as the device has them until others are chosen, which stays so."""
    visit = await begun(begin, floor, PHONE, color_scheme="light")
    await enter(visit, floor, await floor.hire(), "/console/session")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = await visit.page.evaluate(background)
    await visit.page.get_by_label("Dark").check()
    dark = await visit.page.evaluate(background)
    assert dark != light
    await visit.page.reload()
    await expect(visit.page.get_by_label("Dark")).to_be_checked()
    assert await visit.page.evaluate(background) == dark


async def test_the_worker_of_the_players_keeps_out(begin: Begin, floor: Floor) -> None:
    """Where the player's pages are installed, the operators' are still those of the server."""
    visit = await begun(begin, floor)
    await visit.open()
    await visit.page.evaluate("navigator.serviceWorker.ready")
    await visit.open("/console/tables/t1")
    await expect(visit.heading("Operators: sign in")).to_be_visible()


async def test_private_tables_of_all_nodes(begin: Begin, floor: Floor) -> None:
    """They are added up by game over all nodes, told as they change, and told apart by node."""
    board = floor.house.casino.board
    for number, players in ((202, 3), (203, 4)):
        rooms = [PrivatePlay(game="zoo", title="Zoo", node=str(number), players=players, rounds=9)]
        board.put_private(number, rooms)
    visit = await begun(begin, floor)
    await enter(visit, floor, await floor.hire(), "/console/tables")
    zoo = visit.page.get_by_role("row").filter(has_text="Zoo")
    node = visit.page.get_by_role("row").filter(has_text="203")
    await expect(zoo).to_have_text("Zoo718")
    await expect(node).to_have_text("203\u2013\u20130049")  # no such node lives
    board.put_private(203, ())
    await expect(zoo).to_have_text("Zoo39")
    await expect(node).to_have_count(0)
    board.put_private(202, ())
    await expect(zoo).to_have_count(0)
