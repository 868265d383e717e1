"""Tests of craps at live tables: one roll after another, by people on a real node."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from games.catalogue import standard
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from server.fairness.proof import verify_proof
from tests.postgres import Database
from tests.server.harness import House
from tests.server.tables.live.people import LONG_MS, Person, chips, live_house, table_settings

TITLE = "Table of craps"


async def test_a_hand_from_the_come_out_to_the_seven(database: Database) -> None:
    """Bets stand from roll to roll; what a roll decides is paid with it, and every roll is proved."""
    async with live_house(database, table_settings("craps", betting_ms=150)) as house:
        person = await Person.join(house, TITLE)
        staked = paid = index = 0
        settled: list[tuple[int, int]] = []
        while len(settled) < 4:
            opened = await person.opened(index)
            point = (opened.get("stage") or {}).get("point", 0)
            name = "come" if point else "pass"
            answer = await person.bet(opened["round"], chips(**{name: 30}, place_8=60, yo_11=10))
            assert answer.type == "accepted", answer
            mine = next(each for each in [*opened.get("placed", ()), None] if each is None or each["seat"] == 1)
            stood = mine["stake"] if mine else 0
            assert answer.body["stake"] == stood + 100
            result = await person.newest("round_result", round=opened["round"])
            assert result["stake"] is not None, "yo-11 is decided by every roll"
            view = result["view"]
            assert view["point_before"] == point
            left = [bet for bet in view["bets"] if bet["status"] == "standing"]
            assert stood + 100 - result["stake"] == sum(bet["stake"] for bet in left)
            settled.append((result["stake"], result["payout"]))
            staked, paid = staked + result["stake"], paid + result["payout"]
            held = sum(bet["stake"] for bet in left)
            assert await house.money(person.player) == (100_000 - staked + paid - held, held)
            proof = (await person.wire.ask("round", round=opened["round"])).body["proof"]
            found = verify_proof(proof, house.casino.catalogue)
            assert found.ok, found.failed
            index += 1
            assert await audited(database, house) == {}
        numbers = person.numbers()
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def audited(database: Database, house: House) -> dict[str, list[str]]:
    """Return every breach that an audit finds, by its check."""
    keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
    async with open_reader(database.app) as reader:
        report = await audit(reader, standard(), keys, Options(newest=None))
    return {check.name: check.breaches for check in report.checks if not check.ok}
