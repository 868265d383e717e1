"""Outcomes: stored rounds replay to the stored stake and payout."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from server.audit.crew import Crew
from server.audit.findings import Findings
from server.audit.live_replays import read_live_part
from server.audit.reader import Reader, Span
from server.audit.replays import DecisionRow, Part, Replayed, SeatRow
from server.audit.scene import Scene
from server.audit.seeds import ChainRow

__all__ = ["check_outcomes"]

_ROUNDS_A_PART: Final = 4_000
_LIVE_ROUNDS_AT_ONCE: Final = 64
"""Five hundred seats may have bet on each."""


async def check_outcomes(
    reader: Reader, scene: Scene, crew: Crew, newest: int | None, outcomes: Findings
) -> None:
    """Replay the newest rounds, or with None all of them. Chain ids say which are newest."""
    unknown: dict[str, int] = {}
    sealed = 0
    after = None
    if newest is not None:
        row = await reader.row(
            "SELECT chain, n FROM round ORDER BY chain DESC, n DESC OFFSET $1 LIMIT 1", newest
        )
        after = None if row is None else tuple(row)
    async for span in reader.spans("round", "chain", "n", after=after):
        async for result in _played(reader, scene, crew, span):
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


async def _played(reader: Reader, scene: Scene, crew: Crew, span: Span) -> AsyncIterator[Replayed]:
    """Replay the rounds of a span: those of private tables, then those of live tables."""
    chains = await reader.fetch(
        "SELECT id, commitment, secret, key_id, length FROM chain"
        " WHERE id >= $1 AND id <= $2 ORDER BY id",
        span.low[0],
        span.high[0],
    )
    known = {row["id"]: ChainRow(*row) for row in chains}
    async for result in crew.play_again(await _parts(reader, scene, span, known)):
        yield result
    live = await reader.fetch(
        f"""
        SELECT r.chain, r.n FROM round r
        WHERE {span.holds("r")} AND r.table_id IS NOT NULL AND {scene.moment.saw("r", "ended_at")}
        ORDER BY r.chain, r.n
        """,  # noqa: S608 - made of constants
        *span.arguments,
    )
    for start in range(0, len(live), _LIVE_ROUNDS_AT_ONCE):
        keys = [tuple(row) for row in live[start : start + _LIVE_ROUNDS_AT_ONCE]]
        part = await read_live_part(reader, keys, known, scene.versions)
        async for result in crew.play_live_again([part]):
            yield result


async def _parts(
    reader: Reader, scene: Scene, span: Span, chains: dict[int, ChainRow]
) -> list[Part]:
    """Return what replays of rounds at private tables need."""
    seats = await reader.fetch(
        f"""
        SELECT r.chain, r.n, r.game_version, r.client_seeds, w.seat, w.stake, w.payout, w.bets
        FROM round r JOIN wager w ON w.chain = r.chain AND w.n = r.n
        WHERE {span.holds("r")} AND r.void_cause IS NULL AND r.table_id IS NULL
            AND {scene.moment.saw("r", "ended_at")}
        ORDER BY r.chain, r.n, w.seat
        """,  # noqa: S608 - made of constants
        *span.arguments,
    )
    decisions = await reader.fetch(
        f"""
        SELECT i.chain, i.n, i.seat, i.decision, i.stake, i.platform FROM round_input i
        WHERE {span.holds("i")} AND i.seat = 0 ORDER BY i.chain, i.n, i.step
        """,  # noqa: S608 - the same
        *span.arguments,
    )
    taken = [DecisionRow(*row) for row in decisions]
    return list(_cut([SeatRow(*row) for row in seats], taken, chains, scene))


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
