"""A house whose tables are written on its board by the tests, and the operators who watch them.

The server is the real one, in this very process, so that a test can put on the board what whoever
runs shared tables would.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast
from unittest import mock

import msgspec
from playwright.async_api import Locator, expect

from protocol.schema.console_making import TERMS, TableTerms
from protocol.schema.console_tables import Action, RoundReplay, TableRow
from server.console.board import LiveBoard
from server.console.live import ActionRefused, Order, TableMaker
from server.database.cluster import create_database
from server.database.embedded import EmbeddedPostgres
from server.http.live import LiveRoom
from server.identity.operators import open_operators
from server.identity.passwords import new_verifier
from server.identity.roles import Role
from server.identity.sealing import seal_of
from server.identity.sign_ins import cost_of
from tests.browser.visits import Visit
from tests.postgres import TEMPLATE, Database
from tests.server.harness import House, open_house
from tests.server.identity.people import PASSWORD, Clock, Person, secret_of

CHECK_S: Final = 0.2
"""How often streams look whether their operator may still watch, so that no test waits long."""
FLUSH_S: Final = 0.05
"""Between two batches of messages, for the same reason."""
SHORT: Final[dict[str, Any]] = {
    "identity__argon2_memory_kib": 64,
    "identity__argon2_passes": 1,
    "identity__sign_ins_per_minute": 1_000,
}


@dataclass
class Engine:
    """Stands where whoever runs the tables will: it does as it is told, on the board alone."""

    board: LiveBoard
    orders: list[tuple[str, Action, Order]] = field(default_factory=list)
    followed_now: set[str] = field(default_factory=set)
    refusal: str = ""

    async def act(self, table: str, action: Action, order: Order) -> None:
        """Change the row as the action says."""
        self.orders.append((table, action, order))
        if self.refusal:
            raise ActionRefused(self.refusal)
        row = self.board.row(table)
        if row is None:
            raise ActionRefused("no_table")
        if action is Action.VOID:
            if order.round != row.round:
                raise ActionRefused("no_round")
            self.board.put(msgspec.structs.replace(row, round=None, held=0, phase="idle"))
            return
        state = {"pause": "paused", "resume": "open", "open": "open", "close": "closed"}[action]
        self.board.put(msgspec.structs.replace(row, state=state))

    async def replay(self, round_id: str) -> RoundReplay | None:
        """Have no rounds."""
        return None

    def followed(self, table: str, *, followed: bool) -> None:
        """Remember who is followed."""
        (self.followed_now.add if followed else self.followed_now.discard)(table)


class Terms:
    """Says what tables take that are on the board alone; all else is the server's."""

    def __init__(self, making: Any) -> None:
        self._making = making

    def __getattr__(self, name: str) -> Any:
        return getattr(self._making, name)

    async def terms(self, table: str) -> TableTerms:
        """Return what a table takes."""
        found: TableTerms | None = await self._making.terms(table)
        return found or msgspec.structs.replace(TERMS, id=table)


class Floor:
    """The house and its operators."""

    def __init__(self, house: House, rooms: list[LiveRoom]) -> None:
        self.house = house
        self.rooms = rooms
        self.engine = Engine(self.board)
        self.board.engine = self.engine
        self.board.making = cast("TableMaker", Terms(self.board.making))
        self.clock = Clock()
        house.casino._sign_ins._now = self.clock
        self._hired = 0

    @property
    def board(self) -> LiveBoard:
        """Where tables are written."""
        return self.house.casino.board

    def clear(self) -> None:
        """Take every table away."""
        for row in self.board.snapshot():
            self.board.remove(row.id)
        self.engine.orders.clear()
        self.engine.refusal = ""

    async def hire(self, role: Role = Role.FLOOR) -> Person:
        """Add an operator of whom nobody has heard."""
        self._hired += 1
        name = f"{role}{self._hired}"
        settings = self.house.casino.settings
        seal = seal_of(settings.fairness.key_file, settings.data)
        verifier = new_verifier(PASSWORD, cost_of(settings.identity))
        async with open_operators(self.house.database.owner, "tester", seal) as operators:
            enrolment = await operators.add(name, role, verifier)
        return Person(name, secret_of(enrolment.uri), enrolment.recovery_codes)

    async def expire(self, person: Person) -> None:
        """Let the sign-ins of somebody run into their idle time."""
        await self.house.owner.execute(
            "UPDATE croupier.sign_in SET seen_at = seen_at - interval '1 hour'"
            " WHERE ended_at IS NULL AND credential ="
            " (SELECT id FROM croupier.credential WHERE name = $1)",
            person.name,
        )

    async def set_role(self, person: Person, role: Role) -> None:
        """Give somebody another role."""
        await self.house.owner.execute(
            "UPDATE croupier.operator SET role = $2 WHERE credential ="
            " (SELECT id FROM croupier.credential WHERE name = $1)",
            person.name,
            role,
        )

    async def actions(self, person: Person) -> list[tuple[str, str, str]]:
        """Return what is recorded of somebody: action, object, reason."""
        rows = await self.house.owner.fetch(
            "SELECT action, object, reason FROM croupier.operator_action"
            " WHERE actor = $1 ORDER BY id",
            person.name,
        )
        return [tuple(row) for row in rows]


@asynccontextmanager
async def open_floor(cluster: EmbeddedPostgres, **settings: Any) -> AsyncIterator[Floor]:
    """Run such a house on a database of its own."""
    database = Database("console_floor", cluster)
    async with Database("postgres", cluster).connected("superuser") as administrator:
        await create_database(administrator, database.name, TEMPLATE)
    rooms: list[LiveRoom] = []

    def room(*arguments: Any) -> LiveRoom:
        rooms.append(LiveRoom(*arguments, check_s=CHECK_S, flush_s=FLUSH_S))
        return rooms[-1]

    with mock.patch("server.http.back_office.LiveRoom", room):
        async with open_house(database, **SHORT, **settings) as house:
            yield Floor(house, rooms)


def table(number: int, **changes: Any) -> TableRow:
    """Return a table's row."""
    row = TableRow(
        id=f"t{number}",
        game=("roulette", "blackjack", "baccarat")[number % 3],
        title=f"Table {number}",
        currency="EUR",
        round=f"77-{number}",
        phase="betting",
        phase_ms_left=9_000,
        seats=7,
        players=number % 8,
        watchers=number % 5,
        held=number * 100,
        last_result=f"{number % 37}",
        node=str(1 + number % 3),
    )
    return msgspec.structs.replace(row, **changes)


# -- what an operator does in the pages ------------------------------------------------------------


async def fill(visit: Visit, person: Person, code: str, password: str = PASSWORD) -> None:
    """Fill the form in and send it."""
    await visit.page.get_by_label("Name", exact=True).fill(person.name)
    await visit.page.get_by_label("Password", exact=True).fill(password)
    await visit.page.get_by_label("Code of your authenticator").fill(code)
    await visit.button("Sign in").click()


async def enter(visit: Visit, floor: Floor, person: Person, path: str = "/console") -> None:
    """Sign in at an address and wait for the page."""
    await visit.open(path)
    floor.clock.next_step()
    await fill(visit, person, person.code(floor.clock.at))
    await expect(visit.button("Sign out")).to_be_visible()


def row_of(visit: Visit, identifier: str) -> Locator:
    """Return a row of the grid."""
    return visit.page.locator(f'[data-table="{identifier}"]')


async def live(visit: Visit) -> None:
    """Wait until the tables are live."""
    await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()
