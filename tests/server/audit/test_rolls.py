"""Tests of the audit of craps at live tables: what a roll left is what the next one began with."""

from __future__ import annotations

from typing import Any

import msgspec

from games.catalogue import standard
from games.craps.roll import CrapsTableBets
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from tests.postgres import Database
from tests.server.tables.live.people import Person, chips, live_house, table_settings

PART = "chain = {chain} AND n = {n} AND seat = 1 AND platform"
TAMPERED = ("round_input", "wager", "round")


async def breaches(database: Database, keys: dict[str, bytes]) -> dict[str, list[str]]:
    """Return every breach that an audit finds, by its check."""
    async with open_reader(database.app) as reader:
        report = await audit(reader, standard(), keys, Options(newest=None))
    return {check.name: check.breaches for check in report.checks if not check.ok}


async def tamper(owner: Any, *statements: str) -> None:
    """Change what nobody may change."""
    for verb in ("DISABLE", "ENABLE"):
        for table in TAMPERED:
            await owner.execute(f"ALTER TABLE croupier.{table} {verb} TRIGGER USER")
        for statement in statements if verb == "DISABLE" else ():
            await owner.execute(statement)


async def test_what_stands_is_what_was_left(database: Database) -> None:
    """Bets, stakes and the point that a round begins with are held against the roll before it."""
    async with live_house(database, table_settings("craps", betting_ms=100)) as house:
        person = await Person.join(house, "Table of craps")
        index, stood = 0, None
        while stood is None:
            opened = await person.opened(index)
            await person.bet(opened["round"], chips(hard_4=20, hard_6=20, field=10))
            await person.newest("round_result", round=opened["round"])
            following = await person.opened(index + 1)
            if following.get("placed") and following["stage"]["point"]:
                stood = following
            index += 1
        await person.newest("round_result", round=stood["round"])
        keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
    chain, n = stood["round"].split("-")
    part = PART.format(chain=chain, n=n)
    left = stood["placed"][0]["bets"]
    raised = msgspec.convert(left, CrapsTableBets)
    first = msgspec.structs.replace(raised.bets[0], stake=30)
    data = msgspec.msgpack.encode(CrapsTableBets((first, *raised.bets[1:]), raised.point)).hex()
    stage = msgspec.msgpack.encode({"point": 4 if left["point"] != 4 else 5}).hex()
    before = f"round {chain}-{int(n) - 1}"
    cases = {
        f"UPDATE croupier.round_input SET decision = '\\x{data}', stake = stake + 10 WHERE {part}":
            "of seat 1",
        f"UPDATE croupier.round_input SET stake = stake + 1 WHERE {part}": "added",
        f"UPDATE croupier.round_input SET decision = '\\x{stage}' WHERE chain = {chain} AND n = {n}"
        " AND seat = -1": f"{before} leaves CrapsStage",
        f"UPDATE croupier.round_input SET platform = false WHERE {part}": "live",
    }  # fmt: skip
    async with database.connected("owner") as owner:
        assert await breaches(database, keys) == {}
        for statement, named in cases.items():
            await owner.execute("CREATE TEMP TABLE kept AS TABLE croupier.round_input")
            await tamper(owner, statement)
            found = await breaches(database, keys)
            assert named in str(found), (statement, found)
            await tamper(
                owner,
                "DELETE FROM croupier.round_input",
                "INSERT INTO croupier.round_input TABLE kept",
            )
            await owner.execute("DROP TABLE kept")
        assert await breaches(database, keys) == {}
