"""What clients were sent, to the byte, and the search in it for what they may not know yet.

The search is made afterwards, when the seeds are known. It knows of the messages only which of them
end a round; a secret is looked for anywhere, in any field and in any way of writing it down.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgpack  # type: ignore[import-untyped]

Leaves = dict[tuple[str, ...], Any]
"""The single values of a message by their place in it."""

ROUNDS_MIN: Final = 5
"""A field that agrees with the outcome of so many rounds in a row rarely does so by chance.

Where an outcome has two values only, it does once in some dozens of evenings; not in the next too.
"""
SHORT: Final = 4
"""A shorter text is found inside others by chance."""
_FUNDS_MIN: Final = 1_000_000
_WINDOW: Final = 12
"""Bytes by which a secret is looked up; what is found so is then compared whole."""


class Message(NamedTuple):
    """One message, in a frame of its own or among the events that a resume brings."""

    type: str
    body: dict[str, Any]


class Recording(NamedTuple):
    """All that one connection was sent, and what is known of nobody but its player."""

    name: str
    binary: bool
    frames: list[bytes]
    private: tuple[str | bytes, ...] = ()
    """His ids, tokens and client seeds."""
    funds: range = range(0)
    """His balance lies in here, and no other number of his casino does."""

    def messages(self, frame: bytes) -> list[Message]:
        """Return what a frame says, the events inside it too."""
        body = self.read(frame)
        found = [Message(body["type"], body["body"])]
        for state in body["body"].get("tables", ()) if body["type"] == "welcome" else ():
            found += [Message(event["type"], event) for event in state["events"]]
        return found

    def read(self, frame: bytes) -> dict[str, Any]:
        """Read a frame."""
        read = msgpack.unpackb(frame) if self.binary else json.loads(frame)
        assert isinstance(read, dict)
        return read

    def write(self, frame: dict[str, Any]) -> bytes:
        """Write a frame down in the one way there is."""
        if self.binary:
            return bytes(msgpack.packb(frame))
        return json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()


def spellings(secret: str | bytes) -> Iterator[bytes]:
    """Yield the ways in which a secret could be written down, wherever it begins."""
    data = secret.encode() if isinstance(secret, str) else secret
    yield data
    yield data[::-1]
    if isinstance(secret, str):
        return
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for shift in range(3):
        # Letters that hold bits of what stands before or behind are cut off.
        text = base64.b64encode(bytes(shift) + data).rstrip(b"=")
        inner = text[(shift * 8 + 5) // 6 : (shift + len(data)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every single value and where it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*place, str(key)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*place, str(index)))
    else:
        yield place, value


def finished(message: Message) -> str | None:
    """Return the round whose seed a message may tell."""
    match message.type:
        case "round_result" | "round_voided":
            return str(message.body["round"])
        case "played" if message.body["finished"]:
            return str(message.body["round"])
        case "round_proof":
            return str(message.body["proof"]["round"])
        case "round_ended":
            return str(message.body["round"]["round"])
    return None


class Search:
    """Looks through recordings. `seeds` holds those of all rounds, by the round's id."""

    def __init__(self, recordings: Sequence[Recording], seeds: dict[str, bytes]) -> None:
        self.recordings = recordings
        self.seeds = seeds
        self._spelt = {
            form[:_WINDOW]: (form, round_id)
            for round_id, seed in seeds.items()
            for form in spellings(seed)
        }

    def findings(self) -> list[str]:
        """Return everything that somebody was told and should not have been, in words."""
        return [
            f"{recording.name}: {finding}"
            for recording in self.recordings
            for finding in self.look(recording)
        ]

    def look(self, recording: Recording, *, every_result: bool = True) -> Iterator[str]:
        """Yield what one connection was told and should not have been.

        Outcomes are only looked for where every result came as an event of its own.
        """
        for look in (self._hidden_bytes, self._seeds, self._clocks, self._others):
            yield from look(recording)
        if every_result:
            yield from self.outcomes(recording)

    def between_nodes(self, payloads: Sequence[bytes]) -> Iterator[str]:
        """Yield each seed that one node told another otherwise than with the end of its round."""
        for payload in payloads:
            over = b"round_result" in payload or b"round_voided" in payload
            for _, round_id in self._spelt_in(payload):
                if not over or round_id.encode() not in payload:
                    yield f"the seed of {round_id} between nodes"

    def _spelt_in(self, data: bytes) -> Iterator[tuple[bytes, str]]:
        """Yield every seed that is written down somewhere, as it is written, with its round."""
        for start in range(len(data) - _WINDOW + 1):
            spelt = self._spelt.get(data[start : start + _WINDOW])
            if spelt is not None and spelt[0] in data:
                yield spelt

    def _hidden_bytes(self, recording: Recording) -> Iterator[str]:
        """Whatever is in the bytes and not in what a reader reads out of them."""
        for frame in recording.frames:
            if recording.write(recording.read(frame)) != frame:
                yield f"bytes that say nothing: {frame!r}"

    def _seeds(self, recording: Recording) -> Iterator[str]:
        """The seed of a round that has not ended for him, and of every round he never had."""
        told: set[str] = set()
        for frame in recording.frames:
            messages = recording.messages(frame)
            told |= {ended for message in messages if (ended := finished(message))}
            for _, round_id in self._spelt_in(frame):
                if round_id not in told:
                    yield f"the seed of {round_id} in {messages[0].type}"

    def outcomes(self, recording: Recording) -> Iterator[str]:
        """A field that agrees with some part of the outcome, before the outcome was told.

        Only for games whose view is told at the end alone.
        """
        rounds: list[tuple[Leaves, Leaves]] = []
        before: Leaves = {}
        for frame in recording.frames:
            for message in recording.messages(frame):
                if message.type != "round_result":
                    before |= {(message.type, *p): v for p, v in leaves(message.body)}
                    continue
                hidden = {p: v for p, v in leaves(message.body["view"]) if _tells(p, v)}
                rounds.append((before, hidden))
                before = {}
        if any("view" in p and v is not None for seen, _ in rounds for p, v in seen.items()):
            return  # its view is told as the round goes on: see `hidden_cards`
        yield from _agreeing(rounds)

    def _clocks(self, recording: Recording) -> Iterator[str]:
        """The time until a crash, told as the time until the phase ends."""
        for frame in recording.frames:
            for message in recording.messages(frame):
                live = message.body.get("live") or {}
                rising = live.get("elapsed_ms") is not None
                if rising and live["phase_ms"] is not None:
                    yield f"when the multiplier ends in {message.type}"

    def _others(self, recording: Recording) -> Iterator[str]:
        """Ids, tokens, client seeds and balances of somebody else."""
        others = [each for each in self.recordings if each.private != recording.private]
        for frame in recording.frames:
            kind = recording.read(frame)["type"]
            numbers = [each for each in _numbers(recording.read(frame)) if each >= _FUNDS_MIN]
            for other in others:
                for secret in other.private:
                    if any(form in frame for form in spellings(secret)):
                        yield f"{secret!r} of {other.name} in {kind}"
                if any(number in other.funds for number in numbers):
                    yield f"the balance of {other.name} in {kind}"


def _tells(place: tuple[str, ...], value: Any) -> bool:
    """Whether a part of a view is the outcome's: not what the seat itself has won."""
    return place[0] not in ("wins", "payout") and isinstance(value, int | float | str)


def _agreeing(rounds: list[tuple[Leaves, Leaves]]) -> Iterator[str]:
    """Yield every field that told a part of the outcome of each round in which it came."""
    places = {place for seen, _ in rounds for place in seen}
    parts = {part for _, hidden in rounds for part in hidden}
    for place in sorted(places):
        for part in sorted(parts):
            pairs = [(seen[place], hidden[part]) for seen, hidden in rounds
                if place in seen and part in hidden]  # fmt: skip
            if len(pairs) < ROUNDS_MIN or len({str(told) for _, told in pairs}) < 2:
                continue
            if all(_says(seen, told) for seen, told in pairs):
                yield f"{'.'.join(part)} in {'.'.join(place)}"


def _says(seen: Any, told: Any) -> bool:
    """Whether a value tells another: it is that, or its text is in its own."""
    if isinstance(seen, bool | None):
        return False
    text = str(told)
    return bool(seen == told) or str(seen) == text or (len(text) >= SHORT and text in str(seen))


def _numbers(value: Any) -> Iterator[int]:
    """Yield every number, those inside texts too."""
    for _, leaf in leaves(value):
        if isinstance(leaf, int):
            yield leaf
        elif isinstance(leaf, str):
            yield from (int(digits) for digits in re.findall(r"(?<!\w)\d{7,9}(?!\w)", leaf))
