"""Tests of `server.catalogue.reloading` on a running node."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.blackjack import Blackjack
from games.catalogue import Catalogue
from games.slots.machine import shipped_machines
from server.app import StartFailed
from server.catalogue.pinning import pin
from tests.postgres import Database
from tests.server.cli.games.running import changed
from tests.server.harness import House, Seat, open_house

MACHINE = "classic-sevens"
BET = {"stake": 1}


async def spun(seat: Seat) -> dict[str, object]:
    """Play a round that must be taken."""
    answer = await seat.bet("spin", BET)
    assert answer.type == "played", answer
    return dict(answer.body)


async def documented(house: House) -> set[int]:
    """Return which versions of the machine the document of the protocol tells of."""
    async with house.web.get(f"{house.http}/docs/asyncapi.json") as response:
        games = (await response.json())["x-games"]
    found = [game["description"] for game in games]
    return {each["version"] for each in found if each["game"] == MACHINE}


async def listed(seat: Seat) -> int:
    """Return which version of the machine the lobby offers."""
    games = (await seat.wire.ask("lobby")).body["games"]
    (found,) = [entry for entry in games if entry["game"] == MACHINE]
    return int(found["description"]["version"])


def version_two(folder: Path) -> Path:
    """Write the second version of the machine."""
    return changed(
        folder / "two.toml",
        ("version = 1", "version = 2"),
        ("triple = { 3 = 100 }", "triple = { 3 = 90 }"),
    )


async def test_a_new_version_is_for_new_rounds(database: Database, tmp_path: Path) -> None:
    """Without a restart: the next round is refused at the old table and played at the new (B9)."""
    changed(tmp_path / "one.toml")
    async with open_house(database, games__machine_folders=(str(tmp_path),)) as house:
        seat = await house.seat(MACHINE)
        first = await spun(seat)
        unchanged = await house.casino.reload_games()
        assert (unchanged.taken, unchanged.refused) == ((), ())
        await spun(seat)

        assert await documented(house) == {1}
        assert await listed(seat) == 1
        two = version_two(tmp_path)
        reloaded = await house.casino.reload_games()
        (taken,) = reloaded.taken
        assert await documented(house) == {2}
        assert (taken.game, taken.version, taken.file) == (MACHINE, 2, str(two))
        assert await listed(seat) == 2
        assert (await seat.bet("spin", BET)).code == "table_closed"
        new = await house.sit(seat.wire, MACHINE)
        assert new.table != seat.table
        await spun(new)
        proof = (await seat.wire.ask("round", round=first["round"])).body["proof"]
        assert proof["version"] == 1
        rows = await house.owner.fetch(
            "SELECT version, digest FROM croupier.game_version WHERE game = $1 ORDER BY version",
            MACHINE,
        )
        assert [row["version"] for row in rows] == [1, 2]


async def test_wrong_files_change_nothing(database: Database, tmp_path: Path) -> None:
    """Each is refused with file, line and reason; what was served is served on (B10)."""
    one = changed(tmp_path / "one.toml")
    async with open_house(database, games__machine_folders=(str(tmp_path),)) as house:
        seat = await house.seat(MACHINE)
        await spun(seat)
        changed(one, ("triple = { 3 = 100 }", "triple = { 3 = 101 }"))  # same number, other pays
        changed(tmp_path / "bad.toml", ("version = 1", "version = 3"), ("rows = 1", "rows = 0"))
        changed(
            tmp_path / "rich.toml",
            ("version = 1", "version = 4"),
            ("bar = { 3 = 20 }", "bar = { 3 = 900 }"),
        )
        reloaded = await house.casino.reload_games()

        assert reloaded.taken == ()
        told = {Path(each.file).name: each for each in reloaded.refused}
        assert told["one.toml"].line == 4
        assert "give changed rules a new version number" in told["one.toml"].reason
        assert told["bad.toml"].line == 6
        assert "above 100 %" in told["rich.toml"].reason
        assert told["bad.toml"].message.startswith(f"{tmp_path}/bad.toml:6: rows: ")
        await spun(seat)
        warned = [entry for entry in house.logs if entry["event"] == "machine file refused"]
        assert len(warned) == 3


async def test_a_number_that_the_database_knows(database: Database, tmp_path: Path) -> None:
    """A version once served with other rules is refused, though this process never had it."""
    async with open_house(database, games__machine_folders=(str(tmp_path),)) as house:
        await house.owner.execute("SELECT croupier.game_version_pin($1, 2, $2)", MACHINE, "ab" * 32)
        two = version_two(tmp_path)
        reloaded = await house.casino.reload_games()

        assert reloaded.taken == ()
        (refused,) = reloaded.refused
        assert (refused.file, refused.line) == (str(two), 4)
        assert "was served with other rules before (digest abababab" in refused.reason
        assert house.casino.catalogue.current(MACHINE) is None


class NewBlackjack(Blackjack):
    """A second version of the game."""

    version = 2
    digest = "2" * 64


async def test_an_open_round_ends_under_its_version(database: Database) -> None:
    """A round that is open when the new version comes is played to its end by the old rules."""
    async with open_house(database, Catalogue((*shipped_machines(), Blackjack()))) as house:
        seat = await house.seat("blackjack")
        played = await seat.open_round()
        await _add(house, NewBlackjack())
        ended = await seat.finish(played)
        assert ended["next"] is None
        proof = (await seat.wire.ask("round", round=ended["round"])).body["proof"]
        assert proof["version"] == 1
        new = await seat.wire.ask("sit", game="blackjack")
        assert new.body["version"] == 2
        await Seat(seat.wire, new.body).deal()


async def _add(house: House, game: Blackjack) -> None:
    casino = house.casino
    casino._versions[game.name, game.version] = await pin(casino._pool, game)
    casino.catalogue.add(game)


async def test_a_start_needs_good_files(database: Database, tmp_path: Path) -> None:
    """A wrong file stops a start in one line with its place; the database is not touched."""
    changed(tmp_path / "bad.toml", ("rows = 1", "rows = 0"))
    with pytest.raises(StartFailed) as caught:
        async with open_house(database, games__machine_folders=(str(tmp_path),)):
            pass
    assert str(caught.value).startswith(f"{tmp_path}/bad.toml:6: rows: ")
