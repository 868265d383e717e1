"""Tests of what is handed to the settling call."""

from __future__ import annotations

from server.ledger.items import REFUSALS, Item, ItemKind, Verdict
from tests.server.ledger.ledger import Ledger

FIELDS = (
    "kind",
    "session",
    "request",
    "digest",
    "account",
    "session_epoch",
    "chain",
    "n",
    "step",
    "game_version",
    "client_seeds",
    "data",
    "stake",
    "payout",
    "finish",
    "transfer",
    "deadline_ms",
    "void_cause",
)


def heard(item: Item, verdict: int, balance: int, held: int, version: int) -> None:
    """Take an answer."""


async def test_row_is_in_the_order_of_its_type(ledger: Ledger) -> None:
    """An item's values stand where `settle_item` has the field of that name."""
    item = Item(heard, None, **{name: name for name in FIELDS})  # type: ignore[arg-type]
    names = await ledger.owner.fetchval(
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'settle_item'::regclass"
    )

    assert tuple(names) == item.row


def test_transfer_names_the_id_of_the_item() -> None:
    """The id under which the item's transfers are written can be asked for."""
    values = dict.fromkeys(FIELDS, 0) | {"transfer": 4711, "payout": 5, "account": 6}
    item = Item(heard, "context", **values)  # type: ignore[arg-type]

    assert (item.transfer, item.payout, item.account, item.context) == (4711, 5, 6, "context")
    assert item.attempts == 0
    assert not item.doubted


def test_every_refusal_has_a_code() -> None:
    """What is not accepted and not known has an error code for the player."""
    assert set(Verdict) - set(REFUSALS) == {Verdict.ACCEPTED, Verdict.KNOWN}


def test_platform_comes_after_the_player() -> None:
    """Kinds above a player's decision are those that no gate can refuse."""
    assert [kind for kind in ItemKind if kind > ItemKind.ACT] == [ItemKind.PLATFORM, ItemKind.VOID]
