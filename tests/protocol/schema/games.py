"""An imagined game for the schema, with a struct of every awkward kind."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from protocol.messages.common import Amount, Counter
from protocol.schema import ExampleChain, ExampleRound, ExampleStep, Published, PublishedGame
from tests.protocol.schema.contract import Description


class Action(enum.Enum):
    """What can be done."""

    STAY = "stay"
    GO = "go"


class Bet(msgspec.Struct, frozen=True):
    """One bet. It has the name of a message's struct (GLI-19 4.4.1, standards B4)."""

    bet: str
    stake: Amount | float
    """Minor units; a fraction is refused."""


class Bets(msgspec.Struct, frozen=True):
    """The bets."""

    bets: tuple[Bet, ...]


class Decision(msgspec.Struct, frozen=True):
    """The decision."""

    action: Action


class Step(msgspec.Struct, frozen=True, tag="step", tag_field="event"):
    """A step."""

    pair: tuple[Counter, str]


class End(msgspec.Struct, frozen=True, tag="end", tag_field="event"):
    """The end."""

    amounts: dict[str, Annotated[int, msgspec.Meta(ge=0, le=9)]]
    seal: bytes = b""


class View(msgspec.Struct, frozen=True):
    """What is seen."""

    events: tuple[Step | End, ...]
    more: str | None = None


CHAIN = ExampleChain("21390950400000000", "a chain for the tests")

DARE = PublishedGame(
    name="dare",
    version=3,
    digest="ab" * 32,
    title="Dare",
    kind="decisions",
    minimum=10,
    maximum=1_000,
    description=Description("Dare", (("a", "b"),)),
    bets_type=Bets,
    decision_type=Decision,
    view_type=View,
    notes="Of a pair the first is a place.",
    chain=CHAIN,
    rounds=(
        ExampleRound(
            Bets((Bet("left", 10),)),
            (Decision(Action.GO),),
            (
                ExampleStep(View((Step((0, "here")),)), 10, None, finished=False),
                ExampleStep(View((End({"left": 2}, b"\xff\x00"),)), 10, 20, finished=True),
            ),
        ),
    ),
)

WHEEL = PublishedGame(
    name="wheel",
    version=1,
    digest="cd" * 32,
    title="Wheel",
    kind="instant",
    minimum=10,
    maximum=1_000,
    description=Description("Wheel"),
    bets_type=Bets,
    decision_type=None,
    view_type=View,
    chain=ExampleChain("21390950400000004", "another chain for the tests"),
    rounds=(
        ExampleRound(
            Bets((Bet("left", 10), Bet("right", 20))),
            (),
            (ExampleStep(View((End({"left": 9}),), "more"), 30, 90, finished=True),),
        ),
        ExampleRound(
            Bets((Bet("left", 10),)),
            (),
            (ExampleStep(View((End({}),)), 10, 0, finished=True),),
        ),
    ),
)

PUBLISHED = Published(games=(WHEEL, DARE), description_type=Description)
HALF = Published(games=(DARE,), description_type=Description)
"""A server without instant games."""
