"""The record of a load test, read back: what each player asked for and was answered.

`croupier load --record` writes one JSON line for each request sent and each reply received, of all
players mixed. A long record is first divided by player into files of bearable length.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from protocol.errors import Certainty, ErrorCode

__all__ = ["Asked", "PlayerLog", "RecordUnreadable", "Reply", "read_record"]

PART_BYTES: Final = 32 << 20
_MOST_PARTS: Final = 500
_ENDS: Final = frozenset({"round_ended", "round_result", "round_voided"})
_ANSWERS: Final = frozenset({"played", "accepted", "acted"})
_MONEY: Final = frozenset({"spin", "deal", "act", "bet"})


class RecordUnreadable(Exception):  # noqa: N818 - the condition, in words for the operator
    """The record cannot be read; the text says where and why."""


class _Line(msgspec.Struct):
    direction: str
    player: str | None = None
    session: str | None = None
    request: int | None = None
    type: str = ""
    round: str | None = None
    stake: int | None = None
    payout: int | None = None
    balance: int | None = None
    code: str | None = None


class _Whose(msgspec.Struct):
    player: str | None = None


class Reply(msgspec.Struct, frozen=True):
    """An acknowledgement, or news of a round that ended; amounts in minor units."""

    round: str
    stake: int | None
    payout: int | None
    balance: int | None


@dataclass(slots=True)
class Asked:
    """One request that may move money, and every answer to it."""

    kind: str = ""
    round: str | None = None
    stake: int | None = None
    sent: int = 0
    temporary: int = 0
    in_doubt: bool = False
    refused: str = ""
    """The code of a final refusal."""
    replies: list[Reply] = field(default_factory=list)

    @property
    def certainly_not_executed(self) -> bool:
        """Whether no wager may come of it: refused for good, or each time it was sent."""
        if self.refused:
            return True
        return self.temporary >= self.sent > 0 and not self.replies and not self.in_doubt


@dataclass(slots=True)
class PlayerLog:
    """One player's lines."""

    opening: int | None = None
    """What he was signed up with."""
    asked: dict[tuple[int, int], Asked] = field(default_factory=dict)
    """By session and request id."""
    ended: list[Reply] = field(default_factory=list)
    """Rounds that ended without him."""

    def take(self, line: _Line) -> None:
        """Take one line."""
        if line.type == "demo":
            self.opening = (self.opening or 0) + (line.balance or 0)
        elif line.type in _ENDS and line.round is not None:
            self.ended.append(Reply(line.round, line.stake, line.payout, line.balance))
        if line.session is None or line.request is None:
            return
        key = (int(line.session), line.request)
        if line.direction == "sent":
            if line.type in _MONEY:
                asked = self.asked.setdefault(key, Asked())
                asked.kind, asked.round, asked.stake = line.type, line.round, line.stake
                asked.sent += 1
        elif line.type in _ANSWERS and line.round is not None:
            asked = self.asked.setdefault(key, Asked())
            asked.replies.append(Reply(line.round, line.stake, line.payout, line.balance))
        elif line.type == "error" and key in self.asked:
            self._refusal(self.asked[key], line.code or "")

    def _refusal(self, asked: Asked, code: str) -> None:
        try:
            known = ErrorCode(code)
        except ValueError:
            asked.in_doubt = True
            return
        if known.certainty is Certainty.TEMPORARY:
            asked.temporary += 1
        elif known.certainty is Certainty.UNKNOWN:
            asked.in_doubt = True
        elif known is not ErrorCode.REQUEST_ID_REUSED:
            # That one is about another request, which this id was used for before.
            asked.refused = code


def read_record(path: Path, part_bytes: int = PART_BYTES) -> Iterator[dict[int, PlayerLog]]:
    """Yield the players of a record with their logs, so many at once as memory takes easily.

    Raises RecordUnreadable.
    """
    try:
        size = path.stat().st_size
        if size <= part_bytes:
            yield _players(path)
            return
        with tempfile.TemporaryDirectory(prefix="croupier-audit-") as directory:
            parts = _divide(path, Path(directory), min(size // part_bytes + 1, _MOST_PARTS))
            for part in parts:
                yield _players(part)
                part.unlink()
    except OSError as error:
        raise RecordUnreadable(f"{path}: cannot read it: {error.strerror}.") from None


def _divide(path: Path, directory: Path, count: int) -> list[Path]:
    """Write each player's lines to one of `count` files."""
    whose = msgspec.json.Decoder(_Whose)
    names = [directory / f"{number}.jsonl" for number in range(count)]
    with ExitStack() as stack, path.open("rb") as lines:
        files = [stack.enter_context(name.open("wb")) for name in names]
        for number, line in enumerate(lines, 1):
            try:
                player = whose.decode(line).player
                place = 0 if player is None else int(player) % count
            except ValueError:
                if line.endswith(b"\n"):
                    raise _unreadable(path, number) from None
                break  # the load tester was ended in the middle of its last line
            files[place].write(line)
    return names


def _players(path: Path) -> dict[int, PlayerLog]:
    decoder = msgspec.json.Decoder(_Line)
    players: dict[int, PlayerLog] = {}
    with path.open("rb") as lines:
        for number, text in enumerate(lines, 1):
            try:
                line = decoder.decode(text)
                if line.player is None:
                    continue
                player = int(line.player)
                log = players.get(player)
                if log is None:
                    log = players[player] = PlayerLog()
                log.take(line)
            except ValueError:
                if text.endswith(b"\n"):
                    raise _unreadable(path, number) from None
                break  # the same
    return players


def _unreadable(path: Path, number: int) -> RecordUnreadable:
    return RecordUnreadable(f"{path}: line {number} is not a line of a load test's record.")
