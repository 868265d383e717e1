"""Tests of hashing and replaying beside this process."""

from __future__ import annotations

from games.blackjack import Blackjack
from games.catalogue import Catalogue
from games.roulette import EuropeanRoulette
from server.audit.chains import check_chains
from server.audit.crew import Crew
from server.audit.findings import Findings
from server.audit.outcomes import check_outcomes
from server.audit.reader import open_reader
from server.audit.scene import take_scene
from server.fairness.vault import Vault
from tests.server.audit.books import CATALOGUE, KEY, Played


def without_slots() -> Catalogue:
    """Return a catalogue that lacks some games."""
    return Catalogue([EuropeanRoulette(), Blackjack()])


async def test_processes_play_the_games_they_are_given(books: Played) -> None:
    """A worker builds the catalogue that it is told to, and misses what that lacks."""
    async with open_reader(books.database.app) as reader:
        scene = await take_scene(reader)
        outcomes = Findings("replays", "")
        crew = Crew(Vault({"1": KEY}), CATALOGUE, {"1": KEY}, without_slots)
        async with crew:
            await check_outcomes(reader, scene, crew, None, outcomes)
    assert outcomes.breaches
    assert all("slot version 1 is not in this program" in each for each in outcomes.breaches)


async def test_processes(books: Played) -> None:
    """Processes of their own find what this process finds."""
    await books.tamper(f"UPDATE wager SET payout = payout + 1 WHERE chain = {books.slot.chain}")
    found = []
    async with open_reader(books.database.app) as reader:
        scene = await take_scene(reader)
        for keys in (None, {"1": KEY}):
            checks = [Findings(name, "") for name in ("chains", "seeds", "replays")]
            async with Crew(Vault({"1": KEY}), CATALOGUE, keys) as crew:
                await check_chains(reader, crew, checks[0], checks[1])
                await check_outcomes(reader, scene, crew, None, checks[2])
            found.append([(check.looked_at, check.breaches) for check in checks])
    assert found[0] == found[1]
    assert found[0][0] == (4, [])
    assert len(found[0][2][1]) == 8
