"""Every game that ships, played by simulated players on a real server, then audited."""

from __future__ import annotations

import json
from pathlib import Path

from games.catalogue import standard
from tests.chaos.processes import croupier
from tests.postgres import Database
from tests.server.cli.test_serve import serving

PLAYERS_A_GAME = 2


async def test_every_game_is_played_and_audited(tmp_path: Path, database: Database) -> None:
    """A mix of all games ends without an error, and every round replays to what was paid."""
    names = [game.name for game in standard()]
    async with serving(tmp_path, database=database) as server:
        loaded = await croupier(
            *("load", "--http", server.http, "--seconds", "2", "--closed", "--think", "20"),
            *("--players", str(PLAYERS_A_GAME * len(names)), "--quiet", "--json", "-"),
            *("--mix", ",".join(f"{name}=1" for name in names), "--require", "errors<1"),
            cwd=tmp_path,
            seconds=60.0,
        )
        assert loaded.code == 0, loaded
        played = json.loads(loaded.out)["games"]
        assert sorted(played) == sorted(names)
        assert [name for name in names if not played[name]["bets"]] == []
        ledger = ("--database", database.app, "--key-file", str(tmp_path / "data" / "seed-keys"))
        audited = await croupier("audit", *ledger, "--replay", "all", cwd=tmp_path, seconds=60.0)
        assert audited.code == 0, audited
