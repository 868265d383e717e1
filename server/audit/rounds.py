"""Rounds, ended and open: each with its wager, its decisions and its chain; none left waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from games.catalogue import Catalogue
from games.game import StakeLimits
from protocol.messages.common import MAXIMUM_INTEGER
from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.scene import Hold, OpenRound, Scene, round_id

__all__ = ["RoundTotals", "check_deadlines", "check_open_rounds", "check_rounds", "name_wagerless"]

_GRACE: Final = timedelta(seconds=60)
"""How late a running server may be with ending a round."""
_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)


@dataclass(slots=True)
class RoundTotals:
    """What all rounds come to."""

    private: int = 0
    """Of private tables; each has one wager."""
    decisions: int = 0
    """Of players, not of the platform; open rounds included."""
    decision_marks: int = 0
    """A sum over those decisions that changes if one of them does."""


async def check_rounds(
    reader: Reader, scene: Scene, rounds: Findings, seeds: Findings
) -> RoundTotals:
    """Look at every ended round and every decision once.

    `rounds` is on decisions and game versions, `seeds` on the numbers that rounds have on their
    chains: dense from 1 and within the chain's length, so that no seed is passed over or used
    without its record.
    """
    totals = RoundTotals()
    async for span in reader.spans("round", "chain"):
        row = await reader.row(
            f"""
            WITH chains AS (
                SELECT r.chain, count(*) AS rounds, min(r.n) AS low, max(r.n) AS high,
                    count(*) FILTER (WHERE r.table_id IS NULL) AS private,
                    min(r.table_id) AS place, max(r.table_id) AS last_place,
                    min(r.game_version) AS version, max(r.game_version) AS last_version
                FROM round r WHERE {span.holds("r")} AND {scene.moment.saw("r", "ended_at")}
                GROUP BY r.chain
            )
            SELECT coalesce(sum(s.rounds), 0)::bigint AS rounds,
                coalesce(sum(s.private), 0)::bigint AS private,
                array_agg(s.chain) FILTER (WHERE s.place <> c.seating OR s.last_place <> c.seating
                    OR s.place IS NOT NULL AND c.account IS NOT NULL) AS misplaced,
                array_agg(s.chain) FILTER (WHERE c.id IS NULL) AS chainless,
                array_agg(s.chain) FILTER (
                    WHERE s.low <> 1 OR s.high <> s.rounds OR s.high > c.length) AS sparse,
                array_agg(s.chain) FILTER (WHERE s.version <> c.game_version
                    OR s.last_version <> c.game_version) AS mixed
            FROM chains s LEFT JOIN chain c ON c.id = s.chain
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        totals.private += row["private"]
        rounds.looked_at += row["rounds"]
        for chain in row["chainless"] or ():
            rounds.breach(f"rounds of chain {chain}: there is no such chain")
        for chain in row["mixed"] or ():
            rounds.breach(f"rounds of chain {chain}: played under another game than the chain's")
        for chain in row["misplaced"] or ():
            rounds.breach(f"rounds of chain {chain}: played at another table than the chain's")
        for chain in row["sparse"] or ():
            await _name_sparse(reader, chain, seeds)
        reader.progress(rounds.name, rounds.looked_at)
    await _check_decisions(reader, scene, rounds, totals)
    return totals


async def _name_sparse(reader: Reader, chain: int, seeds: Findings) -> None:
    row = await reader.row(
        "SELECT count(*), min(n) AS low, max(n) AS high, (SELECT length FROM chain WHERE id = $1)"
        " FROM round WHERE chain = $1",
        chain,
    )
    seeds.breach(
        f"chain {chain} of length {row['length']} has {row['count']} ended rounds numbered from"
        f" {row['low']} to {row['high']}"
    )


async def _check_decisions(
    reader: Reader, scene: Scene, rounds: Findings, totals: RoundTotals
) -> None:
    """Compare the decisions on record with the steps that rounds say they have."""
    saw = scene.moment.saw
    missing = dict(scene.open_rounds)
    async for span in reader.spans("round_input", "chain"):
        rows = await reader.fetch(
            f"""
            WITH inputs AS (
                SELECT i.chain, i.n, count(*) AS steps, min(i.step) AS low, max(i.step) AS high,
                    count(*) FILTER (WHERE NOT i.platform) AS decisions,
                    sum(hashtextextended(i.chain || '-' || i.n || '.' || i.step, 0)::numeric)
                        FILTER (WHERE NOT i.platform) AS marks
                FROM round_input i WHERE {span.holds("i")} AND {saw("i", "at")} GROUP BY 1, 2
            ), ended AS (
                SELECT r.chain, r.n, r.steps FROM round r
                WHERE {span.holds("r")} AND r.steps > 0 AND {saw("r", "ended_at")}
            ), paired AS (
                SELECT chain, n, e.steps AS said, coalesce(i.steps, 0) AS steps,
                    i.low = 0 AND i.high = i.steps - 1 AS dense, i.decisions, i.marks
                FROM inputs i FULL JOIN ended e USING (chain, n)
            )
            SELECT NULL::bigint AS chain, NULL::integer AS n, sum(decisions)::text AS said,
                sum(marks)::text AS steps, NULL::boolean AS dense FROM paired
            UNION ALL SELECT chain, n, said::text, steps::text, dense FROM paired
            WHERE said IS DISTINCT FROM steps OR dense IS NOT TRUE
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for chain, n, stated, steps, dense in rows:
            said = stated
            if chain is None:
                totals.decisions += int(said or 0)
                totals.decision_marks += int(steps or 0)
                continue
            opened = missing.get(chain)
            if said is None and opened is not None and opened.n == n:
                said = opened.step
                del missing[chain]
            if said is None:
                rounds.breach(
                    f"round {round_id(chain, n)} has {steps} decisions on record and says none"
                )
            elif int(said) != int(steps) or not dense:
                rounds.breach(
                    f"round {round_id(chain, n)} says {said} decisions, {steps} are on record"
                    + ("" if dense or int(said) != int(steps) else ", with a hole")
                )
    for opened in missing.values():
        if opened.step:
            rounds.breach(
                f"round {round_id(opened.chain, opened.n)} says {opened.step} decisions, none is on"
                " record"
            )


async def name_wagerless(reader: Reader, scene: Scene, rounds: Findings) -> None:
    """Search for ended rounds of private tables without a wager, and name them."""
    async for span in reader.spans("round", "chain"):
        rows = await reader.fetch(
            f"""
            SELECT r.chain, r.n FROM round r
            WHERE {span.holds("r")} AND {scene.moment.saw("r", "ended_at")}
                AND r.table_id IS NULL AND NOT EXISTS (
                    SELECT FROM wager w WHERE w.chain = r.chain AND w.n = r.n AND w.seat = 0)
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for chain, n in rows:
            rounds.breach(f"round {round_id(chain, n)} has no wager")


async def check_open_rounds(
    reader: Reader, scene: Scene, catalogue: Catalogue, holds: Findings, seeds: Findings
) -> None:
    """Look at open rounds: each has its bets and they add up, and none has ended as well.

    Nothing of an open round is played: what its bets stake is read off them alone. One of a live
    table may have no bet; see `live` for those that it has.
    """
    by_round: dict[tuple[int, int, bool], list[Hold]] = {}
    for hold in scene.holds.values():
        by_round.setdefault((hold.chain, hold.n, hold.seat > 0), []).append(hold)
    for opened in scene.open_rounds.values():
        live = scene.live_round(opened.chain, opened.n) is not None
        bets = by_round.pop((opened.chain, opened.n, live), [])
        name = round_id(opened.chain, opened.n)
        if not bets and not live:
            holds.breach(f"open round {name} has no bet on hold")
        for hold in () if live else bets:
            await _check_stakes(reader, scene, catalogue, opened, hold, holds)
        last, length, ended = await reader.row(
            f"""
            SELECT max(r.n) FILTER (WHERE r.n <> $2), (SELECT length FROM chain WHERE id = $1),
                coalesce(bool_or(r.n = $2), false)
            FROM round r WHERE r.chain = $1 AND {scene.moment.saw("r", "ended_at")}
            """,  # noqa: S608 - made of constants
            opened.chain,
            opened.n,
        )
        if ended:
            seeds.breach(f"round {name} is open and has ended: its seed is known")
        elif length is None:
            holds.breach(f"open round {name} is of a chain that does not exist")
        elif opened.n != (last or 0) + 1 or opened.n > length:
            seeds.breach(
                f"open round {name}: its chain of {length} rounds has ended {last or 0} so far"
            )
    for bets in by_round.values():
        for hold in bets:
            holds.breach(
                f"{hold.amount} of account {hold.account} is on hold for round"
                f" {round_id(hold.chain, hold.n)}, which is not open"
            )


async def _check_stakes(
    reader: Reader,
    scene: Scene,
    catalogue: Catalogue,
    opened: OpenRound,
    hold: Hold,
    holds: Findings,
) -> None:
    added = await reader.value(
        "SELECT coalesce(sum(stake), 0)::bigint FROM round_input"
        " WHERE chain = $1 AND n = $2 AND seat = $3 AND step < $4",
        hold.chain,
        hold.n,
        hold.seat,
        opened.step,
    )
    first = _first_stake(scene, catalogue, opened.game_version, hold.bets)
    name = round_id(hold.chain, hold.n)
    if first is None:
        holds.breach(f"open round {name}: its bets cannot be read")
    elif first + added != hold.amount:
        holds.breach(
            f"open round {name} holds {hold.amount}, its bet was {first} and its decisions added"
            f" {added}"
        )


def _first_stake(scene: Scene, catalogue: Catalogue, game_version: int, bets: bytes) -> int | None:
    """Return what recorded bets stake at once, or None if they cannot be read."""
    game = scene.game(catalogue, game_version)
    if game is None:
        return None
    try:
        decoded: Any = msgspec.msgpack.decode(bets, type=game.bets_type)
        return game.stake(decoded, _NO_LIMITS)
    except Exception:  # noqa: BLE001 - whatever rules raise, the other rounds are looked at
        return None


def check_deadlines(scene: Scene, deadlines: Findings) -> None:
    """Name every round that waits past its deadline; parked ones wait for an operator."""
    now = scene.moment.at - (_GRACE if scene.server_up else timedelta())
    for opened in scene.open_rounds.values():
        deadlines.looked_at += 1
        name = round_id(opened.chain, opened.n)
        if opened.parked:
            deadlines.note(f"round {name} is parked until an operator decides")
        elif opened.deadline < now:
            deadlines.breach(
                f"round {name} should have ended by {opened.deadline:%Y-%m-%d %H:%M:%S} UTC"
            )
