"""At the end the books are proved: every amount that a page has shown is the ledger's."""

from __future__ import annotations

from asyncpg import Record
from playwright.async_api import expect

from server.database.connect import connect
from tests.browser.rounds import deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import Visit
from tests.chaos.processes import Server, croupier


async def test_page_and_ledger_agree(visit: Visit, house: Server) -> None:
    """The balance and the net position of the page are those of the account in the ledger."""
    await visit.table("slot")
    played = [await spin_reels(visit)]
    await visit.leave_for("Games")
    await visit.play("roulette")
    played.append(await spin_wheel(visit, "Straight 17", "Even money Red"))
    await visit.leave_for("Games")
    await visit.play("blackjack")
    stake = await deal_open(visit)
    played.append(await stand(visit, stake))
    await expect(visit.button("Deal")).to_be_enabled()
    wager: Record | None = None
    ledger = await connect(house.directory.url("report"), settings={"search_path": "croupier"})
    try:
        for one in played:
            chain, n = (int(part) for part in one.round.split("-"))
            wager = await ledger.fetchrow(
                "SELECT stake, payout, account FROM wager WHERE (chain, n) = ($1, $2)", chain, n
            )
            assert wager is not None, one
            assert (wager["stake"], wager["payout"]) == (one.stake, one.payout), one
        account = await ledger.fetchrow(
            "SELECT balance, held FROM account WHERE id = $1", wager and wager["account"]
        )
        assert account is not None
        assert (account["balance"], account["held"]) == (await visit.balance(), 0)
        assert await visit.net() == account["balance"] - 100_000
    finally:
        await ledger.close()


async def test_audit(house: Server) -> None:
    """After everything that was done here, every round is replayed and the books add up."""
    ended = await croupier(*("audit", "--data", str(house.data), "--replay", "all"), cwd=house.home)
    assert ended.code == 0, ended.out + ended.err
