"""Transfers: their kinds and directions, and the cause of each one.

A transfer of a wager stands in the block of ids that the wager names as its settlement, so wagers
are matched to transfers by id (`wagers`). Here every transfer is counted: where more are there than
wagers claim, the ones without a wager are searched for. Holds are taken by earlier calls; what is
held by them less what settling takes out of hold is carried along in order of time. What is left of
it at the end must be the open bets.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from server.audit.accounts import describe_account, hold_of
from server.audit.findings import Findings
from server.audit.reader import Moment, Reader
from server.audit.scene import Scene, round_id

__all__ = [
    "TransferTotals",
    "check_funding",
    "check_holds",
    "check_transfers",
    "name_uncaused",
]

HoldKey = tuple[int, int | None, int | None, int]
"""Hold account, chain, n and seat."""


@dataclass(slots=True)
class TransferTotals:
    """What all transfers come to."""

    settling: int = 0
    """How many are stakes, payouts or returns, those of retired wagers left out."""
    sums: dict[tuple[int, object, int], int] = field(default_factory=lambda: defaultdict(int))
    """Amounts by (currency and test bits, gaming day, kind)."""
    held: dict[HoldKey, int] = field(default_factory=lambda: defaultdict(int))
    """What went into hold less what came out, where that is not 0."""


# PostgreSQL gives all bit operators one rank, hence the parentheses.
_DEBIT_KIND: Final = "((t.debit >> 11) & 255)"
_CREDIT_KIND: Final = "((t.credit >> 11) & 255)"
_SAME_OWNER: Final = "t.debit >> 19 = t.credit >> 19 AND t.debit >> 19 <> 0"

# From which kind of account to which, and whether a wager or a funding causes it.
_IN_ORDER: Final = f"""
    t.amount > 0 AND t.debit <> t.credit AND t.debit & 2047 = t.credit & 2047
    AND (t.chain IS NULL) = (t.n IS NULL)
    AND CASE t.kind
        WHEN 1 THEN t.chain IS NOT NULL AND {_DEBIT_KIND} IN (1, 2) AND t.debit >> 19 <> 0
            AND t.credit = (16 << 11) | (t.debit & 2047)
        WHEN 2 THEN t.chain IS NOT NULL AND {_CREDIT_KIND} = 1 AND t.credit >> 19 <> 0
            AND t.debit = (16 << 11) | (t.credit & 2047)
        WHEN 3 THEN t.chain IS NOT NULL AND {_DEBIT_KIND} = 1 AND {_CREDIT_KIND} = 2
            AND {_SAME_OWNER}
        WHEN 4 THEN t.chain IS NOT NULL AND {_DEBIT_KIND} = 2 AND {_CREDIT_KIND} = 1
            AND {_SAME_OWNER}
        WHEN 5 THEN t.chain IS NULL AND {_CREDIT_KIND} = 1 AND t.credit >> 19 <> 0
            AND t.credit & 1 = 1 AND t.debit = (17 << 11) | (t.credit & 2047)
        WHEN 6 THEN t.debit >> 19 = 0 OR t.credit >> 19 = 0 OR t.debit >> 19 = t.credit >> 19
        ELSE false END
"""
_UNFUNDED: Final = """
    (t.chain IS NULL OR t.kind > 4) AND NOT EXISTS (SELECT FROM funding f
        WHERE f.transfer = t.id AND f.amount = t.amount AND f.account IN (t.debit, t.credit))
"""


async def check_transfers(
    reader: Reader, moment: Moment, transfers: Findings, causes: Findings
) -> TransferTotals:
    """Look at every transfer once; `transfers` is on its form, `causes` on fundings."""
    totals = TransferTotals()
    saw = moment.saw("t", "at")
    of_retired = f"t.chain < {reader.border}"
    async for span in reader.spans("transfer", "id"):
        rows = await reader.fetch(
            f"""
            SELECT t.kind, t.debit & 2047 AS money, t.gaming_day, count(*), sum(t.amount)::text,
                array_agg(t.id) FILTER (WHERE ({_IN_ORDER}) IS NOT TRUE) AS disorder,
                array_agg(t.id) FILTER (WHERE {_UNFUNDED}) AS unfunded,
                count(*) FILTER (WHERE ({of_retired}) IS NOT TRUE) AS caused
            FROM transfer t WHERE {span.holds("t")} AND {saw} GROUP BY 1, 2, 3
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for kind, money, day, count, amount, disorder, unfunded, caused in rows:
            transfers.looked_at += count
            totals.sums[money, day, kind] += int(amount)
            if kind in (1, 2, 4):
                totals.settling += caused
            await _name_disorder(reader, transfers, disorder or [])
            for transfer in unfunded or []:
                causes.breach(f"transfer {transfer} lacks a cause: no funding of its amount")
        held = await reader.fetch(
            f"""
            SELECT h.account, h.chain, h.n, h.seat, sum(h.net)::text FROM (
                SELECT t.chain, t.n, t.seat,
                    CASE WHEN {_CREDIT_KIND} = 2 THEN t.credit ELSE t.debit END AS account,
                    CASE WHEN {_CREDIT_KIND} = 2 THEN t.amount ELSE -t.amount END AS net
                FROM transfer t WHERE {span.holds("t")} AND {saw}
                    AND ({_CREDIT_KIND} = 2 OR {_DEBIT_KIND} = 2)
                    AND ({of_retired}) IS NOT TRUE
            ) AS h GROUP BY 1, 2, 3, 4 HAVING sum(h.net) <> 0
            """,  # noqa: S608 - the same
            *span.arguments,
        )
        for account, chain, n, seat, net in held:
            key = (account, chain, n, seat)
            left = totals.held.pop(key, 0) + int(net)
            if left:
                totals.held[key] = left
        reader.progress(transfers.name, transfers.looked_at)
    return totals


async def _name_disorder(reader: Reader, transfers: Findings, ids: list[int]) -> None:
    named, rest = ids[: transfers.room], ids[transfers.room :]
    if named:
        rows = await reader.fetch(
            "SELECT t.id, coalesce(k.name, t.kind::text) AS kind, t.debit, t.credit, t.amount"
            " FROM transfer t LEFT JOIN transfer_kind k ON k.kind = t.kind"
            " WHERE t.id = ANY ($1) ORDER BY t.id",
            named,
        )
        for row in rows:
            transfers.breach(
                f"transfer {row['id']} ({row['kind']} of {row['amount']}) may not go"
                f" from {describe_account(row['debit'])} to {describe_account(row['credit'])}"
            )
    transfers.uncounted(len(rest))


async def name_uncaused(reader: Reader, moment: Moment, causes: Findings) -> None:
    """Search for stakes, payouts and returns that no wager claims, and name them."""
    async for span in reader.spans("transfer", "id"):
        rows = await reader.fetch(
            f"""
            SELECT t.id, t.kind, t.amount, t.chain, t.n, w.chain IS NOT NULL AS wagered
            FROM transfer t
            LEFT JOIN wager w ON w.chain = t.chain AND w.n = t.n AND w.seat = t.seat
            WHERE {span.holds("t")} AND {moment.saw("t", "at")} AND t.kind IN (1, 2, 4)
                AND t.chain IS NOT NULL AND NOT t.chain < {reader.border}
                AND (t.id >= w.settlement AND t.id < w.settlement + 4) IS NOT TRUE
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for row in rows:
            wager = round_id(row["chain"], row["n"])
            why = (
                f"wager {wager} was settled by others"
                if row["wagered"]
                else f"there is no wager {wager}"
            )
            causes.breach(f"transfer {row['id']} of {row['amount']} lacks a cause: {why}")


async def check_funding(reader: Reader, moment: Moment, causes: Findings) -> None:
    """Look for the transfer of every funding."""
    async for span in reader.spans("funding", "transfer"):
        row = await reader.row(
            f"""
            SELECT count(*), array_agg(f.transfer) FILTER (WHERE (
                t.amount = f.amount AND f.account IN (t.debit, t.credit)) IS NOT TRUE) AS bad
            FROM funding f LEFT JOIN transfer t ON t.id = f.transfer
            WHERE {span.holds("f")} AND {moment.saw("f", "at")}
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        causes.looked_at += row["count"]
        bad = row["bad"] or []
        named = await reader.fetch(
            "SELECT f.transfer, f.account, f.amount, t.amount AS moved"
            " FROM funding f LEFT JOIN transfer t ON t.id = f.transfer"
            " WHERE f.transfer = ANY ($1) ORDER BY f.transfer",
            bad[: causes.room],
        )
        causes.uncounted(len(bad) - len(named))
        for transfer, account, amount, moved in named:
            found = "no transfer" if moved is None else f"a transfer of {moved}"
            causes.breach(
                f"funding {transfer} of {amount} to {describe_account(account)} has {found}"
            )


async def check_holds(
    reader: Reader, scene: Scene, held: dict[HoldKey, int], wagers: Findings, holds: Findings
) -> None:
    """Compare what transfers left on hold with the open bets, and name what differs."""
    left = dict(held)
    for hold in scene.holds.values():
        holds.looked_at += 1
        found = left.pop((hold_of(hold.account), hold.chain, hold.n, hold.seat), 0)
        if found != hold.amount:
            holds.breach(
                f"open bet {round_id(hold.chain, hold.n)} of {describe_account(hold.account)}"
                f" holds {hold.amount}, its transfers {found}"
            )
    for (account, chain, n, _seat), amount in left.items():
        if chain is None or n is None:
            holds.breach(f"{describe_account(account)} holds {amount} for no round")
        elif chain in scene.open_rounds:
            holds.breach(
                f"{describe_account(account)} holds {amount} for the open round"
                f" {round_id(chain, n)}, which has no such bet"
            )
        elif await reader.value("SELECT true FROM wager WHERE chain = $1 AND n = $2", chain, n):
            wagers.breach(
                f"wager {round_id(chain, n)}: what its transfers put on hold and took off hold"
                f" differ by {amount}"
            )
        else:
            holds.breach(
                f"{describe_account(account)} holds {amount} for round {round_id(chain, n)},"
                " which is neither open nor ended"
            )
