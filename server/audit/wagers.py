"""Wagers: each one's stake and payout are its transfers, and its round stands beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.scene import Scene, round_id

__all__ = ["WagerKey", "WagerSums", "WagerTotals", "check_wagers"]


WagerKey = tuple[int, object, int | None]
"""Currency and test bits, gaming day, game version; see `house`."""


@dataclass(slots=True)
class WagerSums:
    """Wagers of one game version, currency and gaming day, void ones left out; minor units."""

    wagers: int = 0
    stake: int = 0
    payout: int = 0
    stake_squares: int = 0
    payout_squares: int = 0

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, name) for name in self.__slots__)

    def add(self, *values: Any) -> None:
        """Add another part of them, in the order of the fields."""
        for name, value in zip(self.__slots__, values, strict=True):
            setattr(self, name, getattr(self, name) + int(value))


@dataclass(slots=True)
class WagerTotals:
    """What all wagers come to."""

    transfers: int = 0
    """How many stakes, payouts and returns belong to them."""
    private: int = 0
    """How many are of private tables; each has a round and a request of its own."""
    rounds: int = 0
    """How many rounds those of private tables belong to."""
    sums: dict[WagerKey, WagerSums] = field(default_factory=lambda: defaultdict(WagerSums))


# What settling moved for this wager: in the block of ids that it names, for its own player, from
# where and to where it should go.
_MOVED: Final = """
    SELECT count(*) AS transfers,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 1), 0) AS stake,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 2), 0) AS payout,
        coalesce(sum(t.amount) FILTER (WHERE t.kind = 4), 0) AS returned
    FROM transfer t
    WHERE t.id >= w.settlement AND t.id < w.settlement + 4
        AND t.chain = w.chain AND t.n = w.n AND t.seat = w.seat
        AND CASE t.kind
            WHEN 1 THEN t.debit IN (w.account, (w.account & ~(255::bigint << 11)) | (2 << 11))
            WHEN 2 THEN t.credit = w.account
            WHEN 4 THEN t.credit = w.account
            ELSE false END
"""
# At a live table stakes are returned one by one before their round ends void.
_VOID: Final = "(r.void_cause IS NOT NULL OR r.chain IS NULL AND w.seat > 0 AND w.stake = 0)"
_IN_ORDER: Final = f"""
    CASE WHEN NOT {_VOID}
        THEN t.stake = w.stake AND t.payout = w.payout AND t.returned = 0
        ELSE w.stake = 0 AND w.payout = 0 AND t.stake = 0 AND t.payout = 0 AND t.returned > 0 END
"""


async def check_wagers(
    reader: Reader, scene: Scene, wagers: Findings, rounds: Findings
) -> WagerTotals:
    """Look at every wager once; `rounds` is told of wagers without a round.

    At a live table a wager may come before its round has ended: whoever cashes out is paid at once.
    """
    totals = WagerTotals()
    async for span in reader.spans("wager", "chain"):
        rows = await reader.fetch(
            f"""
            SELECT w.account & 2047 AS money, w.gaming_day,
                coalesce(r.game_version, (SELECT c.game_version FROM chain c WHERE c.id = w.chain))
                    AS version,
                count(*),
                sum(t.transfers)::text AS transfers,
                count(*) FILTER (WHERE w.seat = 0) AS private,
                count(*) FILTER (WHERE w.seat = 0 AND r.chain IS NOT NULL) AS rounds,
                count(*) FILTER (WHERE NOT {_VOID}) AS wagers,
                sum(w.stake)::text AS stake, sum(w.payout)::text AS payout,
                sum(w.stake::numeric * w.stake)::text AS stake_squares,
                sum(w.payout::numeric * w.payout)::text AS payout_squares,
                array_agg(w.chain) FILTER (WHERE NOT {_IN_ORDER}) AS chains,
                array_agg(w.n) FILTER (WHERE NOT {_IN_ORDER}) AS ns,
                array_agg(w.seat) FILTER (WHERE NOT {_IN_ORDER}) AS seats,
                array_agg(w.chain) FILTER (WHERE r.chain IS NULL) AS roundless,
                array_agg(w.n) FILTER (WHERE r.chain IS NULL) AS roundless_ns
            FROM wager w
            LEFT JOIN round r ON r.chain = w.chain AND r.n = w.n
            LEFT JOIN LATERAL ({_MOVED}) AS t ON true
            WHERE {span.holds("w")} AND {scene.moment.saw("w", "settled_at")} GROUP BY 1, 2, 3
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for row in rows:
            wagers.looked_at += row["count"]
            totals.transfers += int(row["transfers"])
            totals.private += row["private"]
            totals.rounds += row["rounds"]
            totals.sums[row["money"], row["gaming_day"], row["version"]].add(
                row["wagers"],
                row["stake"],
                row["payout"],
                row["stake_squares"],
                row["payout_squares"],
            )
            if row["chains"]:
                await _name(reader, wagers, row["chains"], row["ns"], row["seats"])
            for chain, n in zip(row["roundless"] or (), row["roundless_ns"] or (), strict=True):
                if scene.live_round(chain, n) is None:
                    rounds.breach(f"wager {round_id(chain, n)} has no round")
        reader.progress(wagers.name, wagers.looked_at)
    return totals


async def _name(
    reader: Reader, wagers: Findings, chains: list[int], ns: list[int], seats: list[int]
) -> None:
    room = wagers.room
    rows = await reader.fetch(
        f"""
        SELECT w.*, r.void_cause, t.stake AS staked, t.payout AS paid, t.returned
        FROM unnest($1::bigint[], $2::integer[], $3::smallint[]) AS k (chain, n, seat)
        JOIN wager w ON w.chain = k.chain AND w.n = k.n AND w.seat = k.seat
        LEFT JOIN round r ON r.chain = w.chain AND r.n = w.n
        LEFT JOIN LATERAL ({_MOVED}) AS t ON true
        ORDER BY w.chain, w.n, w.seat
        """,  # noqa: S608 - made of constants
        chains[:room],
        ns[:room],
        seats[:room],
    )
    wagers.uncounted(len(chains) - len(rows))
    for row in rows:
        void = "void " if row["void_cause"] is not None else ""
        returned = f" and return {row['returned']}" if row["returned"] or void else ""
        wagers.breach(
            f"{void}wager {round_id(row['chain'], row['n'])} of account {row['account']} says"
            f" stake {row['stake']} and payout {row['payout']}, its transfers stake"
            f" {row['staked']} and pay {row['paid']}{returned}"
        )
