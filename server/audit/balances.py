"""Accounts: balances and hours are what their transfers come to, and ids say what accounts are.

Balances change, so they are read at moments of their own: for so many accounts at a time as memory
takes easily, each time with all transfers that had committed then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, NamedTuple

from server.audit.accounts import (
    CASH,
    KINDS,
    OWNER_SHIFT,
    account_id,
    describe_account,
    hold_of,
)
from server.audit.findings import Findings
from server.audit.reader import HIGHEST, LOWEST, Moment, Reader

__all__ = ["check_accounts"]

ACCOUNTS_AT_ONCE: Final = 400_000


class _Account(NamedTuple):
    id: int
    owner: int
    kind: int
    number: int | None
    test: bool
    balance: int | None
    held: int
    hour_stake: int
    hour_payout: int
    player: bool | None
    """The player's own test flag; None where there is no such player."""


@dataclass(slots=True)
class _Moved:
    """What transfers come to for one account."""

    net: int = 0
    """Retired ones included."""
    staked: int = 0
    """Stakes, by what left cash: with holds, less what void rounds returned."""
    paid: int = 0
    retired_debits: int = 0
    """What retired transfers took; how much of it was staked is not on record any more."""
    retired_credits: int = 0


async def check_accounts(
    reader: Reader,
    accounts: Findings,
    balances: Findings,
    hours: Findings,
    accounts_at_once: int = ACCOUNTS_AT_ONCE,
) -> None:
    """Look at every account: its id, balance, holds and hours; and at who transfers name."""
    low = LOWEST
    while low < HIGHEST:
        last = await reader.value(
            "SELECT id FROM account WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1",
            low,
            accounts_at_once,
        )
        # A player's accounts stay together: what is held stands on two of them.
        high = HIGHEST if last is None else (last >> OWNER_SHIFT) + 1 << OWNER_SHIFT
        async with reader.moment() as moment:
            rows = await reader.fetch(
                "SELECT a.id, a.owner, a.kind, c.number, a.test, a.balance, a.held,"
                " a.hour_stake, a.hour_payout, p.test AS player FROM account a"
                " LEFT JOIN currency c ON c.code = a.currency LEFT JOIN player p ON p.id = a.owner"
                " WHERE a.id > $1 AND a.id <= $2",
                low,
                high,
            )
            holds = await reader.fetch(
                "SELECT account, sum(amount)::text FROM hold"
                " WHERE account > $1 AND account <= $2 GROUP BY 1",
                low,
                high,
            )
            past = await reader.fetch(
                "SELECT account, sum(stake)::text, sum(payout)::text FROM play_hour"
                " WHERE account > $1 AND account <= $2 GROUP BY 1",
                low,
                high,
            )
        past_hours = {account: (int(stake), int(payout)) for account, stake, payout in past}
        open_bets = {account: int(amount) for account, amount in holds}
        sums = await _sums(reader, moment, (low, high), balances.name)
        for row in rows:
            account = _Account(*row)
            accounts.looked_at += 1
            _check_id(account, accounts)
            _check_balance(account, sums, open_bets.pop(account.id, 0), balances)
            if account.kind == CASH:
                _check_hours(account, past_hours.get(account.id, (0, 0)), sums, hours)
        _check_strangers({row["id"] for row in rows}, sums, open_bets, accounts)
        reader.progress(accounts.name, accounts.looked_at)
        low = high


async def _sums(
    reader: Reader, moment: Moment, within: tuple[int, int], name: str
) -> defaultdict[int, _Moved]:
    """Return what all transfers come to for each account within a range that any names.

    Retired ones stand in closing balances.
    """
    sums: defaultdict[int, _Moved] = defaultdict(_Moved)
    seen = 0
    for account, debit, credit in await reader.fetch(
        "SELECT account, sum(debits)::text, sum(credits)::text FROM closing_balance"
        " WHERE account > $1 AND account <= $2 GROUP BY 1",
        *within,
    ):
        moved = sums[account]
        moved.retired_debits, moved.retired_credits = int(debit), int(credit)
        moved.net = moved.retired_credits - moved.retired_debits
    async for span in reader.spans("transfer", "id"):
        rows = await reader.fetch(
            f"""
            SELECT m.account, sum(m.amount)::text, count(*),
                coalesce(sum(-m.amount) FILTER (WHERE t.kind IN (1, 3, 4)), 0)::text AS staked,
                coalesce(sum(m.amount) FILTER (WHERE t.kind = 2), 0)::text AS paid
            FROM transfer t
            CROSS JOIN LATERAL (VALUES (t.debit, -t.amount), (t.credit, t.amount))
                AS m (account, amount)
            WHERE {span.holds("t")} AND {moment.saw("t", "at")}
                AND m.account > $3 AND m.account <= $4
            GROUP BY 1
            """,  # noqa: S608 - made of constants
            *span.arguments,
            *within,
        )
        for account, amount, count, staked, paid in rows:
            moved = sums[account]
            moved.net += int(amount)
            moved.staked += int(staked)
            moved.paid += int(paid)
            seen += count
        reader.progress(name, seen // 2)
    return sums


def _check_id(account: _Account, accounts: Findings) -> None:
    name = describe_account(account.id)
    wanted = (
        None
        if account.number is None
        else account_id(account.owner, account.kind, account.number, test=account.test)
    )
    if wanted != account.id:
        accounts.breach(
            f"{name} does not say what its columns say: owner {account.owner}, kind"
            f" {KINDS.get(account.kind, account.kind)}, currency {account.number},"
            f" {'play' if account.test else 'real'} money"
        )
    elif account.owner and account.player is None:
        accounts.breach(f"{name} belongs to no player")
    elif account.owner and account.player != account.test:
        accounts.breach(
            f"{name} is one of {'play' if account.test else 'real'} money, its player not"
        )


def _check_balance(
    account: _Account, sums: dict[int, _Moved], open_bets: int, balances: Findings
) -> None:
    """Compare one row with its transfers. Only cash keeps a balance; others are derived."""
    name = describe_account(account.id)
    moved = sums.get(account.id, _Moved()).net
    if account.kind == CASH:
        balances.looked_at += 1
        held = sums.get(hold_of(account.id), _Moved()).net
        if not account.held == held == open_bets:
            balances.breach(
                f"{name} says that {account.held} is held, transfers say {held}, open bets"
                f" {open_bets}"
            )
        if min(account.balance or 0, account.held, moved) < 0:
            balances.breach(f"{name} is below zero: balance {account.balance}, held {account.held}")
    if account.balance is None and account.kind != CASH:
        return
    if account.balance != moved:
        balances.breach(f"{name} says a balance of {account.balance}, its transfers {moved}")


def _check_hours(
    account: _Account, past: tuple[int, int], sums: dict[int, _Moved], hours: Findings
) -> None:
    """Compare what hours count with what went into play and was paid.

    Hours are never retired. So of an account with retired transfers they count more than what is
    left, though not more than those transfers moved; of any other account exactly as much.
    """
    hours.looked_at += 1
    moved = sums.get(account.id, _Moved())
    staked, paid = account.hour_stake + past[0], account.hour_payout + past[1]
    if (
        0 <= staked - moved.staked <= moved.retired_debits
        and 0 <= paid - moved.paid <= moved.retired_credits
    ):
        return
    retired = (
        f", retired ones {moved.retired_debits} and {moved.retired_credits} at most"
        if moved.retired_debits or moved.retired_credits
        else ""
    )
    hours.breach(
        f"the hours of {describe_account(account.id)} count stakes {staked} and payouts {paid}, its"
        f" transfers {moved.staked} and {moved.paid}{retired}"
    )


def _check_strangers(
    known: set[int], sums: dict[int, _Moved], open_bets: dict[int, int], accounts: Findings
) -> None:
    for account, moved in sums.items():
        if account not in known:
            accounts.breach(
                f"{describe_account(account)} does not exist, and transfers gave it {moved.net}"
            )
    for account, amount in open_bets.items():
        accounts.breach(f"{describe_account(account)} does not exist, and bets {amount}")
