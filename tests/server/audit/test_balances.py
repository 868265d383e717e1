"""Tests of checking accounts a few at a time."""

from __future__ import annotations

import pytest

from server.audit.balances import check_accounts
from server.audit.findings import Findings
from server.audit.reader import open_reader
from tests.server.audit.books import Played


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
async def test_few_at_a_time(books: Played, at_once: int) -> None:
    """However few accounts are read at once, each is looked at once with all its transfers."""
    await books.owner.execute(
        "UPDATE account SET balance = balance + 1 WHERE id = $1", books.roulette.account
    )
    await books.owner.execute("DELETE FROM account WHERE id = $1", books.blackjack.account)
    accounts, balances, hours = (Findings(name, "") for name in ("accounts", "balances", "hours"))
    async with open_reader(books.database.app) as reader:
        await check_accounts(reader, accounts, balances, hours, at_once)
    assert accounts.looked_at == 9
    assert balances.looked_at == hours.looked_at == 3
    assert hours.ok
    assert [text.split()[1] for text in balances.breaches] == [str(books.roulette.account)]
    assert [text.split()[1] for text in accounts.breaches] == [str(books.blackjack.account)]
