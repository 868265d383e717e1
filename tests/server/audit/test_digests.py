"""Tests of digests: the audit makes them as tables do, and tells what was altered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from games.catalogue import standard
from games.live import Style
from protocol.codec import JSON
from protocol.messages.rounds import Act, Bet, Deal, Spin
from server.audit.digests import Asked, ChainSeeds, Digests
from server.audit.findings import Findings
from server.audit.reader import Moment
from server.audit.scene import GameVersion, LiveRound, Scene
from server.tables.digests import act_digest, bet_digest
from server.tables.live.requests import live_digest, read_live
from server.tables.table import digest_of

SCENE = Scene(
    moment=Moment("", 0, datetime.now(UTC)),
    server_up=False,
    open_rounds={},
    holds={},
    currencies={},
    versions={1: GameVersion("slot", 1, ""), 2: GameVersion("blackjack", 1, "")},
    live_rounds={7: LiveRound(7, 2, 33, [1], 2, 3, 4)},
)
SEEDS = {2: b"\0\2ab"}
SPIN: Asked = (7, 1, bet_digest("spin", "33", "5-2", b"ab", b"\x80"), 0, 5, 2, b"\x80")
DEAL: Asked = (7, 1, bet_digest("deal", "33", "5-2", b"ab", b"\x80"), 0, 5, 2, b"\x80")
ACT: Asked = (7, 2, act_digest("33", "5-2", 3, b"\x80"), 4, 5, 2, b"\x80")
DIGEST, STEP, CHAIN, N, DATA = range(2, 7)


def found(asked: Asked, version: int = 1, seeds: dict[int, bytes] = SEEDS) -> tuple[int, int]:
    """Return how many requests were looked at and how many breaches were found."""
    findings = Findings("digests", "")
    chains = {chain: ChainSeeds("33", version, seeds, {}) for chain in (5, 6, 7)}
    Digests(standard(), SCENE, findings).check([asked], chains)
    return findings.looked_at, findings.breach_count


def changed(asked: Asked, place: int, value: object) -> Asked:
    """Return a request with one part exchanged."""
    parts: Any = (*asked[:place], value, *asked[place + 1 :])
    return parts  # type: ignore[no-any-return]


def test_tables_make_them() -> None:
    """A digest is the one that a table makes of the message."""
    catalogue = standard()
    slot, blackjack = catalogue.version("slot", 1), catalogue.version("blackjack", 1)
    assert slot is not None
    assert blackjack is not None
    bets = msgspec.msgpack.encode({"stake": 20})
    for kind, game in ((Spin, slot), (Deal, blackjack)):
        message = kind(
            table="33", round="5-2", bets=msgspec.Raw(b'{"stake":20}'), client_seed=b"ab"
        )
        assert digest_of(message, game, JSON) == bet_digest(kind.TYPE, "33", "5-2", b"ab", bets)
    act = Act(table="33", round="5-2", step=3, decision=msgspec.Raw(b'{"action":"hit"}'))
    decision = msgspec.msgpack.encode({"action": "hit"})
    assert digest_of(act, blackjack, JSON) == act_digest("33", "5-2", 3, decision)


ALL = [(SPIN, 1), (DEAL, 2), (ACT, 2)]


@pytest.mark.parametrize(("asked", "version"), ALL, ids=["spin", "deal", "act"])
def test_agrees(asked: Asked, version: int) -> None:
    """What was asked for and played agrees, of a game that this program lacks too."""
    assert found(asked, version) == (1, 0)
    assert found(asked, 99) == (1, 0)


@pytest.mark.parametrize(("asked", "version"), ALL, ids=["spin", "deal", "act"])
@pytest.mark.parametrize(
    ("place", "value"), [(DIGEST, b""), (DATA, b"\x81"), (N, 3), (CHAIN, 6)], ids=str
)
def test_differs(asked: Asked, version: int, place: int, value: object) -> None:
    """Whatever is altered, the digest is another one."""
    assert found(changed(asked, place, value), version, {2: b"\0\2ab", 3: b"\0\2ab"}) == (1, 1)


@pytest.mark.parametrize(
    "framed", [b"\0\2aB", b"\0\1ab", b"\1\2ab", b"", b"\0", b"\0\0", b"\0\2ab\0\1c"], ids=str
)
def test_other_seeds(framed: bytes) -> None:
    """Another client seed is a breach; so is a second one, and what cannot be read as one."""
    assert found(SPIN, 1, {2: framed}) == (1, 1)


def test_live_tables_make_them() -> None:
    """Bets and decisions at live tables agree; the step that a cash-out names does not count."""
    catalogue = standard()
    wheel, cards = catalogue.version("roulette", 1), catalogue.version("blackjack", 1)
    assert wheel is not None
    assert cards is not None
    raw = b'{"bets":[{"bet":"red","stake":20}]}'
    bet = Bet(table="33", round="7-2", bets=msgspec.Raw(raw))
    data = msgspec.msgpack.encode(read_live(bet, wheel, Style.WINDOW, JSON))
    digest = live_digest(bet, data)
    assert found((7, 1, digest, 2, 7, 2, data)) == (1, 0)
    assert found((7, 1, digest, 3, 7, 2, data)) == (1, 1), "the third input is a decision"
    assert found((7, 1, digest, 2, 7, 2, b"\x80")) == (1, 1)
    act = Act(table="33", round="7-2", step=2, decision=msgspec.Raw(b'{"action":"hit"}'))
    data = msgspec.msgpack.encode(read_live(act, cards, Style.TURNS, JSON))
    digest = live_digest(act, data)
    assert found((7, 1, digest, 3, 7, 2, data)) == (1, 0)
    assert found((7, 1, digest, 4, 7, 2, data)) == (1, 1)
    for step in (0, 2, 9):
        raw = b'{"action":"cash-out","at_ms":7}'
        out = Act(table="33", round="7-2", step=step, decision=msgspec.Raw(raw))
        digest = live_digest(out, msgspec.msgpack.encode(read_live(out, wheel, Style.RISING, JSON)))
        stamped = msgspec.msgpack.encode({"action": "cash-out", "at_ms": 1234})
        assert found((7, 1, digest, 4, 7, 2, stamped)) == (1, 0)
        assert found((7, 1, b"other", 4, 7, 2, stamped)) == (1, 1)


def test_other_request() -> None:
    """A spin is no deal, and a step no other."""
    assert found(SPIN, 2) == (1, 1)
    assert found(changed(ACT, STEP, 3), 2) == (1, 1)


def test_zeros_before_a_table() -> None:
    """A table's id is written in one way: the server takes none with zeros before it."""
    digest = bet_digest("spin", "0033", "5-2", b"ab", b"\x80")
    assert found(changed(SPIN, DIGEST, digest)) == (1, 1)


def test_what_others_name() -> None:
    """Where a chain or a round is not there, other checks say so."""
    assert found(changed(SPIN, CHAIN, 4)) == (0, 0)
    assert found(SPIN, 1, {}) == (0, 0)
