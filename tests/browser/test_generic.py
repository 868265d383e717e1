"""The generic table, the lobby and the reels on games of any form, which the stage makes up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from protocol.errors import ErrorCode
from tests.browser.conftest import Begin
from tests.browser.keys import press, tab_to
from tests.browser.rounds import checks, told
from tests.browser.stage import Stage
from tests.browser.test_accessibility import scan
from tests.browser.toys import crowd
from tests.browser.visits import DESKTOP, PHONE, Size, Visit

SIZES: Final = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
PLAY: Final = re.compile("^Play ")


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """Return a house of forty games."""
    made = Stage(crowd(40))
    yield made
    await made.clear()


async def enter(begin: Begin, stage: Stage, size: Size, game: str, **options: object) -> Visit:
    """Begin a visit at one of the toys."""
    visit = await begin(size, **options)
    await stage.put(visit.page)
    await visit.register()
    if game:
        await visit.open(f"/play/{game}")
        await visit.online()
    return visit


@SIZES
async def test_board(begin: Begin, stage: Stage, size: Size) -> None:
    """Each field of a board is a button; what was opened keeps its place, and it ends for good."""
    visit = await enter(begin, stage, size, "mines")
    await visit.button(re.compile("^3 mines")).click()
    await visit.button(PLAY).click()
    board = visit.page.get_by_role("group", name="Reveal")
    await expect(board.get_by_role("button")).to_have_count(25)
    await visit.fits()
    before = await visit.button("Open field 8").bounding_box()
    await visit.button("Open field 7").click()
    await visit.reads("1 of 22 fields open.")
    await expect(board.get_by_role("button")).to_have_count(25)
    assert await visit.button("Open field 8").bounding_box() == before
    await expect(visit.page.get_by_role("region", name="Your bets")).to_contain_text("accepted")
    await visit.button("Cash out").click()
    played = await told(visit, 100, None)
    assert (played.payout, stage.house.bets) == (125, [["mines-3"]])
    assert stage.house.actions == ["reveal-7", "cash-out"]
    await expect(board).to_have_count(0)


@SIZES
async def test_hold(begin: Begin, stage: Stage, size: Size) -> None:
    """32 decisions on five cards are five toggles, each with its card, and one button."""
    visit = await enter(begin, stage, size, "joker-poker")
    await visit.button(PLAY).click()
    await expect(visit.button("Draw five new cards")).to_be_enabled()
    await visit.fits()
    for card in ("1: ace of clubs", "3: jack of diamonds", "5: joker"):
        await visit.button(card).click()
    await visit.button("3: jack of diamonds").click()
    await visit.button("Hold 1, 5").click()
    await told(visit, 100, None)
    assert stage.house.actions == ["hold-1-5"]
    await visit.reads("Two pairs.")


async def test_keys(begin: Begin, stage: Stage) -> None:
    """The toggles and the board are played with the keyboard alone."""
    visit = await enter(begin, stage, DESKTOP, "joker-poker")
    await press(visit, visit.button(PLAY))
    await tab_to(visit, visit.button(re.compile("^1: ")))
    await visit.page.keyboard.press("Space")
    await visit.page.keyboard.press("ArrowRight")
    await visit.page.keyboard.press("Enter")
    await press(visit, visit.button("Hold 1, 2"))
    await told(visit, 100, None)
    assert stage.house.actions == ["hold-1-2"]


@SIZES
async def test_costs(begin: Begin, stage: Stage, size: Size) -> None:
    """Several bets go as one list; decisions that cost say so."""
    visit = await enter(begin, stage, size, "craps")
    kinds = visit.page.get_by_role("group", name="Kind of bet")
    await visit.button(re.compile("^Line Pass,")).click()
    await kinds.get_by_role("button", name="Place").click()
    for _ in range(2):
        await visit.button(re.compile("^Place 6,")).click()
    await expect(visit.page.get_by_role("region", name="Your bets")).to_contain_text("not placed")
    await visit.button("Play €3.00").click()
    await expect(visit.button("Odds on pass +€5.00")).to_be_visible()
    await visit.fits()
    await visit.button("Roll").click()
    await told(visit, 300, None)
    assert stage.house.bets == [["pass", "place-6"]]


async def test_pending(begin: Begin, stage: Stage) -> None:
    """Bets look placed only once the table has taken them, and a refusal leaves them alone."""
    visit = await enter(begin, stage, PHONE, "craps")
    slip = visit.page.get_by_role("region", name="Your bets")
    await visit.button(re.compile("^Line Pass,")).click()
    await visit.button(re.compile("^Line Don't pass,")).click()
    stage.house.refuse = ErrorCode.BET_INVALID
    await visit.button(PLAY).click()
    await visit.reads("The game does not take this bet. It may take only one bet at a time.")
    await expect(slip).to_have_attribute("data-stage", "fresh")
    stage.house.refuse = None
    stage.house.pause.clear()
    await visit.button(PLAY).click()
    await expect(slip).to_have_attribute("data-stage", "pending")
    stage.house.pause.set()
    await expect(slip).to_have_attribute("data-stage", "accepted")
    await visit.open("/play/craps")
    await visit.online()
    await expect(visit.button("Roll")).to_be_enabled()


async def test_own_parameters(begin: Begin, stage: Stage) -> None:
    """A bet that no preset has is named in full, and a set of numbers is picked."""
    visit = await enter(begin, stage, PHONE, "dice")
    await visit.page.get_by_text("Another bet").click()
    name = visit.page.get_by_label("Name of the bet")
    await name.fill("Not a <name>")
    await expect(visit.button("Add bet")).to_have_attribute("aria-disabled", "true")
    await name.fill("over-61.50")
    await name.press("Enter")
    await visit.button(PLAY).click()
    await told(visit, 100, None)
    await visit.open("/play/keno-80-20")
    await visit.online()
    await visit.page.get_by_text("Numbers of your own").click()
    for number in ("80", "3", "17", "80", "22"):
        await visit.button(number).click()
    await visit.fits()
    await visit.button("Add bet").click()
    await visit.button(PLAY).click()
    await expect(checks(visit)).to_be_visible()
    assert stage.house.bets == [["over-61.50"], ["numbers-3-17-22"]]


async def test_many_bets(begin: Begin, stage: Stage) -> None:
    """Out of 150 bets one is found by its name."""
    visit = await enter(begin, stage, PHONE, "sic-bo")
    await visit.page.get_by_label("Find a bet").fill("wide 77")
    await visit.button(re.compile("^Wide 77,")).click()
    await visit.button(PLAY).click()
    await told(visit, 100, None)
    assert stage.house.bets == [["wide-77"]]


@SIZES
async def test_reels(begin: Begin, stage: Stage, size: Size) -> None:
    """A machine with an event that the reels do not know shows its result, and plays on."""
    visit = await enter(begin, stage, size, "sunken-reef")
    spin = visit.button("Spin")
    for _ in range(2):
        before = await checks(visit).get_attribute("href") if await checks(visit).count() else None
        await spin.click()
        await told(visit, 100, before and before.rpartition("/")[2])
        await visit.reads("This round told more than these reels can show. All of it, in words:")
        await visit.reads("1 line win and a flood.")
    reels = visit.page.locator("[data-renderer]")
    await expect(reels).to_have_attribute("aria-label", re.compile("reel 5: pearl, eel, coral"))
    await visit.open("/play/odd-reef")
    await visit.online()
    await spin.click()
    await told(visit, 100, None)
    await visit.reads("Six rows where three were promised.")
    await expect(spin).to_be_enabled()


async def test_machine_with_decisions(begin: Begin, stage: Stage) -> None:
    """A machine that asks the player something is played at the generic table."""
    visit = await enter(begin, stage, PHONE, "mega-reef")
    await expect(visit.page.locator("[data-renderer]")).to_have_count(0)
    await visit.button(PLAY).click()
    await visit.button("Collect").click()
    assert (await told(visit, 100, None)).payout == 400


@SIZES
async def test_lobby(begin: Begin, stage: Stage, size: Size) -> None:
    """Forty games stand on shelves by their kind, and are found by their name or kind."""
    visit = await enter(begin, stage, size, "")
    for kind in ("Slots", "Video poker", "Dice and numbers", "Instant games"):
        await expect(visit.heading(kind)).to_be_visible()
    await visit.fits()
    cards = visit.page.get_by_role("article")
    await expect(cards).to_have_count(40)
    kinds = visit.page.get_by_role("group", name="Kinds of games")
    await kinds.get_by_role("button", name="Video poker").click()
    await expect(cards).to_have_count(1)
    await kinds.get_by_role("button", name="All").click()
    await visit.page.get_by_label("Search games").fill("keno")
    await expect(cards).to_have_count(1)
    await visit.page.get_by_role("link", name=re.compile("^Play Keno")).click()
    await expect(visit.heading("Keno 80/20")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"]
)
async def test_accessible(begin: Begin, stage: Stage, axe: str, size: Size, scheme: str) -> None:
    """The scanner has no serious finding on boards, toggles, bets and views of any form."""
    visit = await enter(begin, stage, size, "", script=axe, color_scheme=scheme)
    await expect(visit.page.get_by_role("article")).to_have_count(40)
    found = await scan(visit, "lobby")
    for game in ("mines", "joker-poker", "craps", "sic-bo", "mega-reef"):
        await visit.open(f"/play/{game}")
        await visit.online()
        bets = visit.page.get_by_role("region", name="What to bet on")
        await expect(visit.button(re.compile("^Play"))).to_be_visible()
        if await bets.count():
            await bets.get_by_role("button", name=re.compile(", pays|mines$")).first.click()
        found += await scan(visit, game)
        await visit.button(PLAY).click()
        await expect(visit.page.get_by_role("region", name="The round")).to_be_visible()
        found += await scan(visit, f"{game}, played")
    assert not found, "\n".join(found)
