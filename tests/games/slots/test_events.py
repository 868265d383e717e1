"""Events of a slot round on the wire."""

from __future__ import annotations

import msgpack  # type: ignore[import-untyped]
import msgspec

from games.slots.events import FreeGamesWon, LineWin, Reveal, ScatterWin, SlotView, Total

VIEW = SlotView(
    (
        Reveal((3, 0), (("a", "b"), ("c", "d"))),
        LineWin(1, "a", 2, 40, (0, 2)),
        ScatterWin("s", 3, 60, (1, 2, 3)),
        FreeGamesWon(10, 10, 2, (1, 2, 3)),
        Reveal((1, 1), (("a", "b"), ("c", "d")), 1),
        Total(100),
    ),
    100,
    "1 line win",
)


def test_each_event_is_a_map_with_its_name() -> None:
    """An independent MessagePack reader sees maps; the paid spin carries no free-game number."""
    packed = msgpack.unpackb(msgspec.msgpack.encode(VIEW))

    assert packed["payout"] == 100
    assert packed["events"] == [
        {"event": "reveal", "stops": [3, 0], "window": [["a", "b"], ["c", "d"]]},
        {"event": "line_win", "line": 1, "symbol": "a", "count": 2, "payout": 40}
        | {"positions": [0, 2]},
        {"event": "scatter_win", "symbol": "s", "count": 3, "payout": 60, "positions": [1, 2, 3]},
        {"event": "free_games_won", "count": 10, "left": 10, "multiplier": 2}
        | {"positions": [1, 2, 3]},
        {"event": "reveal", "stops": [1, 1], "window": [["a", "b"], ["c", "d"]], "free_game": 1},
        {"event": "total", "payout": 100},
    ]


def test_schema_can_be_made() -> None:
    """The protocol's documents are made from these types."""
    schema = msgspec.json.schema(SlotView)

    assert {"Reveal", "LineWin", "ScatterWin", "FreeGamesWon", "Total"} <= set(schema["$defs"])
