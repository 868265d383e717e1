"""The money, chains and toy rules behind the fake gateway."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from protocol.codec import Codec
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import Balance, ChainInfo, Request
from protocol.messages.rounds import Act, Deal, Played, Spin
from protocol.messages.tables import LobbyGame, Seated, StakeRange

STAKES = StakeRange(minimum=10, maximum=100_000)


def description(game: str, kind: str, form: str, choices: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a game's description with the fields of `games.game.Description`."""
    return {
        "game": game,
        "version": 1,
        "digest": "00" * 32,
        "title": game.title(),
        "kind": kind,
        "stake_form": form,
        "stakes": [10, 20, 50, 100, 200, 500],
        "seats": 1,
        "choices": [{"bet": bet, "label": bet} for bet in choices],
        "actions": ["hit", "stand", "double"] if kind == "decisions" else [],
        "returns": {"exact": None, "decimal": "0.9", "basis": "a toy"},
        "maximum_payout": "2 times the stake",
        "help": "A toy.",
    }


GAMES = {
    "slot": description("slot", "instant", "one"),
    "roulette": description(
        "roulette", "instant", "list", tuple(f"straight-{number}" for number in range(37))
    ),
    "blackjack": description("blackjack", "decisions", "one"),
    "guess": description("guess", "decisions", "list", ("red", "black")),
}
LOBBY = tuple(
    LobbyGame(game=name, stakes=STAKES, description=found) for name, found in GAMES.items()
)


@dataclass(slots=True)
class Chain:
    """A chain of seeds and how far it has been played."""

    id: str
    seeds: list[bytes]
    """`seeds[0]` is the commitment."""
    number: int = 1

    def info(self) -> ChainInfo | None:
        """Return what the next bet must name."""
        length = len(self.seeds) - 1
        if self.number > length:
            return None
        return ChainInfo(self.id, self.seeds[0], length, f"{self.id}-{self.number}")


@dataclass(slots=True)
class Seat:
    """A table of one player."""

    table: str
    game: str
    chain: Chain
    round: str = ""
    """The open round."""
    stake: int = 0
    step: int = 0
    cards: list[int] = field(default_factory=list)
    seq: int = 0


@dataclass(slots=True)
class Player:
    """A purse, and the tables by game."""

    id: str
    amount: int
    held: int = 0
    version: int = 1
    seats: dict[str, Seat] = field(default_factory=dict)

    def balance(self) -> Balance:
        """Return the balance as it goes on the wire."""
        return Balance(self.amount, self.held, self.version)


class FakeHouse:
    """Toy rules: an instant round pays double with even odds, a card round on 17 to 21."""

    def __init__(self, *, chain_length: int = 64, seed: int = 1) -> None:
        self.chain_length = chain_length
        self.random = random.Random(seed)
        self.wagers: dict[str, tuple[int, int]] = {}
        """Stake and payout of every settled round: each exactly once."""
        self.client_seeds: list[bytes] = []
        self.tell_wrong_seed = False
        self._chains = 0
        self._tables = 0

    def new_chain(self) -> Chain:
        """Hash a chain down from fresh entropy."""
        self._chains += 1
        seeds = [self.random.randbytes(32)]
        for _ in range(self.chain_length):
            seeds.append(sha256(seeds[-1]).digest())
        return Chain(f"c{self._chains}", seeds[::-1])

    def sit(self, player: Player, game: str, codec: Codec) -> Seated:
        """Give a seat, the one there is if any."""
        if game not in GAMES:
            raise Refused(ErrorCode.UNKNOWN_GAME)
        seat = player.seats.get(game)
        if seat is None:
            self._tables += 1
            seat = player.seats[game] = Seat(f"t{self._tables}", game, self.new_chain())
        opened = None
        if seat.chain.info() is None and not seat.round:
            seat.chain = self.new_chain()
        if seat.round:
            opened = self._played(player, seat, seat.round, codec, payout=None)
        chain = None if seat.round else seat.chain.info()
        return Seated(seat.table, game, 1, "00" * 32, 1, seat.seq, STAKES, chain, opened)

    def seat_of(self, player: Player, table: str) -> Seat:
        """Return the seat at a table."""
        for seat in player.seats.values():
            if seat.table == table:
                return seat
        raise Refused(ErrorCode.UNKNOWN_TABLE)

    def play(self, player: Player, body: Request, codec: Codec) -> Played:
        """Play a spin, a deal or an act."""
        assert isinstance(body, Spin | Deal | Act)
        seat = self.seat_of(player, body.table)
        if isinstance(body, Act):
            return self._act(player, seat, body, codec)
        if seat.round:
            raise Refused(ErrorCode.ROUND_OPEN)
        info = seat.chain.info()
        if info is None or info.round != body.round:
            chain = None if info is None else msgspec.to_builtins(info, builtin_types=(bytes,))
            raise Refused(
                ErrorCode.STALE_ROUND,
                details={"round": None if info is None else info.round, "chain": chain},
            )
        stake = self._take(player, stake_of(codec, body.bets))
        self.client_seeds.append(body.client_seed)
        if isinstance(body, Spin):
            payout = stake * 2 if self.random.random() < 0.48 else 0
            return self._settle(player, seat, body.round, stake, payout, codec)
        seat.round, seat.stake, seat.step = body.round, stake, 1
        seat.cards = [9, 4]  # ten and five against a nine: basic strategy hits
        player.held += stake
        return self._played(player, seat, body.round, codec, payout=None)

    def _take(self, player: Player, stake: int) -> int:
        if stake < STAKES.minimum:
            raise Refused(ErrorCode.STAKE_BELOW)
        if stake > player.amount:
            raise Refused(ErrorCode.INSUFFICIENT_FUNDS)
        player.amount -= stake
        player.version += 1
        return stake

    def _act(self, player: Player, seat: Seat, body: Act, codec: Codec) -> Played:
        if not seat.round or body.round != seat.round or body.step != seat.step:
            raise Refused(ErrorCode.STALE_STEP, details={"step": seat.step})
        action = codec.decoder(dict).decode(body.decision)["action"]
        if action == "double":
            more = self._take(player, seat.stake)
            player.held += more
            seat.stake += more
        seat.step += 1
        if action != "stand":
            seat.cards.append(3)
        if action == "hit" and self._total(seat) < 21:
            return self._played(player, seat, seat.round, codec, payout=None)
        won = 17 <= self._total(seat) <= 21
        player.held -= seat.stake
        round_id, seat.round = seat.round, ""
        return self._settle(player, seat, round_id, seat.stake, seat.stake * 2 if won else 0, codec)

    @staticmethod
    def _total(seat: Seat) -> int:
        return sum(min(face % 13 + 1, 10) for face in seat.cards)

    def _settle(
        self, player: Player, seat: Seat, round_id: str, stake: int, payout: int, codec: Codec
    ) -> Played:
        assert round_id not in self.wagers, "a round was settled twice"
        self.wagers[round_id] = (stake, payout)
        player.amount += payout
        player.version += 1
        seat.chain.number += 1
        seat.stake = stake
        return self._played(player, seat, round_id, codec, payout=payout)

    def _played(
        self, player: Player, seat: Seat, round_id: str, codec: Codec, *, payout: int | None
    ) -> Played:
        finished = payout is not None
        view: dict[str, Any] = {"payout": payout}
        if seat.game in ("blackjack", "guess"):
            view |= {
                "dealer": {"cards": [8, None]},
                "hands": [{"cards": seat.cards, "total": self._total(seat), "soft": False}],
                "active": 0,
                "options": []
                if finished
                else [
                    {"action": "hit", "label": "Hit"},
                    {"action": "stand", "label": "Stand"},
                    {"action": "double", "label": "Double", "stake": seat.stake},
                ],
            }
        seed = None
        if finished:
            number = int(round_id.rpartition("-")[2])
            seed = bytes(32) if self.tell_wrong_seed else seat.chain.seeds[number]
        return Played(
            table=seat.table,
            round=round_id,
            step=seat.step,
            finished=finished,
            stake=seat.stake,
            payout=payout,
            view=msgspec.Raw(codec.encode(view)),
            balance=player.balance(),
            seed=seed,
            next=seat.chain.info() if finished else None,
        )


class _Bet(msgspec.Struct):
    stake: int


class _Bets(msgspec.Struct):
    stake: int = 0
    bets: tuple[_Bet, ...] = ()


def stake_of(codec: Codec, bets: msgspec.Raw) -> int:
    """Return the stake of a bets body."""
    found = codec.game_data(bets, _Bets)
    return found.stake + sum(bet.stake for bet in found.bets)
