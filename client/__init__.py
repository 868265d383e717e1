"""The Python client: sit down, bet, and be sure of every answer.

::

    async with Client("http://127.0.0.1:8080") as casino:
        table = await casino.sit("slot")
        played = await table.spin({"stake": 100})
        print(played.payout, casino.balance.amount)
"""

from __future__ import annotations

from client.client import Client
from client.errors import (
    ClientError,
    ConnectError,
    CroupierError,
    FairnessError,
    SessionEndedError,
    TicketError,
)
from client.events import ClientEvent, Problem, State, StateChanged
from client.http import DemoPlayer, DemoTickets, Ticket, TicketProvider, sign_up
from client.live import LiveNews, LiveTable
from client.policy import Policy
from client.rounds import Option, Round
from client.tables import Table

__all__ = [
    "Client",
    "ClientError",
    "ClientEvent",
    "ConnectError",
    "CroupierError",
    "DemoPlayer",
    "DemoTickets",
    "FairnessError",
    "LiveNews",
    "LiveTable",
    "Option",
    "Policy",
    "Problem",
    "Round",
    "SessionEndedError",
    "State",
    "StateChanged",
    "Table",
    "Ticket",
    "TicketError",
    "TicketProvider",
    "sign_up",
]
