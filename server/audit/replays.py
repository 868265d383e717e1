"""Rounds played again from their inputs, and compared with what is on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from games.catalogue import Catalogue
from games.entropy import Draws
from games.game import AnyGame, RoundState, StakeLimits, replay
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.audit.scene import GameVersion, round_id
from server.audit.seeds import ChainRow, hash_chain
from server.fairness.document import decode_bets, decode_decision
from server.fairness.framing import unframe_client_seeds
from server.fairness.vault import Vault, VaultError

__all__ = [
    "DecisionRow",
    "Part",
    "Replayed",
    "SeatRow",
    "differs",
    "game_of",
    "play_again",
    "seeds_of",
]

_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)
"""A table's limits are not on record; what the rules themselves demand is checked."""


class SeatRow(NamedTuple):
    """One seat of one ended round that was not void."""

    chain: int
    n: int
    game_version: int
    client_seeds: bytes
    seat: int
    stake: int
    payout: int
    bets: bytes


class DecisionRow(NamedTuple):
    """One decision of a round."""

    chain: int
    n: int
    seat: int
    decision: bytes
    stake: int
    platform: bool


class Part(NamedTuple):
    """Some rounds with all that a replay needs, everything in order."""

    chains: list[ChainRow]
    seats: list[SeatRow]
    """By chain, n and seat."""
    decisions: list[DecisionRow]
    """By chain, n and step."""
    versions: dict[int, GameVersion]


@dataclass(slots=True)
class Replayed:
    """What came of playing rounds again."""

    rounds: int = 0
    breaches: list[str] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """Rounds of games that this program does not have, by what it lacks."""
    sealed: int = 0
    """Rounds whose seed could not be opened; their chains are named elsewhere."""


def play_again(catalogue: Catalogue, vault: Vault, part: Part) -> Replayed:
    """Play every round of a part again."""
    result = Replayed()
    chains = {row.id: row for row in part.chains}
    decisions = _by_round(part.decisions)
    for chain, rows in groupby(part.seats, key=lambda row: row.chain):
        seeds = seeds_of(vault, chains.get(chain))
        for n, seats in groupby(rows, key=lambda row: row.n):
            result.rounds += 1
            seated = list(seats)
            game = game_of(catalogue, part.versions, seated[0].game_version, result)
            if game is None:
                continue
            if not 0 < n < len(seeds):
                result.sealed += 1
                continue
            wrong = differs(game, seeds[n], seated, decisions.get((chain, n), ()))
            if wrong:
                result.breaches.append(f"round {round_id(chain, n)} {wrong}")
    return result


def _by_round(
    decisions: Sequence[DecisionRow],
) -> Mapping[tuple[int, int], Sequence[DecisionRow]]:
    rounds: dict[tuple[int, int], list[DecisionRow]] = {}
    for row in decisions:
        rounds.setdefault((row.chain, row.n), []).append(row)
    return rounds


def seeds_of(vault: Vault, row: ChainRow | None) -> list[bytes]:
    """Return s_0 to s_N of a chain, none where its secret cannot be opened."""
    if row is None:
        return []
    try:
        return hash_chain(vault, row)
    except VaultError:
        return []


def game_of(
    catalogue: Catalogue, versions: Mapping[int, GameVersion], number: int, result: Replayed
) -> AnyGame | None:
    """Return the game that a round was played under, or count what is lacking."""
    known = versions.get(number)
    if known is None:
        lacks = f"game version {number} is not on record"
    else:
        game = catalogue.version(known.game, known.version)
        if game is not None and game.digest == known.digest:
            return game
        title = f"{known.game} version {known.version}"
        lacks = (
            f"{title} is not in this program"
            if game is None
            else f"{title} has other rules in this program (digest {game.digest[:16]}…, on record"
            f" {known.digest[:16]}…)"
        )
    result.unknown[lacks] = result.unknown.get(lacks, 0) + 1
    return None


def differs(game: AnyGame, seed: bytes, seats: list[SeatRow], taken: Sequence[DecisionRow]) -> str:
    """Return what a replay finds that the record does not say, or an empty text."""
    try:
        draws = Draws(seed, unframe_client_seeds(seats[0].client_seeds))
        bets = [decode_bets(game, row.bets) for row in seats]
        decisions = [(row.seat, decode_decision(game, row.decision)) for row in taken]
        first = [game.stake(each, _NO_LIMITS) for each in bets]
        state = replay(game, bets, decisions, draws)
        wrong = _wrong_platform_decision(game, bets, decisions, taken, draws)
    except Exception as error:  # noqa: BLE001 - whatever rules raise, the other rounds are looked at
        reason = error.message if isinstance(error, Refused) else type(error).__name__
        return f"does not replay: {reason}"
    if not state.finished:
        return "does not replay: its inputs leave it open"
    if wrong is not None:
        return f"does not replay: decision {wrong} is not the platform's"
    return _compare(state, seats, first, taken)


def _compare(
    state: RoundState, seats: list[SeatRow], first: list[int], taken: Sequence[DecisionRow]
) -> str:
    for place, row in enumerate(seats):
        stake, payout = state.stakes[place], state.payouts[place]
        if (stake, payout) != (row.stake, row.payout):
            return (
                f"says stake {row.stake} and payout {row.payout}, its replay stake {stake} and"
                f" payout {payout}"
            )
        added = sum(each.stake for each in taken if each.seat == row.seat)
        if first[place] + added != stake:
            return (
                f"says that its bet was {first[place]} and its decisions added {added}, its replay"
                f" stake {stake}"
            )
    return ""


def _wrong_platform_decision(
    game: AnyGame,
    bets: Sequence[Any],
    decisions: Sequence[tuple[int, Any]],
    taken: Sequence[DecisionRow],
    draws: Draws,
) -> int | None:
    """Return the first decision of the platform that is not the rules' own, or None."""
    for index in _platform(taken):
        state = replay(game, bets, decisions[:index], draws)
        if game.platform_decision(state) != decisions[index]:
            return index
    return None


def _platform(taken: Sequence[DecisionRow]) -> Iterator[int]:
    return (index for index, row in enumerate(taken) if row.platform)
