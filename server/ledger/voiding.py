"""Voiding an open round that cannot go on: every hold is returned, the cause recorded.

For an operator, with the server up or down. The settling call does it under the account's lock, so
it cannot meet a decision of the player halfway; a server that has the round in memory finds its
next step stale and reloads the table. A round of a live table is voided by its owner alone; see
`live_voiding`.
"""

from __future__ import annotations

from typing import Any, Final

from server.ledger.ids import IdGenerator
from server.ledger.items import SETTLE, Item, ItemKind, Verdict, settle_arguments
from server.ledger.live_voiding import COMMAND_NODE, NotVoided, void_live_round

__all__ = ["NotVoided", "void_round"]

_ROUND: Final = """
    SELECT o.n, o.step, o.game_version, h.account, h.amount
    FROM open_round o JOIN hold h ON h.chain = o.chain AND h.n = o.n AND h.seat = 0
    WHERE o.chain = $1 AND o.n = $2
"""
_LIVE: Final = "SELECT table_id FROM live_round WHERE chain = $1 AND n = $2"


async def void_round(connection: Any, chain: int, n: int, cause: str) -> int:
    """Void one open round and return the amount given back, in minor units. Raises NotVoided.

    `connection` has the application's rights and `croupier` as its search path.
    """
    table = await connection.fetchval(_LIVE, chain, n)
    if table is not None:
        return await void_live_round(connection, table, chain, n, cause)
    row = await connection.fetchrow(_ROUND, chain, n)
    if row is None:
        raise NotVoided(f"round {chain}-{n} is not open")
    node = await connection.fetchrow("SELECT id, epoch, high_water FROM node ORDER BY id LIMIT 1")
    ids = IdGenerator(COMMAND_NODE, node["high_water"])
    item = Item(
        _unheard,
        None,
        kind=ItemKind.VOID,
        session=0,
        request=0,
        digest=b"",
        account=row["account"],
        session_epoch=0,
        chain=chain,
        n=n,
        step=row["step"],
        game_version=row["game_version"],
        client_seeds=b"",
        data=b"",
        stake=0,
        payout=0,
        finish=True,
        transfer=ids.next(),
        void_cause=cause,
    )
    result = await connection.fetchrow(
        SETTLE, *settle_arguments(node["id"], node["epoch"], ids.next(), [item])
    )
    verdict = Verdict(result["verdict"][0])
    if verdict is Verdict.SKIPPED:
        raise NotVoided(f"round {chain}-{n} is being played at this moment; try again")
    if verdict is not Verdict.ACCEPTED:
        raise NotVoided(f"round {chain}-{n} has moved on; look again")
    return int(row["amount"])


def _unheard(_item: Item, _verdict: int, _balance: int, _held: int, _version: int) -> None:
    """Nobody waits for the verdict but the caller above."""
