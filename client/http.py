"""Tickets by HTTP: how a play-money player signs up.

Real players sign in by the operator's own pages; a program that plays for one passes its own ticket
provider to the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from client.errors import TicketError

__all__ = ["DemoPlayer", "DemoTickets", "Ticket", "TicketProvider", "sign_up"]

DEMO_PATH: Final = "/api/v1/demo"
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)


class Ticket(msgspec.Struct, frozen=True):
    """A one-time ticket and the gateway that takes it (`ws://` or `wss://`)."""

    ticket: str
    gateway: str


TicketProvider = Callable[[], Awaitable[Ticket]]
"""Called whenever a new session is needed. Raises TicketError, or OSError to be asked again."""


class DemoPlayer(msgspec.Struct, frozen=True):
    """The answer to a play-money sign-up."""

    player: str
    ticket: str
    gateway: str
    currency: str
    balance: str | int
    """The opening balance as the server writes it: a decimal string in major units."""


async def sign_up(
    http: aiohttp.ClientSession, base_url: str, currency: str, amount: str | None = None
) -> DemoPlayer:
    """Sign up a play-money player with `amount`, a decimal string in major units.

    Raises TicketError with what the server said, or OSError if it cannot be reached.
    """
    body: dict[str, str] = {"currency": currency}
    if amount is not None:
        body["amount"] = amount
    try:
        async with http.post(
            base_url.rstrip("/") + DEMO_PATH, json=body, timeout=_TIMEOUT
        ) as reply:
            content = await reply.read()
            if reply.status not in (200, 201):
                temporary = reply.status == 429 or reply.status >= 500
                said = _message(content) or f"HTTP status {reply.status}"
                raise TicketError(f"the sign-up was refused: {said}", temporary=temporary)
    except TimeoutError:
        raise TicketError("the sign-up took too long", temporary=True) from None
    except aiohttp.ClientError as error:
        raise ConnectionError(f"cannot reach {base_url}: {error}") from error
    try:
        return msgspec.json.decode(content, type=DemoPlayer)
    except msgspec.DecodeError as error:
        raise TicketError(
            f"{base_url} does not answer as a Croupier server does: {error}", temporary=False
        ) from None


class DemoTickets:
    """A ticket provider that signs up a play-money player for every new session."""

    def __init__(self, base_url: str, currency: str = "EUR", amount: str | None = None) -> None:
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError(f"an http:// or https:// address is needed, not {base_url!r}")
        self._base_url = base_url
        self._currency = currency
        self._amount = amount

    async def __call__(self) -> Ticket:
        """Sign up and return the ticket."""
        async with aiohttp.ClientSession() as http:
            player = await sign_up(http, self._base_url, self._currency, self._amount)
        return Ticket(player.ticket, player.gateway)


def _message(content: bytes) -> str:
    """Return what an error answer says, whichever of the usual forms it has."""
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return ""
    if isinstance(body, dict):
        for key in ("message", "detail", "error", "title"):
            found = body.get(key)
            if isinstance(found, dict):
                found = found.get("message") or found.get("code")
            if isinstance(found, str) and found:
                return found[:200]
    return ""
