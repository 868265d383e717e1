"""Tests of the witness: what it finds wrong with books of craps that somebody has tampered with."""

from __future__ import annotations

from typing import Any

from server.database.connect import Connection
from server.tables.live.table import LiveTable
from tests.chaos.live.books import breaches
from tests.postgres import Database
from tests.server.tables.live.people import (
    LONG_MS,
    Person,
    chips,
    live_house,
    table_settings,
)

STOOD = "(chain, n) = ({chain}, {n}) AND seat = 1"
ANOTHER = "SELECT chain, n, 2, 2, decision, stake, true, at"
LEFT = "what a roll left is not what stands in the next"
HELD = "a hold is not what was bet"
CASES = {
    "a stake is dropped": (
        (f"DELETE FROM round_input WHERE {STOOD} AND platform", f"DELETE FROM hold WHERE {STOOD}"),
        {LEFT, "what is held is not what the open holds say"},
    ),
    "a stake is dropped and so is its hold": (
        (f"DELETE FROM round_input WHERE {STOOD} AND platform", f"DELETE FROM hold WHERE {STOOD}",
            "UPDATE account SET held = 0 WHERE kind = 1"),
        {LEFT, "what lies on hold accounts is not what the open holds say"},
    ),
    "a stake is doubled": (
        (f"UPDATE round_input SET stake = 2 * stake WHERE {STOOD} AND platform",
            f"UPDATE hold SET amount = 2 * amount WHERE {STOOD}",
            "UPDATE account SET held = 2 * held WHERE kind = 1"),
        {LEFT, "what lies on hold accounts is not what the open holds say"},
    ),
    "only the input is doubled": (
        (f"UPDATE round_input SET stake = 2 * stake WHERE {STOOD} AND platform",),
        {LEFT, HELD},
    ),
    "a hold stays at the round that has ended": (
        (f"UPDATE hold SET n = n - 1 WHERE {STOOD}",),
        {"a hold is of no open round", "an open bet is neither held nor paid"},
    ),
    "a hold has other bets": (
        (f"UPDATE hold SET bets = '\\x00' WHERE {STOOD}",),
        {"a hold has other bets than stood"},
    ),
    "the whole round is lost": (
        ("DELETE FROM round_input WHERE (chain, n) = ({chain}, {n})",
            f"DELETE FROM hold WHERE {STOOD}",
            "DELETE FROM live_round", "DELETE FROM open_round"),
        {LEFT, "what is held is not what the open holds say"},
    ),
    "the stage is lost": (
        ("DELETE FROM round_input WHERE (chain, n) = ({chain}, {n}) AND seat = -1",),
        {"a roll begins with other inputs than the house's"},
    ),
    "a bet stands that nobody made": (
        (f"INSERT INTO round_input {ANOTHER} FROM round_input WHERE {STOOD} AND platform",),
        {"bets stand that no roll has left", "an open bet is neither held nor paid"},
    ),
}  # fmt: skip
"""What is done to the books, and what they then say, by what it comes to."""


async def stand(person: Person, table: LiveTable) -> dict[str, Any]:
    """Bet and close the window until a roll leaves something standing; the round it stands in."""
    while True:
        opened = await person.opened(len(person.seen("round_opened")) - 1)
        if opened.get("placed"):
            return opened
        await person.bet(opened["round"], chips(hard_4=10, hard_6=20))
        table.close()
        await person.opened(len(person.seen("round_opened")))


async def tampered(superuser: Connection, statements: tuple[str, ...]) -> set[str]:
    """Return what the books say once they are tampered with; they are as before then."""
    transaction = superuser.transaction()
    await transaction.start()
    try:
        for statement in statements:
            await superuser.execute(statement)
        return {each.split(": ")[0] for each in await breaches(superuser)}
    finally:
        await transaction.rollback()


async def test_faults_are_found(database: Database) -> None:
    """A stake that stands is neither dropped nor doubled, and no hold left over, unseen (E7)."""
    async with live_house(database, table_settings("craps", betting_ms=LONG_MS)) as house:
        person = await Person.join(house, "Table of craps")
        table = house.casino._live.floor.tables[int(person.table)]
        await person.opened()
        opened = await stand(person, table)
        chain, n = opened["round"].split("-")
        async with database.connected("superuser") as superuser:
            await superuser.execute("SET search_path TO croupier")
            await superuser.execute("SET session_replication_role TO replica")
            assert await breaches(superuser) == []
            for name, (statements, named) in CASES.items():
                done = tuple(each.format(chain=chain, n=n) for each in statements)
                found = await tampered(superuser, done)
                assert named <= found, (name, found)
            assert table.void("The dice left the table.")
            await person.event("round_voided")
            assert await breaches(superuser) == []
