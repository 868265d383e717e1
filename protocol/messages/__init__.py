"""Requests, replies and events by concern; reading them is reading the protocol."""

from __future__ import annotations

from typing import Final

from protocol.messages import account, failure, live, rounds, session, tables
from protocol.messages.common import Event, Reply, Request

REQUESTS: Final[dict[str, type[Request]]] = {
    request.TYPE: request
    for request in (
        session.Hello,
        session.Resume,
        session.Ping,
        session.Bye,
        tables.Lobby,
        tables.Activity,
        tables.Sit,
        tables.Leave,
        live.Tables,
        live.Join,
        live.Watch,
        rounds.Spin,
        rounds.Deal,
        rounds.Act,
        rounds.Bet,
        account.BalanceRequest,
        account.History,
        account.RoundRequest,
    )
}
"""Every request by its name on the wire."""

REPLIES: Final[dict[str, type[Reply]]] = {
    reply.TYPE: reply
    for reply in (
        session.Welcome,
        session.Pong,
        session.Goodbye,
        tables.LobbyList,
        tables.ActivityList,
        tables.Seated,
        tables.Left,
        live.TableList,
        live.Joined,
        live.Watching,
        rounds.Played,
        rounds.Accepted,
        live.Acted,
        account.BalanceReply,
        account.HistoryList,
        account.RoundProof,
        failure.Failure,
    )
}
"""Every reply by its name on the wire."""

EVENTS: Final[dict[str, type[Event]]] = {
    event.TYPE: event
    for event in (
        session.Draining,
        tables.ChainStarted,
        tables.RoundEnded,
        account.BalanceChanged,
        live.RoundOpened,
        live.BetsPlaced,
        live.BetsClosed,
        live.Turn,
        live.Rising,
        live.CashedOut,
        live.RoundResult,
        live.RoundVoided,
        live.TableStatus,
        live.SeatChanged,
        live.LiveSnapshot,
    )
}
"""Every event by its name on the wire."""

ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "hello": ("welcome",),
    "resume": ("welcome",),
    "ping": ("pong",),
    "bye": ("goodbye",),
    "lobby": ("lobby_list",),
    "activity": ("activity_list",),
    "sit": ("seated",),
    "leave": ("left",),
    "tables": ("table_list",),
    "join": ("joined",),
    "watch": ("watching",),
    "spin": ("played",),
    "deal": ("played",),
    "act": ("played", "acted"),
    "bet": ("accepted",),
    "balance": ("balance_now",),
    "history": ("history_list",),
    "round": ("round_proof",),
}
"""Which reply answers a request; `error` answers any."""
