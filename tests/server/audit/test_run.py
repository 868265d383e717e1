"""Tests of a whole audit: clean books pass, and every kind of breach is named for what it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from games.blackjack import Blackjack
from games.catalogue import standard
from server.audit import reader as reading
from server.audit.reader import open_reader
from server.audit.run import AuditFailed, Options, audit
from server.cli.main import run
from server.fairness.chains import SeedChain
from server.ledger.items import Item, ItemKind, Verdict
from tests.server.audit.books import KEY, Books, Played, Table
from tests.server.audit.breaches import BREACHES


async def audited(books: Books, *more: str, path: Path) -> tuple[int, dict[str, Any]]:
    """Run the command and return its exit code and what it says."""
    arguments = ["audit", "--database", books.database.app, "--json"]
    arguments += ["--key-file", str(books.key_file(path)), "--replay", "all", *more]
    output = path / "report.json"

    def command() -> int:
        with output.open("w") as file, contextlib.redirect_stdout(file):
            return run(arguments)

    code = await asyncio.to_thread(command)
    text = output.read_text()
    return code, json.loads(text) if text else {}


async def test_clean(books: Played, tmp_path: Path) -> None:
    """Clean books pass, and the report says how much was looked at and what the house won."""
    code, report = await audited(books, path=tmp_path)
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert code == 0
    assert report["ok"]
    counts = report["totals"]
    wagers = await books.owner.fetchrow(
        "SELECT count(*), sum(stake) AS stake, sum(payout) AS payout FROM wager"
    )
    assert counts["wagers"] == counts["rounds"] == wagers["count"]
    assert counts["replays"] == wagers["count"] - 1  # all but the void one
    assert counts["transfers"] == await books.owner.fetchval("SELECT count(*) FROM transfer")
    assert counts["chains"] == counts["balances"] == 4
    assert counts["accounts"] == 10
    (house,) = counts["house"]
    assert house["result"] == wagers["stake"] - wagers["payout"]
    assert house["currency"] == "EUR"
    assert house["test"] is True


@pytest.mark.parametrize("kind", BREACHES)
async def test_breach(books: Played, tmp_path: Path, kind: str) -> None:
    """Every kind of breach ends the audit with 98 and is named, and nothing else is."""
    breach = BREACHES[kind]
    await breach.tamper(books)
    code, report = await audited(books, path=tmp_path)
    found = {check["name"]: check["breaches"] for check in report["checks"] if not check["ok"]}
    assert set(found) == breach.broken, found
    assert code == 98
    named = breach.named(books)
    assert any(named in text for texts in found.values() for text in texts), (named, found)


async def test_rules_that_fail(
    books: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules that raise whatever they like cost the audit their own rounds, and no other check."""

    def fail(*_arguments: Any) -> Any:
        raise RuntimeError("a fault of the rules")

    monkeypatch.setattr(Blackjack, "stake", fail)
    code, report = await audited(books, path=tmp_path)
    found = {check["name"]: check["breaches"] for check in report["checks"] if not check["ok"]}
    assert code == 98
    assert set(found) == {"holds", "replays"}
    assert all("does not replay: RuntimeError" in each for each in found["replays"])
    assert "its bets cannot be read" in found["holds"][0]


async def test_parked(books: Played, tmp_path: Path) -> None:
    """A parked round past its deadline waits for an operator: told, and no breach."""
    await books.tamper("UPDATE open_round SET deadline = '2026-01-01', parked = true")
    code, report = await audited(books, path=tmp_path)
    (deadlines,) = [check for check in report["checks"] if check["name"] == "deadlines"]
    assert code == 0
    assert deadlines["notes"] == [
        f"round {books.open.round_id} is parked until an operator decides"
    ]


async def test_grace(books: Played, tmp_path: Path) -> None:
    """A running server may be a little late with ending a round; without one nothing is excused."""
    await books.tamper(
        "UPDATE open_round SET deadline = clock_timestamp() - interval '5 s'",
        "UPDATE node_heartbeat SET at = clock_timestamp()",
    )
    assert (await audited(books, path=tmp_path))[0] == 0
    await books.tamper("UPDATE node_heartbeat SET at = clock_timestamp() - interval '1 minute'")
    assert (await audited(books, path=tmp_path))[0] == 98


async def test_no_keys(books: Played) -> None:
    """Without the keys of the seeds there is no audit, because half of it could not be made."""
    async with open_reader(books.database.app) as reader:
        with pytest.raises(AuditFailed, match="--key-file"):
            await audit(reader, standard(), None, Options())


async def test_newest(books: Played) -> None:
    """Only as many rounds as asked for are replayed, the newest ones."""
    await books.tamper("UPDATE game_version SET digest = 'another' WHERE game = 'slot'")
    async with open_reader(books.database.app) as reader:
        few = await audit(reader, standard(), {"1": KEY}, Options(newest=3))
        none = await audit(reader, standard(), {"1": KEY}, Options(newest=0))
    assert few.check("replays", "").looked_at in (2, 3)  # a void round is not played again
    assert few.ok, [check.breaches for check in few.checks]
    assert none.check("replays", "").looked_at == 0
    assert none.ok


class Crowd:
    """Four players who go on betting."""

    def __init__(self, books: Books, tables: list[Table]) -> None:
        self.books = books
        self.tables = tables
        self.settled = 0

    @classmethod
    async def at(cls, books: Books) -> Crowd:
        """Seat them."""
        games = ("slot", "roulette", "blackjack", "blackjack")
        return cls(books, [await books.sit(game) for game in games])

    async def bet(self) -> None:
        """Let each take his next step, all in one batch."""
        items = []
        for table in self.tables:
            if table.n > 60:
                await table.begin_chain(SeedChain(b"%032d" % self.books.ids.next(), 64))
            items.append(self.next(table))
        answers = await self.books.settle(*items)
        for table, item, (verdict, balance) in zip(self.tables, items, answers, strict=True):
            assert verdict == Verdict.ACCEPTED
            table.told(item, "", balance)
        self.settled += len(items)

    def next(self, table: Table) -> Item:
        """Return a player's next step."""
        if table.state is not None:
            _, decision = table.game.platform_decision(table.state)
            table.state = table.game.decide(table.state, 0, decision)
            table.requests += 1
            return table.item(ItemKind.ACT, decision, 0)
        if table.game.name == "roulette":
            return table.bet({"bets": [{"bet": "red", "stake": 10}]}, ItemKind.INSTANT)
        kind = ItemKind.INSTANT if table.game.name == "slot" else ItemKind.DEAL
        return table.bet({"stake": 20}, kind)


async def test_while_bets_go_on(books: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bets that settle between any two reads are no breach, however small the parts it reads."""
    monkeypatch.setattr(reading, "FIRST_ROWS", 25)
    monkeypatch.setattr(reading, "MOST_ROWS", 25)
    crowd = await Crowd.at(books)
    async with open_reader(books.database.app) as reader:
        for name in ("fetch", "row", "value"):

            def between(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
                async def bet_then_read(*arguments: Any) -> Any:
                    await crowd.bet()
                    return await read(*arguments)

                return bet_then_read

            monkeypatch.setattr(reader, name, between(getattr(reader, name)))
        report = await audit(reader, standard(), {"1": KEY}, Options())
    assert report.ok, [(check.name, check.breaches) for check in report.checks if not check.ok]
    assert report.check("wagers", "").looked_at < crowd.settled
