"""What is retired: the audit begins at the border, and takes what lies before it from closing rows.

See the schema's `retirement`. Rows below the border may still be there, until their partitions are
dropped; they are passed over all the same, or they would count twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.audit.findings import Findings
from server.audit.reader import NO_BORDER, Reader
from server.audit.transfers import TransferTotals
from server.audit.wagers import WagerTotals
from server.ledger.ids import id_time_ms
from server.ledger.retirement import RETIREMENT_LOCK

__all__ = ["add_retired", "stand_at_border"]


async def stand_at_border(reader: Reader) -> bool:
    """Have `reader` begin at the border, which does not move until it is closed.

    Returns False where partitions are being retired at this moment.
    """
    if not await reader.value("SELECT pg_try_advisory_lock_shared($1)", RETIREMENT_LOCK):
        return False
    border = await reader.value("SELECT max(border) FROM retirement")
    reader.border = NO_BORDER if border is None else border
    return True


async def add_retired(
    reader: Reader, wagers: WagerTotals, transfers: TransferTotals, rounds: Findings
) -> None:
    """Add what retired wagers and transfers came to, so that the house's result is whole."""
    if reader.border == NO_BORDER:
        return
    for row in await reader.fetch(
        "SELECT currency, test, gaming_day, game_version, sum(wagers)::text AS wagers,"
        " sum(stake)::text AS stake, sum(payout)::text AS payout,"
        " sum(stake_squares)::text AS stake_squares, sum(payout_squares)::text AS payout_squares"
        " FROM closing_wager GROUP BY 1, 2, 3, 4"
    ):
        *_, count, stake, payout, stake_squares, payout_squares = row
        wagers.sums[_money(row), row["gaming_day"], row["game_version"]].add(
            count, stake, payout, stake_squares, payout_squares
        )
    for row in await reader.fetch(
        "SELECT currency, test, gaming_day, kind, sum(amount)::text AS amount FROM closing_transfer"
        " GROUP BY 1, 2, 3, 4"
    ):
        transfers.sums[_money(row), row["gaming_day"], row["kind"]] += int(row["amount"])
    count = await reader.value("SELECT sum(rounds)::bigint FROM retirement")
    border = datetime.fromtimestamp(id_time_ms(reader.border) // 1000, UTC)
    rounds.note(
        f"{count} round{'' if count == 1 else 's'} on chains from before {border:%Y-%m-%d}"
        f" {'is' if count == 1 else 'are'} retired; what that came to is in the books"
    )


def _money(row: Any) -> int:
    """Return currency and test flag as the low bits of an account have them."""
    return int(row["currency"]) << 1 | int(row["test"])
