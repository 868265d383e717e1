"""Views of blackjack as they were sent, held against every hole card that there might have been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from games.entropy import Draws
from games.game import AnyGame, replay
from server.fairness.proof import decode_bets, decode_decision
from tests.simulation.recordings import Message, Recording

_pack = msgspec.msgpack.encode


class Shown:
    """The views of one recording, while their rounds were open.

    `seat` is the player's place among those that bet, from 0; None for a watcher.
    """

    def __init__(self, game: AnyGame, recording: Recording, seat: int | None) -> None:
        self.game = game
        self.recording = recording
        self.seat = seat
        self.seen = 0
        """How many views were compared."""

    def findings(self, proofs: dict[str, dict[str, Any]]) -> Iterator[str]:
        """Yield each view that a hidden card has changed; `proofs` are those of the rounds.

        At a live table every seat has bet once.
        """
        first: dict[str, int] = {}
        for frame in self.recording.frames:
            for message in self.recording.messages(frame):
                shown = _shown(message)
                if shown is None or shown["round"] not in proofs:
                    continue
                proof, view = proofs[shown["round"]], shown["view"]
                dealt = first.setdefault(shown["round"], shown["step"])
                before = dealt if message.type == "played" else len(proof["bets"])
                state = self._state(proof, shown["step"] - before)
                self.seen += 1
                if not self._tells_nothing(state, view):
                    yield f"{self.recording.name}: {message.type} shows {view} of {state.dealer}"

    def _state(self, proof: dict[str, Any], decisions: int) -> Any:
        """Return the round as it stood after so many decisions."""
        game = self.game
        taken = [
            (each["seat"], decode_decision(game, _pack(each["decision"])))
            for each in proof["decisions"][:decisions]
        ]
        seeds = [bytes.fromhex(seed) for seed in proof["client_seeds"]]
        bets = [decode_bets(game, _pack(each)) for each in proof["bets"]]
        return replay(game, bets, taken, Draws(bytes.fromhex(proof["seed"]), seeds))

    def _tells_nothing(self, state: Any, view: dict[str, Any]) -> bool:
        """Whether the view is the same with other hole cards, and therefore tells none."""
        up, hole = state.dealer
        others = (msgspec.structs.replace(state, dealer=(up, (hole + n) % 52)) for n in (1, 30))
        return all(view == _plain(self.game.view(other, self.seat)) for other in others)


def _plain(view: Any) -> Any:
    """Return a view as a reader of JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(view))


def _shown(message: Message) -> dict[str, Any] | None:
    """Return the body in which an open round is shown."""
    body = message.body.get("live") or message.body
    private = message.type == "played" and not body["finished"]
    if private or message.type in ("turn", "joined", "watching", "live_snapshot"):
        return body if body.get("view") is not None else None
    return None
