"""Proofs of rounds of live tables, for the verifier in the browser: many client seeds, many seats.

`python -m tests.protocol.schema.fair_live` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from games.blackjack.game import BlackjackTable
from games.catalogue import standard
from games.craps.bets import POINTS
from games.craps.roll import COME, LINE, UNITS
from games.entropy import Draws
from games.game import AnyGame, StakeForm, StakeLimits
from games.live import LiveRules, Style, live_rules
from games.live.rising import resolved
from protocol.errors import Refused
from server.fairness.proof import build_proof
from tests.protocol.schema.fair_rounds import CHAIN, CHAIN_ID, LENGTH

LIVE_FILE: Final = Path(__file__).parents[3] / "web/packages/fair/test/live.jsonl"
TOGETHER: Final = 12
"""Rounds of each blackjack table; of every other game there are two."""


def live_text() -> str:
    """Return the file: a proof a line."""
    lines = []
    for game in standard():
        rules = live_rules(game)
        if rules is not None and rules.style is Style.ROLLS:
            lines += list(_rolls(rules, Random(f"live {game.name}")))
        elif rules is not None:
            random = Random(f"live {game.name}")
            count = TOGETHER if rules.style is Style.TURNS else 2
            lines += [_proof(rules, random, at) for at in range(count)]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def _proof(rules: LiveRules, random: Random, at: int) -> dict[str, Any]:
    game, n = rules.game, 1 + at % LENGTH
    seats = 1 + at % 7 if isinstance(game, BlackjackTable) else 1
    seeds = [random.randbytes(random.choice((0, 16))) for _ in range(seats + at % 3)]
    bets = [msgspec.convert(_bets(game, random), game.bets_type) for _ in range(seats)]
    draws = Draws(CHAIN.seed(n), seeds)
    if rules.style is Style.RISING:
        bets = [resolved(bets[0], random.randrange(300, 9_000))]
    state: Any = game.open(bets, draws)
    decisions: list[tuple[int, bytes, bool]] = []
    while not state.finished:
        seat, decision = state.active_seat, None
        platform = random.random() < 0.2
        if platform:
            seat, decision = game.platform_decision(state)
        else:
            view: Any = game.view(state, seat)
            action = random.choice(view.options).action
            decision = msgspec.convert({"action": action}, game.decision_type)
        game.price(state, seat, decision)
        state = game.decide(state, seat, decision)
        decisions.append((seat, msgspec.msgpack.encode(decision), platform))
    mine = random.randrange(seats)
    return build_proof(
        game=game,
        chain=CHAIN_ID,
        n=n,
        commitment=CHAIN.commitment,
        seed=CHAIN.seed(n),
        client_seeds=seeds,
        bets=[msgspec.msgpack.encode(each) for each in bets],
        decisions=decisions,
        stake=state.stakes[mine],
        payout=state.payouts[mine] or 0,
        voided=False,
        seat=mine,
    )


def _rolls(rules: LiveRules, random: Random) -> Iterator[dict[str, Any]]:
    """Yield a proof of each roll of a few hands, with all kinds of bets."""
    stage: Any = None
    standing: Any = None
    names = [*UNITS, *(f"odds-{bet}" for bet in sorted(LINE)),
        *(f"odds-{bet}-{point}" for bet in sorted(COME) for point in POINTS)]  # fmt: skip
    for n in range(1, LENGTH + 1):
        bets = standing
        # Now and then nothing is added: a roll that decides nothing is proved as well.
        added = len(names) if standing is None or n % 3 else 0
        for bet in random.sample(names, added):
            chips = msgspec.convert({"bets": [{"bet": bet, "stake": 60}]}, rules.asked_type)
            try:
                more = rules.added(bets, chips, stage)
                rules.stake(more, StakeLimits(1, 100_000))
            except Refused:
                continue
            if bets is None or random.random() < 0.4:
                bets = more
        seeds = [random.randbytes(random.choice((0, 16))) for _ in range(1 + n % 3)]
        state = rules.draw([bets], Draws(CHAIN.seed(n), seeds), stage)
        yield build_proof(
            game=rules.game,
            chain=CHAIN_ID,
            n=n,
            commitment=CHAIN.commitment,
            seed=CHAIN.seed(n),
            client_seeds=seeds,
            bets=[msgspec.msgpack.encode(bets)],
            decisions=[],
            stake=state.stakes[0],
            payout=state.payouts[0] or 0,
            voided=False,
        )
        standing, stage = rules.left(state, 0), rules.stage_after(state)


def _bets(game: AnyGame, random: Random) -> dict[str, Any]:
    description = game.describe()
    if description.stake_form is StakeForm.ONE:
        return {"stake": 100 * random.randint(1, 9)}
    names = [choice.bet for choice in description.choices]
    chosen = random.sample(names, min(len(names), random.randint(1, 3)))
    return {"bets": [{"bet": name, "stake": 600 * random.randint(1, 9)} for name in chosen]}


if __name__ == "__main__":
    LIVE_FILE.write_text(live_text(), encoding="utf-8")
