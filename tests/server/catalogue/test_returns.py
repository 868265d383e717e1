"""Tests of `server.catalogue.returns`: chosen returns, from the settings to the audit."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from games.catalogue import standard
from server.app import Casino, StartFailed
from server.audit.reader import open_reader
from server.audit.run import Options, audit
from server.catalogue import load_catalogue
from server.catalogue.returns import chosen_games
from server.cli.main import run
from server.config import Games
from server.fairness.keyring import GENERATED_KEY_FILE, read_keys
from server.fairness.proof import verify_proof
from tests.postgres import Database
from tests.server.harness import House, Seat, open_house

BETS: dict[str, dict[str, Any]] = {
    "crash": {"bets": [{"bet": "cash-out-1.50", "stake": 100}]},
    "dice": {"bets": [{"bet": "under-90.00", "stake": 100}]},
    "limbo": {"bets": [{"bet": "target-1.20", "stake": 100}]},
    "plinko": {"bets": [{"bet": "plinko-12-high", "stake": 100}]},
}


async def again(house: House, **returns: str) -> None:
    """Start the server anew for these returns, as an operator who has changed them would."""
    await house.crash()
    settings = house.casino.settings
    games = msgspec.structs.replace(settings.games, returns=returns)
    house.casino = Casino(msgspec.structs.replace(settings, games=games))
    await house.start()


async def back(house: House, player: int) -> Any:
    """Sign a player in again."""
    return await house.hello(await house.ticket(player))


async def proof_of(wire: Any, round_id: str) -> dict[str, Any]:
    """Ask for the proof of a round."""
    answer = await wire.ask("round", round=round_id)
    assert answer.type == "round_proof", answer
    proof: dict[str, Any] = answer.body["proof"]
    return proof


async def described(wire: Any, name: str) -> dict[str, Any]:
    """Return what the lobby tells of a game."""
    games = (await wire.ask("lobby")).body["games"]
    (found,) = [entry["description"] for entry in games if entry["game"] == name]
    return dict(found)


@pytest.fixture
async def lowered(database: Database) -> AsyncIterator[House]:
    """A server with returns of its operator's choice."""
    returns = dict.fromkeys((*BETS, "hi-lo", "mines"), "0.97")
    async with open_house(database, games__returns=returns) as house:
        yield house


def test_the_newest_version_that_ships_is_made_for_it() -> None:
    """A chosen return is current, its own return is what ships, and nothing is told."""
    loaded = load_catalogue(Games(returns={"crash": "97 %", "dice": "0.99"}))

    crash, dice = loaded.catalogue.current("crash"), loaded.catalogue.current("dice")
    assert crash is not None
    assert dice is not None
    assert (crash.version, dice.version) == (109_700, 1)
    assert loaded.catalogue.version("crash", 1) is not None
    assert loaded.lines == ()
    disabled = load_catalogue(Games(returns={"crash": "0.97"}, disabled=("crash",)))
    assert disabled.catalogue.current("crash") is None


def test_a_return_below_the_minimum() -> None:
    """What comes back where rounding takes most counts; the line names both settings."""
    games = Games(returns={"dice": "0.9", "crash": "0.9"}, minimum_return="90 %")
    chosen, problems = chosen_games(games, standard().versions())

    assert [game.name for game in chosen] == ["dice", "crash"]
    assert len(problems) == 2  # of crash the last places of the draw take a little
    assert problems[0] == (
        "games.returns: dice for 90.0000 % returns 89.1224 % where its payouts are rounded most,"
        " below games.minimum_return (90.0000 %); raise the one or lower the other"
    )
    assert chosen_games(Games(returns={"dice": "0.9"}), standard().versions())[1] == []


async def test_no_start_below_the_minimum(database: Database) -> None:
    """The server says so before it does anything else."""
    with pytest.raises(StartFailed, match="games.returns: dice for 90"):
        async with open_house(
            database, games__returns={"dice": "0.9"}, games__minimum_return="0.9"
        ):
            pass


async def test_a_changed_return_is_another_version(lowered: House, tmp_path: Path) -> None:
    """Rounds of the earlier return end, replay, verify and audit after a change (B9)."""
    house = lowered
    ticket = await house.sign_up("1000.00")
    wire = await house.hello(ticket.ticket)
    told = await described(wire, "crash")
    assert told["version"] == 109_700
    assert "97.00 % divided by m" in told["help"]
    assert Fraction(told["returns"]["exact"]) < Fraction("0.97")
    rounds = []
    for name, bets in BETS.items():
        seat = await house.sit(wire, name)
        rounds.append((await seat.bet("spin", bets)).body["round"])
    seat = await house.sit(wire, "hi-lo")
    opened = (await seat.deal(100)).body
    assert not opened["finished"]

    await again(house, crash="0.96", plinko="1")
    wire = await back(house, ticket.player)
    assert (await described(wire, "crash"))["version"] == 109_600
    assert (await described(wire, "dice"))["version"] == 1
    assert (await described(wire, "plinko"))["version"] == 110_000
    proofs = [await proof_of(wire, each) for each in rounds]
    assert {proof["version"] for proof in proofs} == {109_700}
    assert all(verify_proof(proof, standard()).ok for proof in proofs)

    hi_lo = await house.sit(wire, "hi-lo")
    assert hi_lo.open is not None  # the open round comes back, under its own version
    ended = (await hi_lo.act(opened, "cash-out")).body
    assert ended["finished"]
    assert (await proof_of(wire, ended["round"]))["version"] == 109_700
    seat = await house.sit(wire, "crash")
    played = await proof_of(wire, (await seat.bet("spin", BETS["crash"])).body["round"])
    assert played["version"] == 109_600

    await again(house)  # back to what ships
    wire = await back(house, ticket.player)
    assert (await described(wire, "crash"))["version"] == 1
    assert (await proof_of(wire, played["round"])) == played
    await audited(house)
    await verified(tmp_path, *proofs, played)


async def audited(house: House) -> None:
    """Audit with the games that ship alone: every round replays."""
    keys = read_keys(house.casino.settings.data / GENERATED_KEY_FILE)
    async with open_reader(house.database.app) as reader:
        report = await audit(reader, standard(), keys, Options(newest=None))
    assert report.ok, [check for check in report.checks if not check.ok]
    (outcomes,) = [check for check in report.checks if check.name == "replays"]
    assert outcomes.looked_at == len(BETS) + 2


async def verified(folder: Path, *proofs: dict[str, Any]) -> None:
    """Check proofs by the command, which knows no setting; a changed version does not hold."""
    for number, proof in enumerate(proofs):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(proof))
        assert run(["verify", str(file)]) == 0
        file.write_text(json.dumps({**proof, "version": proof["version"] + 1}))
        assert run(["verify", str(file)]) == 1


async def test_mines_for_less(lowered: House) -> None:
    """A table of decisions is played for the chosen return as well."""
    seat: Seat = await lowered.seat("mines")
    bets = {"bets": [{"bet": "mines-1", "stake": 10_000}]}
    played = (await seat.bet("deal", bets)).body

    assert played["view"]["next_multiplier"] == "1.01"  # 0.97 · 25/24; for 99 % it would be 1.03
