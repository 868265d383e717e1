"""Owners: chains and sessions belong to the player whose bets were placed through them."""

from __future__ import annotations

from typing import Any, Final

from server.audit.accounts import describe_account
from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.scene import Scene

__all__ = ["check_owners"]

_HOLDS_AT_ONCE: Final = 20_000

# Chains and sessions are never deleted, however old. A chain belongs to the table of one player, or
# to a live table and to nobody: seats from 1 up are those of live tables.
_OWNED: Final = """
    SELECT b.chain, b.account, b.session, b.bets, b.live, c.account AS owner, s.account AS player
    FROM bets b LEFT JOIN chain c ON c.id = b.chain LEFT JOIN session s ON s.id = b.session
    WHERE c.id IS NULL OR c.account IS DISTINCT FROM CASE WHEN NOT b.live THEN b.account END
        OR s.account IS DISTINCT FROM b.account
"""


async def check_owners(reader: Reader, scene: Scene, owners: Findings) -> None:
    """Look at the chain and the session of every wager and of every open bet."""
    async for span in reader.spans("wager", "chain"):
        rows = await reader.fetch(
            f"""
            WITH bets AS MATERIALIZED (
                SELECT w.chain, w.account, w.session, w.seat > 0 AS live, count(*) AS bets
                FROM wager w
                WHERE {span.holds("w")} AND {scene.moment.saw("w", "settled_at")}
                GROUP BY 1, 2, 3, 4
            )
            SELECT NULL, NULL, NULL, sum(bets)::bigint, NULL, NULL, NULL FROM bets
            UNION ALL {_OWNED}
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        _name(rows, "wagers", owners)
        reader.progress(owners.name, owners.looked_at)
    holds = list(scene.holds.values())
    for start in range(0, len(holds), _HOLDS_AT_ONCE):
        part = holds[start : start + _HOLDS_AT_ONCE]
        owners.looked_at += len(part)
        rows = await reader.fetch(
            f"""
            WITH bets AS (
                SELECT chain, account, session, live, 1::bigint AS bets
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[])
                    AS h (chain, account, session, live)
            ) {_OWNED}
            """,  # noqa: S608 - the same
            [hold.chain for hold in part],
            [hold.account for hold in part],
            [hold.session for hold in part],
            [hold.seat > 0 for hold in part],
        )
        _name(rows, "open bets", owners)


def _name(rows: list[Any], what: str, owners: Findings) -> None:
    for chain, account, session, bets, live, owner, player in rows:
        if chain is None or account is None:
            owners.looked_at += bets or 0
            continue
        whose = f"{bets} {what} on chain {chain} are of {describe_account(account)}"
        if owner != (None if live else account):
            at = " at a seat of a live table" if live else ""
            owners.breach(f"{whose}{at}, the chain is {_of(owner)}")
        if player != account:
            owners.breach(f"{whose}, their session {session} is {_of(player)}")


def _of(account: int | None) -> str:
    return "nobody's" if account is None else f"that of {describe_account(account)}"
