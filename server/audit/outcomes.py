"""Outcomes: stored rounds replay to the stored stake and payout."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from server.audit.crew import Crew
from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.replays import DecisionRow, Part, SeatRow
from server.audit.scene import Scene
from server.audit.seeds import ChainRow

__all__ = ["check_outcomes"]

_ROUNDS_A_PART: Final = 4_000


async def check_outcomes(
    reader: Reader, scene: Scene, crew: Crew, newest: int | None, outcomes: Findings
) -> None:
    """Replay the newest rounds, or with None all of them. Chain ids say which are newest."""
    unknown: dict[str, int] = {}
    sealed = 0
    async for parts in _parts(reader, scene, newest):
        async for result in crew.play_again(parts):
            outcomes.looked_at += result.rounds
            sealed += result.sealed
            for text in result.breaches:
                outcomes.breach(text)
            for lacks, count in result.unknown.items():
                unknown[lacks] = unknown.get(lacks, 0) + count
            reader.progress(outcomes.name, outcomes.looked_at)
    for lacks, count in sorted(unknown.items()):
        outcomes.breach(f"{_rounds(count)} cannot be replayed: {lacks}")
    if sealed:
        outcomes.breach(f"{_rounds(sealed)} cannot be replayed: the chain has no seed for it")


def _rounds(count: int) -> str:
    return f"{count} round{'' if count == 1 else 's'}"


async def _parts(reader: Reader, scene: Scene, newest: int | None) -> AsyncIterator[list[Part]]:
    """Yield what replays need, each time as many rounds as a short statement gives."""
    after = None
    if newest is not None:
        row = await reader.row(
            "SELECT chain, n FROM round ORDER BY chain DESC, n DESC OFFSET $1 LIMIT 1", newest
        )
        after = None if row is None else tuple(row)
    async for span in reader.spans("round", "chain", "n", after=after):
        seats = await reader.fetch(
            f"""
            SELECT r.chain, r.n, r.game_version, r.client_seeds, w.seat, w.stake, w.payout, w.bets
            FROM round r JOIN wager w ON w.chain = r.chain AND w.n = r.n
            WHERE {span.holds("r")} AND r.void_cause IS NULL
                AND {scene.moment.saw("r", "ended_at")}
            ORDER BY r.chain, r.n, w.seat
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        decisions = await reader.fetch(
            f"""
            SELECT i.chain, i.n, i.seat, i.decision, i.stake, i.platform FROM round_input i
            WHERE {span.holds("i")} ORDER BY i.chain, i.n, i.step
            """,  # noqa: S608 - the same
            *span.arguments,
        )
        chains = await reader.fetch(
            "SELECT id, commitment, secret, key_id, length FROM chain"
            " WHERE id >= $1 AND id <= $2 ORDER BY id",
            span.low[0],
            span.high[0],
        )
        known = {row["id"]: ChainRow(*row) for row in chains}
        yield list(
            _cut(
                [SeatRow(*row) for row in seats],
                [DecisionRow(*row) for row in decisions],
                known,
                scene,
            )
        )


def _cut(
    seats: list[SeatRow], decisions: list[DecisionRow], chains: dict[int, ChainRow], scene: Scene
) -> Iterator[Part]:
    """Cut rounds into parts, between two chains, so that each chain is hashed once a part."""
    start = taken = 0
    for end in range(1, len(seats) + 1):
        chain = seats[end - 1].chain
        if end < len(seats) and (seats[end].chain == chain or end - start < _ROUNDS_A_PART):
            continue
        first_decision = taken
        while taken < len(decisions) and decisions[taken].chain <= chain:
            taken += 1
        part = seats[start:end]
        named = dict.fromkeys(row.chain for row in part)
        yield Part(
            [chains[number] for number in named if number in chains],
            part,
            decisions[first_decision:taken],
            scene.versions,
        )
        start = end
