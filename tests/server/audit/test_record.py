"""Tests of the ledger against the record of a load test."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.audit.findings import Report
from server.audit.reader import open_reader
from server.audit.record import check_record
from server.audit.record_lines import RecordUnreadable, read_record
from tests.postgres import Database
from tests.server.audit.books import OPENING, Books, Played
from tests.server.audit.live_books import LivePlayed
from tests.server.ledger.ledger import settler
from tests.server.tables.live.people import Person, chips, live_house, table_settings

Line = dict[str, Any]


class Change(NamedTuple):
    """How a record is changed, and what the audit then names."""

    change: Callable[[Played], None]
    broken: set[str]
    named: str


async def checked(books: Books, path: Path) -> dict[str, list[str]]:
    """Compare the record with the ledger; returns breaches by check."""
    report = Report()
    async with open_reader(books.database.app) as reader:
        await check_record(reader, books.record(path / "record"), report)
    return {check.name: check.breaches for check in report.checks if not check.ok}


def line_of(books: Played, kind: str, number: int | None = 1, **wanted: object) -> Line:
    """Return the first line of a slot player's request."""
    wanted = {"type": kind, "request": number, "player": str(books.slot.player), **wanted}
    return next(
        line for line in books.lines if all(line[name] == value for name, value in wanted.items())
    )


def drop(books: Played, unwanted: Callable[[Line], bool]) -> None:
    """Take lines out."""
    assert any(unwanted(line) for line in books.lines)
    books.lines = [line for line in books.lines if not unwanted(line)]


def sent_twice_and_refused(books: Played, code: str, answers: int = 1) -> None:
    """Make a request that was taken look sent and never taken."""
    played = line_of(books, "played")
    sent = line_of(books, "spin")
    books.lines.append({**sent})
    for _ in range(answers):
        books.lines.append({**played, "type": "error", "code": code, "stake": None, "payout": None})
    books.lines.remove(played)


CHANGES = {
    "a payout": Change(
        lambda books: line_of(books, "played").update(payout=7_777),
        {"record replies"},
        "was told stake 20, payout 7777",
    ),
    "a balance": Change(
        lambda books: line_of(books, "played").update(balance=7_777),
        {"record replies"},
        "balance 7777",
    ),
    "a round": Change(
        lambda books: line_of(books, "played").update(round="1-1"),
        {"record replies"},
        "round 1-1: acknowledged, and the ledger has it as",
    ),
    "a reply that is not in the ledger": Change(
        lambda books: books.lines.extend(
            {**line_of(books, kind), "request": 99} for kind in ("spin", "played")
        ),
        {"record replies"},
        "request 99, round",
    ),
    "a payout of an unfinished round": Change(
        lambda books: next(
            line
            for line in books.lines
            if line["player"] == str(books.open.player)
            and line["round"] == books.open.round_id
            and line["type"] == "played"
        ).update(payout=400),
        {"record replies"},
        "payout 400",
    ),
    "an ended round": Change(
        lambda books: books.lines.append(
            {**line_of(books, "played"), "type": "round_ended", "request": None, "payout": 3}
        ),
        {"record replies"},
        "was told stake 20 and payout 3",
    ),
    "a refused bet": Change(
        lambda books: sent_twice_and_refused(books, "insufficient_funds"),
        {"record refusals"},
        "request 1 was refused (insufficient_funds) and is in the ledger",
    ),
    "a bet that was certainly not executed": Change(
        lambda books: sent_twice_and_refused(books, "unavailable", answers=2),
        {"record refusals"},
        "(certainly not executed)",
    ),
    "a bet that nobody asked for": Change(
        lambda books: drop(
            books, lambda line: line["request"] == 1 and line["player"] == str(books.slot.player)
        ),
        {"record money"},
        "of stake 20 was never asked for",
    ),
    "another stake": Change(
        lambda books: line_of(books, "spin").update(stake=40),
        {"record money"},
        "was asked for with stake 40, not 20",
    ),
    "another round": Change(
        lambda books: line_of(books, "spin").update(round="1-1"),
        {"record money"},
        "was asked for as 1-1",
    ),
    "a decision that nobody sent": Change(
        lambda books: drop(
            books, lambda line: line["type"] == "act" and line["round"] == books.decided
        ),
        {"record money"},
        "that the player did not send",
    ),
    "what a player began with": Change(
        lambda books: line_of(books, "demo", None).update(balance=OPENING - 1),
        {"record money"},
        f"{OPENING - 1} at sign-up and 8 bets",
    ),
    "nothing about his beginning": Change(
        lambda books: books.lines.remove(line_of(books, "demo", None)),
        {"record money"},
        "does not tell what he began with",
    ),
    "a player of another ledger": Change(
        lambda books: line_of(books, "demo", None).update(player="999"),
        {"record money"},
        "player 999 has no account in this ledger",
    ),
}


async def test_agrees(books: Played, tmp_path: Path) -> None:
    """A record of what was played agrees with the ledger."""
    assert await checked(books, tmp_path) == {}


@pytest.mark.parametrize("kind", CHANGES)
async def test_differs(books: Played, tmp_path: Path, kind: str) -> None:
    """Whatever the record says otherwise than the ledger is named."""
    change = CHANGES[kind]
    change.change(books)
    found = await checked(books, tmp_path)
    assert set(found) == change.broken, found
    assert any(change.named in text for texts in found.values() for text in texts), found


async def test_money_nobody_asked_for(books: Played, tmp_path: Path) -> None:
    """Money that reached a player in good order, but not by his play, is named."""
    await books.tamper(f"UPDATE account SET balance = balance + 7 WHERE id = {books.slot.account}")
    found = await checked(books, tmp_path)
    assert set(found) == {"record money"}
    assert f"player {books.slot.player} has" in found["record money"][0]


@pytest.mark.parametrize("code", ["in_doubt", "unavailable", "request_id_reused", "of the future"])
async def test_unanswered(books: Played, tmp_path: Path, code: str) -> None:
    """A request whose answer never came may have been taken or not."""
    sent_twice_and_refused(books, code)
    books.lines.append({**line_of(books, "spin"), "request": 99})
    assert await checked(books, tmp_path) == {}


async def test_sent_twice(books: Played, tmp_path: Path) -> None:
    """A request that was sent and answered twice is one bet."""
    books.lines += [line_of(books, "spin"), line_of(books, "played")]
    assert await checked(books, tmp_path) == {}


async def test_wager_twice(books: Played, tmp_path: Path) -> None:
    """A request that was acknowledged once and stands twice in the ledger is named."""
    await books.tamper(
        "INSERT INTO wager SELECT chain, n + 100, seat, account, session, request, stake, payout,"
        " bets, gaming_day, settled_at, settlement FROM wager"
        f" WHERE chain = {books.slot.chain} AND n = 1"
    )
    found = await checked(books, tmp_path)
    assert "acknowledged once, and 2 times in the ledger" in found["record replies"][0]


async def test_ended_in_a_line(books: Played, tmp_path: Path) -> None:
    """The half line that a killed load tester leaves at the end is passed over."""
    path = books.record(tmp_path / "record")
    with path.open("a") as file:
        file.write('{"at_ms": 1, "direc')
    assert [len(players) for players in read_record(path)] == [4]


def test_unreadable(tmp_path: Path) -> None:
    """A file that is no record, or none at all, is refused in one line that says where."""
    path = tmp_path / "record"
    path.write_text('{"direction": "sent", "player": "1"}\nno record\n')
    with pytest.raises(RecordUnreadable, match="line 2 is not a line"):
        list(read_record(path))
    with pytest.raises(RecordUnreadable, match="line 2 is not a line"):
        list(read_record(path, part_bytes=10))
    with pytest.raises(RecordUnreadable, match="No such file"):
        list(read_record(tmp_path / "none"))


async def test_long_record(books: Played, tmp_path: Path) -> None:
    """A long record is divided by player, and every line is kept."""
    path = books.record(tmp_path / "record")
    (whole,) = read_record(path)
    parts = list(read_record(path, part_bytes=2_000))
    assert len(parts) > 1
    assert {player: log for part in parts for player, log in part.items()} == whole


@pytest.fixture
async def live(database: Database) -> AsyncIterator[LivePlayed]:
    """Books of live tables."""
    app = await settler(database)
    async with database.connected("owner") as owner:
        books = LivePlayed(database, owner, app)
        await books.play()
        yield books
    await app.close()


async def test_live_tables(live: LivePlayed, tmp_path: Path) -> None:
    """What players at one live table were told is compared with the ledger, each by himself."""
    assert await checked(live, tmp_path) == {}
    changes: tuple[tuple[str, str, int, str], ...] = (
        ("accepted", "stake", 7, "record replies"),
        ("acted", "payout", 7, "record replies"),
        ("acted", "balance", 7, "record replies"),
        ("round_result", "payout", 7, "record replies"),
        ("bet", "stake", 7, "record money"),
        ("demo", "balance", 7, "record money"),
    )
    for kind, name, value, broken in changes:
        line = next(line for line in live.lines if line["type"] == kind)
        before = line[name]
        line[name] = value
        assert set(await checked(live, tmp_path)) == {broken}, kind
        line[name] = before
    refused = next(line for line in live.lines if line["type"] == "accepted")
    refused.update(type="error", code="bets_closed")
    assert set(await checked(live, tmp_path)) == {"record refusals"}
    live.lines = [line for line in live.lines if line["type"] != "bet"]
    assert "record money" in await checked(live, tmp_path)


async def test_rolls(database: Database, tmp_path: Path) -> None:
    """What stood from earlier rolls was asked for there, and is told with later bets."""
    lines: list[Line] = []
    async with live_house(database, table_settings("craps", betting_ms=100)) as house:
        person = await Person.join(house, "Table of craps")
        who = {"player": person.player, "session": str(person.wire.welcome["session"])}

        def note(direction: str, kind: str, **values: Any) -> None:
            blank = dict.fromkeys(("request", "round", "stake", "payout", "balance", "code"))
            lines.append(
                {"at_ms": 0, "direction": direction, "type": kind, **who, **blank, **values}
            )

        note("reply", "demo", balance=OPENING)
        undecided = settled = 0
        while not (undecided and settled):
            opened = await person.opened(len(person.seen("round_opened")))
            # Two rolls of three decide nothing of these.
            answer = await person.bet(opened["round"], chips(hard_4=10, hard_6=20))
            same = {"request": answer.id, "round": opened["round"]}
            note("sent", "bet", stake=30, **same)
            told = answer.body
            balance = told["balance"]["amount"]
            note("reply", "accepted", stake=told["stake"], balance=balance, **same)
            result = await person.newest("round_result", round=opened["round"])
            undecided += result["stake"] is None
            if result["stake"] is not None:
                money = {"stake": result["stake"], "payout": result["payout"]}
                note("reply", "round_result", round=opened["round"], **money)
                settled += undecided

    async def found() -> dict[str, list[str]]:
        path = tmp_path / "record"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        report = Report()
        async with open_reader(database.app) as reader:
            await check_record(reader, path, report)
        return {check.name: check.breaches for check in report.checks if not check.ok}

    assert await found() == {}
    cases = (
        ("bet", "record money"),
        ("accepted", "record replies"),
        ("round_result", "record replies"),
    )
    for kind, broken in cases:
        for line in [line for line in lines if line["type"] == kind]:
            line["stake"] += 10
            assert set(await found()) == {broken}, line
            line["stake"] -= 10
