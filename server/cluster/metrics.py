"""What a node tells of the cluster, for `server.metrics.NodeCollector`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from server.cluster.cluster import Cluster
from server.cluster.redis_bus import RedisBus

__all__ = ["gauges", "labelled"]

Gauges = dict[str, tuple[str, Callable[[], float]]]
Labelled = dict[str, tuple[str, str, Callable[[], dict[str, int]]]]


class Hall(Protocol):
    """The sessions of the node at live tables."""

    @property
    def present(self) -> tuple[int, int]:
        """How many sit, and how many watch."""


class Board(Protocol):
    """Where operators read."""

    @property
    def streams(self) -> int:
        """How many pages are open."""

    @property
    def followed(self) -> int:
        """How many tables are looked at in detail."""


def gauges(cluster: Cluster, hall: Hall, board: Board) -> Gauges:
    """Return gauges by name, each with its help and how it is read."""
    bus, fences, watching = cluster.bus, cluster.fences, cluster.watching
    return {
        "croupier_bus_connected": ("1 if other nodes can be reached", lambda: float(bus.connected)),
        "croupier_bus_topics": ("Topics that the node listens to", lambda: bus.topics),
        "croupier_cluster_nodes": ("Nodes that beat", lambda: len(cluster.members.alive)),
        "croupier_cluster_programs": (
            "Different programs among the nodes that beat",
            lambda: len(cluster.members.programs),
        ),
        "croupier_schema_newest": (
            "Number of the last migration that the database has",
            lambda: cluster.schema.newest,
        ),
        "croupier_lease_held": ("1 if the node may own shared tables", lambda: float(fences.live)),
        "croupier_tables_owned": ("Shared tables of this node", lambda: len(fences.owned)),
        "croupier_tables_free": ("Shared tables without owner", lambda: cluster.election.free),
        "croupier_tables_over": ("Shared tables to hand over", lambda: cluster.balancer.over),
        "croupier_tables_watched": ("Shared tables watched here", lambda: watching.tables),
        "croupier_table_watchers": ("Who watches them", lambda: watching.watchers),
        "croupier_live_seats": (
            "Seats at live tables, on any node, of this node's sessions",
            lambda: hall.present[0],
        ),
        "croupier_live_watchers": (
            "Live tables watched without a seat by this node's sessions, each time counted",
            lambda: hall.present[1],
        ),
        "croupier_console_streams": ("Open pages of operators", lambda: board.streams),
        "croupier_console_followed": ("Tables they look at in detail", lambda: board.followed),
    }


def labelled(cluster: Cluster) -> Labelled:
    """Return counters with one label: by name its help, the label, and how it is read."""
    bus, fences = cluster.bus, cluster.fences
    return {
        "croupier_bus_messages": (
            "Messages to and from other nodes",
            "direction",
            lambda: {"sent": bus.sent, "received": bus.received},
        ),
        "croupier_bus_dropped": (
            "Messages that were not sent or not delivered",
            "reason",
            lambda: dict(bus.dropped),
        ),
        "croupier_bus_reconnects": (
            "Connections to the bus that were lost or not made",
            "bus",
            lambda: {"redis": bus.reconnects} if isinstance(bus, RedisBus) else {},
        ),
        "croupier_commands": (
            "Commands to owners of shared tables, asked and answered",
            "outcome",
            lambda: dict(cluster.commands.counts),
        ),
        "croupier_watching": (
            "Holes in events, how they were healed, and what was dropped",
            "reason",
            lambda: dict(cluster.watching.counts),
        ),
        "croupier_fences": (
            "Tables taken, leases that ran out, backends of late owners that were ended",
            "event",
            lambda: {
                "taken": fences.taken,
                "expired": fences.expired,
                "ended backends": fences.ended_backends,
            },
        ),
        "croupier_hand_overs": (
            "Tables given so that all nodes own about as many, and those that came back at once",
            "event",
            lambda: {"given": cluster.balancer.given, "in vain": cluster.balancer.in_vain},
        ),
    }
