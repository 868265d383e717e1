"""Play-money sign-up: `POST /api/v1/demo`. Test accounts only (GLI-19 A.2.5, standards D16)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import msgspec
import structlog
from aiohttp import web

from protocol.messages.common import MAXIMUM_INTEGER
from server.config.settings import Demo
from server.database.errors import DATABASE_ERRORS
from server.gateway.sign_in import new_secret, secret_hash
from server.http.answers import problem
from server.http.rates import AddressRates

log = structlog.get_logger(__name__)

TICKET_LIFE: Final = "10 minutes"
_MOST_DIGITS: Final = 20
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
_NO_AMOUNT: Final = Decimal("NaN")


class DemoRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What a sign-up may say. `amount`, text or a number, is in major units, such as 1000.00."""

    currency: str = "EUR"
    amount: msgspec.Raw = msgspec.Raw(b"null")


class SignUps:
    """Makes play-money players, so many a minute for each address."""

    def __init__(
        self,
        pool: Any,
        settings: Demo,
        *,
        next_id: Callable[[], int],
        gateway: Callable[[web.Request], str],
        remote: Callable[[web.Request], str],
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._next_id = next_id
        self._gateway = gateway
        self._remote = remote
        self._rates = AddressRates(
            settings.sign_ups_per_minute, settings.sign_ups_per_minute_loopback
        )
        self._exponents: dict[str, int] = {}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one sign-up."""
        if not self._settings.enabled:
            return problem(404, "not_offered", "Play money is not offered here.")
        if not self._rates.admit(self._remote(request)):
            return problem(429, "too_fast", "Too many sign-ups from this address; wait a minute.")
        try:
            body = await request.read()
            wish = msgspec.json.decode(body, type=DemoRequest) if body else DemoRequest()
            amount = _amount(bytes(wish.amount))
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
            return problem(
                400, "invalid_body", 'Send {"currency": "EUR", "amount": "1000.00"} or nothing.'
            )
        try:
            return await self._sign_up(request, wish.currency, amount)
        except DATABASE_ERRORS as error:
            log.warning("sign-up interrupted", error=type(error).__name__)
            return problem(503, "unavailable", "Not now; try again in a few seconds.")

    async def _sign_up(
        self, request: web.Request, currency: str, amount: Decimal | None
    ) -> web.Response:
        exponent = await self._exponent(currency)
        if exponent is None:
            return problem(400, "unknown_currency", "Name a currency by its ISO 4217 code.")
        if amount is None:
            default = Decimal(self._settings.default_amount)
            amount = default.quantize(Decimal(1).scaleb(-exponent), ROUND_DOWN)
        minor = _minor_units(amount, exponent)
        if minor is None or not 0 <= amount <= Decimal(self._settings.max_amount):
            return problem(
                400,
                "invalid_amount",
                f"The amount is from 0 to {self._settings.max_amount} with at most"
                f" {exponent} decimals.",
            )
        ticket = new_secret()
        row = await self._pool.fetchrow(
            "SELECT * FROM demo_sign_up($1, $2, $3, $4, $5::text::interval)",
            currency,
            minor,
            self._next_id(),
            secret_hash(ticket),
            TICKET_LIFE,
        )
        return web.json_response(
            {
                "player": str(row["player"]),
                "ticket": ticket,
                "gateway": self._gateway(request),
                "currency": currency,
                "balance": minor,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _exponent(self, currency: str) -> int | None:
        if not self._exponents:
            rows = await self._pool.fetch("SELECT code, exponent FROM currency")
            self._exponents = {row["code"]: row["exponent"] for row in rows}
        return self._exponents.get(currency)


def _amount(text: bytes) -> Decimal | None:
    """Return the amount that JSON text says, None for null, not a number for one that is none.

    Python takes much more for a number, such as " 5", "5_0" or digits of other scripts. Raises
    msgspec.DecodeError for what is neither a string nor a number.
    """
    if text == b"null":
        return None
    if text.startswith(b'"'):
        said = msgspec.json.decode(text, type=str)
        return Decimal(said) if _AMOUNT.fullmatch(said) else _NO_AMOUNT
    amount = msgspec.json.decode(text, type=Decimal)
    # The sign is looked for in the text: the decoder reads -0 as 0.
    return _NO_AMOUNT if text.startswith(b"-") else amount


def _minor_units(amount: Decimal, exponent: int) -> int | None:
    """Return whole minor units, or None where there are none."""
    if not amount.is_finite() or len(amount.as_tuple().digits) > _MOST_DIGITS:
        return None
    if abs(amount.adjusted()) > _MOST_DIGITS:
        return None
    scaled = amount.scaleb(exponent)
    whole = int(scaled)
    return whole if whole == scaled and abs(whole) <= MAXIMUM_INTEGER else None
