"""Rounds that follow one another: what each decided, and that the rest stands in the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from games.craps.roll import CrapsStage
from games.entropy import Draws
from games.live import LiveRules, LiveState
from server.audit.reader import Moment, Reader
from server.audit.replays import DecisionRow, SeatRow
from server.audit.transfers import HoldKey
from server.tables.live.standing import NO_SEAT, PutTogether, WrongStakeError, put_together

__all__ = ["follow_holds", "roll_differs"]

_encode: Final = msgspec.msgpack.Encoder().encode
_STOOD: Final = """
    SELECT i.chain, i.n, i.seat, i.stake, p.chain AS chain_before, p.n AS n_before
    FROM round_input i
    JOIN LATERAL (
        SELECT table_id, accepted FROM round WHERE chain = i.chain AND n = i.n
        UNION ALL SELECT table_id, accepted FROM live_round WHERE chain = i.chain AND n = i.n
    ) AS r ON i.step < r.accepted
    JOIN LATERAL (
        SELECT x.chain, x.n FROM round x
        WHERE x.table_id = r.table_id AND (x.chain, x.n) < (i.chain, i.n)
        ORDER BY x.chain DESC, x.n DESC LIMIT 1
    ) AS p ON true
    WHERE {holds} AND {saw} AND i.platform AND i.seat > 0 AND i.stake > 0
    ORDER BY i.chain, i.n, i.seat
"""


async def follow_holds(reader: Reader, moment: Moment, held: dict[HoldKey, int]) -> None:
    """Move what transfers left on hold in a round to the round that it stood in next.

    Such money moves by no transfer: its hold changes its round, and the inputs of that say so.
    """
    whose: dict[tuple[int | None, int | None, int], int] = {
        (chain, n, seat): account for account, chain, n, seat in held
    }
    async for span in reader.spans("round_input", "chain"):
        rows = await reader.fetch(
            _STOOD.format(holds=span.holds("i"), saw=moment.saw("i", "at")), *span.arguments
        )
        for row in rows:
            here = row["chain"], row["n"], row["seat"]
            before = row["chain_before"], row["n_before"], row["seat"]
            account = whose.get(before)
            if account is None:
                continue  # of nobody: what it comes to is named as a hold of its round
            whose[here] = account
            for key, amount in (
                ((account, *before), -row["stake"]),
                ((account, *here), row["stake"]),
            ):
                left = held.pop(key, 0) + amount
                if left:
                    held[key] = left


def roll_differs(
    rules: LiveRules,
    draws: Draws,
    inputs: Sequence[DecisionRow],
    accepted: int,
    wagers: Sequence[SeatRow],
    followed: Sequence[DecisionRow],
    *,
    void: bool,
) -> str:
    """Return what a replay of one roll finds that the record does not say, or an empty text."""
    if inputs[accepted:]:
        return "says decisions, the game has none"
    try:
        put = put_together(rules, (each[2:] for each in inputs))
    except WrongStakeError as error:
        return f"says that {error}"
    if void:
        return "is void, and bets of it stand in the next" if followed else ""
    seats = sorted(put.bets)
    state = rules.draw([put.bets[seat] for seat in seats], draws, put.stage)
    settled = {each.seat: each for each in wagers}
    for place, seat in enumerate(seats):
        wager = settled.pop(seat, None)
        stake, payout = state.stakes[place], state.payouts[place]
        said = (0, 0) if wager is None else (wager.stake, wager.payout)
        if said != (stake, payout):
            return (
                f"says stake {said[0]} and payout {said[1]} of seat {seat}, its replay stake"
                f" {stake} and payout {payout}"
            )
        if wager is not None and wager.bets != _encode(put.bets[seat]):
            return f"says other bets of seat {seat} than its inputs come to"
    if settled:
        return f"says other bets of seat {min(settled)} than its inputs come to"
    return _left_differs(rules, state, seats, followed)


def _left_differs(
    rules: LiveRules, state: LiveState, seats: Sequence[int], followed: Sequence[DecisionRow]
) -> str:
    """Return what stands in the next round that this one has not left, or the other way round."""
    left = {
        seat: (bets, rules.left_stake(state, place))
        for place, seat in enumerate(seats)
        if (bets := rules.left(state, place)) is not None
    }
    if not left and not followed:
        return ""  # without bets a hand may end before the dice end it
    try:
        stood: PutTogether = put_together(rules, (each[2:] for each in followed))
    except WrongStakeError as error:
        return f"is followed by one that says that {error}"
    stage = rules.stage_after(state) or CrapsStage()
    if not followed or followed[0].seat != NO_SEAT or stood.stage != stage:
        return f"leaves {stage}, the next round begins with {stood.stage}"
    for seat in sorted({*left, *stood.bets}):
        if left.get(seat) != (stood.bets.get(seat), stood.stakes.get(seat)):
            return f"leaves other bets of seat {seat} than stand in the next"
    return ""
