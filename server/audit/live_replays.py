"""Rounds of live tables played again: seat by seat, together, or on a rising multiplier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from games.catalogue import Catalogue
from games.entropy import Draws
from games.game import AnyGame, replay
from games.live import LiveRules, LiveState, RisingRound, Style, live_rules
from games.live.rising import EARLIEST
from protocol.errors import Refused
from server.audit.reader import Reader
from server.audit.replays import DecisionRow, Replayed, SeatRow, differs, game_of, seeds_of
from server.audit.rolls import roll_differs
from server.audit.scene import GameVersion, round_id
from server.audit.seeds import ChainRow
from server.fairness.document import decode_bets, decode_decision
from server.fairness.framing import unframe_client_seeds
from server.fairness.vault import Vault
from server.tables.live.requests import CASH_OUT, CashOutDecision
from server.tables.live.standing import NO_SEAT, WrongStakeError, put_together, read_stage

__all__ = [
    "LivePart",
    "LiveRoundRow",
    "live_differs",
    "live_outcome",
    "play_live_again",
    "read_live_part",
    "wrong_bets",
]

_encode: Final = msgspec.msgpack.Encoder().encode
_KEYS: Final = "FROM unnest($1::bigint[], $2::integer[]) AS k (chain, n)"
_LIVE_ROUNDS: Final = f"""
    SELECT r.chain, r.n, r.game_version, r.client_seeds, r.accepted, r.void_cause IS NOT NULL
    {_KEYS} JOIN round r ON r.chain = k.chain AND r.n = k.n ORDER BY r.chain, r.n
"""
_LIVE_WAGERS: Final = f"""
    SELECT w.chain, w.n, 0 AS game_version, ''::bytea AS client_seeds, w.seat, w.stake, w.payout,
        w.bets
    {_KEYS} JOIN wager w ON w.chain = k.chain AND w.n = k.n ORDER BY w.chain, w.n, w.seat
"""
_LIVE_INPUTS: Final = f"""
    SELECT i.chain, i.n, i.seat, i.decision, i.stake, i.platform
    {_KEYS} JOIN round_input i ON i.chain = k.chain AND i.n = k.n ORDER BY i.chain, i.n, i.step
"""


# What the next round of the table began with: the house's own inputs, before any bet.
_FOLLOWED: Final = f"""
    SELECT k.chain, k.n, i.seat, i.decision, i.stake, i.platform
    {_KEYS} JOIN round r ON r.chain = k.chain AND r.n = k.n
    JOIN LATERAL (
        (SELECT x.chain, x.n, x.accepted FROM round x
        WHERE x.table_id = r.table_id AND (x.chain, x.n) > (r.chain, r.n)
        ORDER BY x.chain, x.n LIMIT 1)
        UNION ALL SELECT l.chain, l.n, l.accepted FROM live_round l WHERE l.table_id = r.table_id
        ORDER BY 1, 2 LIMIT 1
    ) AS x ON true
    JOIN round_input i ON i.chain = x.chain AND i.n = x.n AND i.platform AND i.step < x.accepted
    ORDER BY k.chain, k.n, i.step
"""  # noqa: S608 - made of constants


class LiveRoundRow(NamedTuple):
    """One ended round of a live table, with all that a replay needs."""

    chain: int
    n: int
    game_version: int
    client_seeds: bytes
    accepted: int
    void: bool
    wagers: list[SeatRow]
    """By seat."""
    inputs: list[DecisionRow]
    """Bets first, then decisions, in the order that they came."""
    followed: list[DecisionRow]
    """What the table's next round began with, where it follows this one."""


class LivePart(NamedTuple):
    """Some rounds of live tables, with their chains."""

    chains: list[ChainRow]
    rounds: list[LiveRoundRow]
    versions: dict[int, GameVersion]


async def read_live_part(
    reader: Reader,
    keys: Sequence[tuple[int, int]],
    chains: Mapping[int, ChainRow],
    versions: dict[int, GameVersion],
) -> LivePart:
    """Return what replays of some ended rounds need; keys are chain and n, in order."""
    named = ([chain for chain, _ in keys], [n for _, n in keys])
    wagers: dict[tuple[int, int], list[SeatRow]] = defaultdict(list)
    for row in await reader.fetch(_LIVE_WAGERS, *named):
        wagers[row["chain"], row["n"]].append(SeatRow(*row))
    inputs: dict[tuple[int, int], list[DecisionRow]] = defaultdict(list)
    for row in await reader.fetch(_LIVE_INPUTS, *named):
        inputs[row["chain"], row["n"]].append(DecisionRow(*row))
    followed: dict[tuple[int, int], list[DecisionRow]] = defaultdict(list)
    for row in await reader.fetch(_FOLLOWED, *named):
        followed[row["chain"], row["n"]].append(DecisionRow(*row))
    rounds = [
        LiveRoundRow(
            chain,
            n,
            version,
            client_seeds,
            accepted,
            void,
            wagers[chain, n],
            inputs[chain, n],
            followed[chain, n],
        )
        for chain, n, version, client_seeds, accepted, void in await reader.fetch(
            _LIVE_ROUNDS, *named
        )
    ]
    needed = dict.fromkeys(named[0])
    return LivePart([chains[each] for each in needed if each in chains], rounds, versions)


def play_live_again(catalogue: Catalogue, vault: Vault, part: LivePart) -> Replayed:
    """Play every round of a part again. Of void ones only the bets are put together again."""
    result = Replayed()
    chains = {row.id: row for row in part.chains}
    seeds: dict[int, list[bytes]] = {}
    for row in part.rounds:
        result.rounds += not row.void
        game = game_of(catalogue, part.versions, row.game_version, result)
        if game is None:
            continue
        if row.chain not in seeds:
            seeds = {row.chain: seeds_of(vault, chains.get(row.chain))}
        known = seeds[row.chain]
        if not 0 < row.n < len(known):
            result.sealed += 1
            continue
        wrong = live_differs(game, known[row.n], row)
        if wrong:
            result.breaches.append(f"round {round_id(row.chain, row.n)} {wrong}")
    return result


def live_differs(game: AnyGame, seed: bytes, row: LiveRoundRow) -> str:
    """Return what a replay finds that the record does not say, or an empty text."""
    rules = live_rules(game)
    if rules is None:
        return f"does not replay: {game.name} is no game for a live table"
    try:
        if rules.style is Style.ROLLS:
            draws = Draws(seed, unframe_client_seeds(row.client_seeds))
            return roll_differs(
                rules,
                draws,
                row.inputs,
                row.accepted,
                row.wagers,
                row.followed,
                void=row.void,
            )
        wrong = wrong_bets(
            rules, row.inputs[: row.accepted], {each.seat: each.bets for each in row.wagers}
        )
        if wrong or row.void or not row.wagers:
            return wrong
        draws = Draws(seed, unframe_client_seeds(row.client_seeds))
        decisions = row.inputs[row.accepted :]
        if rules.style is Style.TURNS:
            return _together(game, seed, row, decisions)
        bets = [decode_bets(game, wager.bets) for wager in row.wagers]
        if rules.style is Style.RISING:
            return _rising(rules.rising(bets, draws), row.wagers, decisions)
        return _apart(rules, bets, draws, row.wagers, decisions)
    except Exception as error:  # noqa: BLE001 - whatever rules raise, the other rounds are looked at
        reason = error.message if isinstance(error, Refused) else type(error).__name__
        return f"does not replay: {reason}"


def live_outcome(game: AnyGame, seed: bytes, row: LiveRoundRow) -> Any:
    """Return an ended round as its watchers saw it. Raises what the rules do."""
    rules = live_rules(game)
    if rules is None:
        raise LookupError(f"{game.name} is no game for a live table")
    draws = Draws(seed, unframe_client_seeds(row.client_seeds))
    if rules.style is not Style.TURNS:
        begun = [each.decision for each in row.inputs[:1] if each.seat == NO_SEAT]
        stage = read_stage(begun[0]) if begun else None
        return rules.view(rules.draw((), draws, stage), None)
    places = {wager.seat: place for place, wager in enumerate(row.wagers)}
    state = replay(
        game,
        [decode_bets(game, wager.bets) for wager in row.wagers],
        [
            (places[each.seat], decode_decision(game, each.decision))
            for each in row.inputs[row.accepted :]
        ],
        draws,
    )
    return rules.view(LiveState((state,), None), None)


def wrong_bets(
    rules: LiveRules,
    taken: Sequence[DecisionRow],
    bets_of: dict[int, bytes],
    *,
    partly: bool = False,
) -> str:
    """Put each seat's bets together again from its inputs; say what differs, if anything does.

    `bets_of` are the bets of each seat as its wager or its hold has them; `partly` if not
    of all. Raises whatever the rules do over what is no bet of theirs.
    """
    try:
        merged = put_together(rules, (each[2:] for each in taken)).bets
    except WrongStakeError as error:
        return f"says that {error}"
    for seat in sorted(bets_of if partly else {*merged, *bets_of}):
        if seat not in merged or _encode(merged[seat]) != bets_of.get(seat):
            return f"says other bets of seat {seat} than its inputs come to"
    return ""


def _together(
    game: AnyGame, seed: bytes, row: LiveRoundRow, decisions: Sequence[DecisionRow]
) -> str:
    """Replay a round of turns. The rules count seats from 0 among those that bet."""
    places = {wager.seat: place for place, wager in enumerate(row.wagers)}
    strangers = [each.seat for each in decisions if each.seat not in places]
    if strangers:
        return f"says a decision of seat {strangers[0]}, which has no bet"
    return differs(
        game,
        seed,
        [
            wager._replace(seat=place, client_seeds=row.client_seeds)
            for place, wager in enumerate(row.wagers)
        ],
        [each._replace(seat=places[each.seat]) for each in decisions],
    )


def _apart(
    rules: LiveRules,
    bets: Sequence[Any],
    draws: Draws,
    wagers: Sequence[SeatRow],
    decisions: Sequence[DecisionRow],
) -> str:
    if decisions:
        return "says decisions, the game has none"
    state = rules.draw(bets, draws)
    if not state.finished:
        return "does not replay: its inputs leave it open"
    return _compare(wagers, state.stakes, state.payouts)


def _rising(
    rising: RisingRound, wagers: Sequence[SeatRow], decisions: Sequence[DecisionRow]
) -> str:
    """Replay a rising multiplier: who cashed out in time is paid as of his moment."""
    places = {wager.seat: place for place, wager in enumerate(wagers)}
    at_ms: dict[int, int] = {}
    taken_over: int | None = None
    for each in decisions:
        decision = msgspec.msgpack.decode(each.decision, type=CashOutDecision)
        if decision.action != CASH_OUT or each.stake or each.seat not in places:
            return f"says a decision of seat {each.seat} that is no cash-out of a bet"
        if each.seat in at_ms:
            return f"says two cash-outs of seat {each.seat}"
        if not EARLIEST <= decision.at_ms < rising.crash_ms:
            return (
                f"says a cash-out of seat {each.seat} at {decision.at_ms} ms, it crashed at"
                f" {rising.crash_ms} ms"
            )
        if each.platform:
            # The house cashes everybody out at one moment, once, for want of an owner.
            due = rising.due_ms(places[each.seat])
            if taken_over not in (None, decision.at_ms) or (
                due is not None and due <= decision.at_ms
            ):
                return f"does not replay: the cash-out of seat {each.seat} is not the platform's"
            taken_over = decision.at_ms
        elif taken_over is not None:
            return f"says a cash-out of seat {each.seat} after its table was taken over"
        at_ms[each.seat] = decision.at_ms
    payouts = [rising.payout(place, at_ms.get(seat)) for seat, place in places.items()]
    return _compare(wagers, [wager.stake for wager in wagers], payouts)


def _compare(
    wagers: Sequence[SeatRow], stakes: Sequence[int], payouts: Sequence[int | None]
) -> str:
    for wager, stake, payout in zip(wagers, stakes, payouts, strict=True):
        if (stake, payout) != (wager.stake, wager.payout):
            return (
                f"says stake {wager.stake} and payout {wager.payout} of seat {wager.seat}, its"
                f" replay stake {stake} and payout {payout}"
            )
    return ""
