"""Opens what operators see of live tables on a node, and their hands on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.cluster.cluster import Cluster
from server.console.board import LiveBoard
from server.console.floor import ConsoleFloor
from server.console.live_replays import LiveReplays
from server.console.making import Making
from server.console.orders import Orders
from server.tables.live.hall import Hall

__all__ = ["open_console"]


def open_console(
    hall: Hall,
    cluster: Cluster,
    board: LiveBoard,
    replays: LiveReplays,
    pool: Any,
    url: Callable[[], str],
) -> None:
    """Write on the board, make and change tables, and do what is ordered by command.

    All of it ends with the hall.
    """
    floor = ConsoleFloor(hall, cluster, board, replays)
    board.making = making = Making(pool, hall, cluster, board)
    hall.spawn(floor.run(pool))
    hall.spawn(Orders(url, pool, hall, floor, making, cluster).run())
