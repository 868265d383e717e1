"""Rounds of live tables: closed before they were drawn, and each seat settled for what it bet.

A bet there is an input of its round, as a decision is. The first `accepted` inputs are bets; the
close and the draw have the two numbers after them, so that nothing was accepted later.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final, NamedTuple

from games.catalogue import Catalogue
from games.live import LiveRules, Style, live_rules
from server.audit.findings import Findings
from server.audit.live_replays import wrong_bets
from server.audit.reader import Reader
from server.audit.replays import DecisionRow
from server.audit.scene import Hold, LiveRound, OpenRound, Scene, round_id
from server.fairness.framing import unframe_client_seeds
from server.tables.live.standing import NO_SEAT

__all__ = ["check_live_rounds", "check_live_scene"]

_ROUNDS_AT_ONCE: Final = 64
"""Of one chain; five hundred seats may have bet on each."""

_ROUNDS: Final = """
    SELECT r.n, r.seats, r.client_seeds, r.steps, r.accepted, r.closed, r.drawn,
        r.void_cause IS NOT NULL AS void, coalesce(i.bets, 0) AS bets
    FROM round r LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE NOT i.platform AND i.stake > 0 OR i.platform AND EXISTS (
            SELECT FROM round_input s
            WHERE s.chain = r.chain AND s.n = r.n AND s.step = 0 AND s.seat = {no_seat})) AS bets
        FROM round_input i
        WHERE i.chain = r.chain AND i.n = r.n AND i.step < r.accepted
    ) AS i ON true
    WHERE r.chain = $1 AND r.n > $2 AND r.n <= $3 AND r.table_id IS NOT NULL AND {saw}
"""
# What each seat put in, with what stood from the round before; and what it was settled for, with
# what stands in the round that follows. Only seats where the two differ. Of a bet that stood the
# request is one of an earlier round.
_SEATS: Final = """
    WITH put AS (
        SELECT i.n, i.seat, sum(i.stake)::bigint AS stake,
            count(*) FILTER (WHERE i.step < r.accepted) AS bets, min(i.step) AS first,
            bool_or(i.platform AND i.step < r.accepted) AS stood
        FROM round r JOIN round_input i ON i.chain = r.chain AND i.n = r.n
        WHERE r.chain = $1 AND r.n > $2 AND r.n <= $3 AND r.table_id IS NOT NULL AND {saw}
            AND i.seat <> {no_seat}
        GROUP BY 1, 2
    ), got AS (
        SELECT w.n, w.seat, w.session, w.request, CASE WHEN r.void_cause IS NULL THEN w.stake
            ELSE (SELECT coalesce(sum(t.amount), 0)::bigint FROM transfer t
                WHERE t.id >= w.settlement AND t.id < w.settlement + 4 AND t.kind = 4
                    AND t.chain = w.chain AND t.n = w.n AND t.seat = w.seat) END AS stake
        FROM round r JOIN wager w ON w.chain = r.chain AND w.n = r.n
        WHERE r.chain = $1 AND r.n > $2 AND r.n <= $3 AND r.table_id IS NOT NULL AND {saw}
    ), stands AS (
        SELECT r.n, i.seat, i.stake
        FROM round r JOIN LATERAL (
            (SELECT x.chain, x.n, x.accepted FROM round x
            WHERE x.table_id = r.table_id AND (x.chain, x.n) > (r.chain, r.n)
            ORDER BY x.chain, x.n LIMIT 1)
            UNION ALL SELECT l.chain, l.n, l.accepted FROM live_round l
            WHERE l.table_id = r.table_id
            ORDER BY 1, 2 LIMIT 1
        ) AS x ON true
        JOIN round_input i ON i.chain = x.chain AND i.n = x.n AND i.step < x.accepted
        WHERE r.chain = $1 AND r.n > $2 AND r.n <= $3 AND r.table_id IS NOT NULL AND {saw}
            AND i.platform AND i.seat <> {no_seat}
    )
    SELECT n, seat, put.stake AS put, coalesce(put.bets, 0) AS bets, put.first,
        CASE WHEN got.seat IS NOT NULL OR stands.seat IS NOT NULL
            THEN coalesce(got.stake, 0) + coalesce(stands.stake, 0) END AS got,
        got.session, got.request, q.step AS asked, put.stood
    FROM put FULL JOIN got USING (n, seat) FULL JOIN stands USING (n, seat)
    LEFT JOIN LATERAL (
        SELECT q.step FROM (SELECT * FROM request UNION ALL SELECT * FROM kept_request) AS q
        WHERE q.session = got.session AND q.id = got.request AND q.verdict = 0
            AND q.chain = $1 AND q.n = got.n
    ) AS q ON true
    WHERE put.stake IS DISTINCT FROM CASE WHEN got.seat IS NOT NULL OR stands.seat IS NOT NULL
            THEN coalesce(got.stake, 0) + coalesce(stands.stake, 0) END
        OR coalesce(put.bets, 0) = 0
        OR got.seat IS NOT NULL AND NOT put.stood AND q.step IS DISTINCT FROM put.first + 1
"""
_OPEN_INPUTS: Final = """
    SELECT i.chain, i.n, i.seat, i.decision, i.stake, i.platform FROM round_input i
    WHERE i.chain = $1 AND i.n = $2 AND i.step < $3 ORDER BY i.step
"""
_OPEN_WAGERS: Final = """
    SELECT w.seat, w.stake, w.session, w.request, w.bets FROM wager w
    WHERE w.chain = $1 AND w.n = $2 AND {saw}
"""
_ASKED: Final = """
    SELECT k.session, k.id, q.step
    FROM unnest($1::bigint[], $2::bigint[]) AS k (session, id)
    JOIN request q ON q.session = k.session AND q.id = k.id
    WHERE q.verdict = 0 AND q.chain = $3 AND q.n = $4
"""


async def check_live_rounds(
    reader: Reader, scene: Scene, live: Findings, requests: Findings
) -> None:
    """Look at every ended round of every live table: `live` is on its order and on its seats.

    `requests` is told of wagers that do not name the request of their first bet.
    """
    async for span in reader.spans("chain", "id"):
        chains = await reader.fetch(
            f"SELECT c.id, c.length FROM chain c WHERE {span.holds('c')} AND c.account IS NULL"  # noqa: S608
            " AND c.id >= $3 ORDER BY c.id",
            *span.arguments,
            reader.border,
        )
        for chain, length in chains:
            for low in range(0, length, _ROUNDS_AT_ONCE):
                part = (chain, low, low + _ROUNDS_AT_ONCE)
                rows = await reader.fetch(
                    _ROUNDS.format(saw=scene.moment.saw("r", "ended_at"), no_seat=NO_SEAT), *part
                )
                if not rows:
                    break
                live.looked_at += len(rows)
                for row in rows:
                    wrong = _out_of_order(row)
                    if wrong:
                        live.breach(f"round {round_id(chain, row['n'])} {wrong}")
                for row in await reader.fetch(
                    _SEATS.format(saw=scene.moment.saw("r", "ended_at"), no_seat=NO_SEAT), *part
                ):
                    _name_seat(chain, row, live, requests)
            reader.progress(live.name, live.looked_at)


def _out_of_order(row: Any) -> str:
    """Return what is wrong with an ended round, or an empty text."""
    accepted, closed, drawn = row["accepted"], row["closed"], row["drawn"]
    if closed != accepted + 1 or (drawn != closed + 1 and not (row["void"] and drawn is None)):
        return (
            f"was closed as {closed} and drawn as {drawn} of its table's numbers, after"
            f" {accepted} bets"
        )
    if row["bets"] != accepted:
        return f"says {accepted} bets, {row['bets']} are on record"
    if row["steps"] != accepted and drawn is None:
        return f"has {row['steps'] - accepted} decisions and was not drawn"
    return _wrong_seeds(row["seats"], row["client_seeds"])


def _wrong_seeds(seats: list[int], framed: bytes) -> str:
    try:
        seeds = len(unframe_client_seeds(framed))
    except ValueError:
        seeds = -1
    if (seats and seats[0] < 1) or sorted(set(seats)) != seats or seeds != len(seats):
        return f"was drawn with {max(seeds, 0)} client seeds, for seats {seats}"
    return ""


def _name_seat(chain: int, row: Any, live: Findings, requests: Findings) -> None:
    """Name a seat whose settlement is not what it put in, or whose request is another's."""
    name = f"seat {row['seat']} of round {round_id(chain, row['n'])}"
    if row["got"] is None:
        live.breach(f"{name} bet {row['put']} and was not settled")
    elif not row["bets"]:
        live.breach(f"{name} was settled for {row['got']} and has no bet on record")
    elif row["put"] != row["got"]:
        live.breach(
            f"{name} was settled for {row['got']}, its bets and decisions staked {row['put']}"
        )
    if row["session"] is None or row["stood"]:
        return
    if row["bets"] and row["asked"] != row["first"] + 1:
        _name_unasked(name, "wager", row["session"], row["request"], requests)


def _name_unasked(name: str, what: str, session: int, request: int, requests: Findings) -> None:
    requests.breach(
        f"{name}: its {what} names request {request} of session {session}, which is not the"
        " accepted one of its first bet"
    )


class _Settled(NamedTuple):
    """A seat of a round in play that was paid, or given its stakes back."""

    seat: int
    stake: int
    session: int
    request: int
    bets: bytes


class _Seat(NamedTuple):
    """What one seat put into a round in play."""

    first: int
    stake: int
    bets: int
    stood: bool
    """Whether its bets began in a round before."""


async def check_live_scene(
    reader: Reader,
    scene: Scene,
    catalogue: Catalogue,
    live: Findings,
    holds: Findings,
    requests: Findings,
) -> None:
    """Look at the rounds in play. Nothing of them is drawn here: bets are read off them alone."""
    by_round: dict[tuple[int, int], list[Hold]] = defaultdict(list)
    for hold in scene.holds.values():
        by_round[hold.chain, hold.n].append(hold)
    for playing in scene.live_rounds.values():
        live.looked_at += 1
        name = round_id(playing.chain, playing.n)
        opened = scene.open_rounds.get(playing.chain)
        if opened is None or opened.n != playing.n:
            live.breach(f"round {name} is in play at table {playing.table_id} and is not open")
            continue
        rows = await reader.fetch(_OPEN_INPUTS, playing.chain, playing.n, opened.step)
        inputs = [DecisionRow(*row) for row in rows]
        wrong = _open_out_of_order(playing, opened, inputs)
        if wrong:
            live.breach(f"open round {name} {wrong}")
        settled = [
            _Settled(*row)
            for row in await reader.fetch(
                _OPEN_WAGERS.format(saw=scene.moment.saw("w", "settled_at")),
                playing.chain,
                playing.n,
            )
        ]
        held = by_round[playing.chain, playing.n]
        game = scene.game(catalogue, opened.game_version)
        rules = None if game is None else live_rules(game)
        rolls = rules is not None and rules.style is Style.ROLLS
        seats = _seats(playing, inputs)
        await _check_open_seats(reader, playing, seats, held, settled, holds, requests, rolls=rolls)
        bets_of = {wager.seat: wager.bets for wager in settled}
        if rolls and playing.drawn is not None:
            drawn = True  # what is on hold is what the roll has left
        else:
            drawn = False
            bets_of |= {hold.seat: hold.bets for hold in held}
        wrong = _other_bets(rules, inputs[: playing.accepted], bets_of, partly=drawn)
        if wrong:
            live.breach(f"open round {name} {wrong}")


def _other_bets(
    rules: LiveRules | None, taken: list[DecisionRow], bets_of: dict[int, bytes], *, partly: bool
) -> str:
    """Say what differs of the seats that are named; `partly` if they may not be all."""
    if rules is None:
        return "is of a game that this program does not play at live tables"
    try:
        return wrong_bets(rules, taken, bets_of, partly=partly)
    except Exception:  # noqa: BLE001 - whatever rules raise, the other rounds are looked at
        return "has bets that cannot be read"


def _open_out_of_order(playing: LiveRound, opened: OpenRound, inputs: list[DecisionRow]) -> str:
    accepted, closed, drawn = playing.accepted, playing.closed, playing.drawn
    if closed not in (None, accepted + 1) or (drawn is not None and drawn != (closed or 0) + 1):
        return f"was closed as {closed} and drawn as {drawn}, after {accepted} bets"
    follows = bool(inputs) and inputs[0].seat == NO_SEAT
    bets = sum(follows if each.platform else each.stake > 0 for each in inputs[:accepted])
    if bets != accepted:
        return f"says {accepted} bets, {bets} are on record"
    if opened.step != accepted and drawn is None:
        return f"has {opened.step - accepted} decisions and was not drawn"
    return _wrong_seeds(playing.seats, opened.client_seeds)


def _seats(playing: LiveRound, inputs: list[DecisionRow]) -> dict[int, _Seat]:
    seats: dict[int, _Seat] = {}
    for step, each in enumerate(inputs):
        if each.seat == NO_SEAT:
            continue
        bet = step < playing.accepted
        known = seats.get(each.seat, _Seat(step, 0, 0, bet and each.platform))
        seats[each.seat] = known._replace(stake=known.stake + each.stake, bets=known.bets + bet)
    return seats


async def _check_open_seats(
    reader: Reader,
    playing: LiveRound,
    seats: dict[int, _Seat],
    bets: list[Hold],
    settled: list[_Settled],
    holds: Findings,
    requests: Findings,
    *,
    rolls: bool,
) -> None:
    """Every seat that bet has what it put in on hold, or was settled for it already.

    A roll may settle a part of it, and what began in an earlier round was asked for there.
    """
    name = round_id(playing.chain, playing.n)
    found = {hold.seat: (hold.amount, hold.session, hold.request) for hold in bets}
    for wager in settled:
        held = found.get(wager.seat)
        if rolls and held is not None and wager.stake:
            found[wager.seat] = (held[0] + wager.stake, *held[1:])
            continue
        if held is not None:
            holds.breach(f"seat {wager.seat} of open round {name} is settled and still held")
        put = seats.get(wager.seat)
        # What was returned is told by transfers; see `wagers` and `transfers`.
        stake = wager.stake or (put.stake if put else 0)
        found[wager.seat] = (stake, wager.session, wager.request)
    asked = {
        (row["session"], row["id"]): row["step"]
        for row in await reader.fetch(
            _ASKED,
            [session for _, session, _ in found.values()],
            [request for _, _, request in found.values()],
            playing.chain,
            playing.n,
        )
    }
    for seat in sorted({*seats, *found}):
        put, had = seats.get(seat), found.get(seat)
        title = f"seat {seat} of open round {name}"
        if had is None:
            holds.breach(f"{title} bet {put.stake if put else 0} and has nothing on hold")
        elif put is None or not put.bets:
            holds.breach(f"{title} has {had[0]} on hold and no bet on record")
        elif put.stake != had[0]:
            holds.breach(f"{title} has {had[0]} on hold, its bets and decisions staked {put.stake}")
        elif not put.stood and asked.get(had[1:]) != put.first + 1:
            _name_unasked(title, "open bet", had[1], had[2], requests)
