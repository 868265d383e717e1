"""The toys of the stage: one for each form that a game's bets, decisions and views may have."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

from tests.browser.stage import Toy, View, choice, describe

TILES: Final = 25
MINE: Final = 13


def option(action: str, label: str, stake: int = 0) -> dict[str, Any]:
    """Return a decision to choose."""
    return {"action": action, "label": label, "stake": stake}


# -- a board of many fields -----------------------------------------------------------------------


def _fields(opened: list[int], stake: int) -> View:
    left = [tile for tile in range(1, TILES + 1) if tile not in opened]
    options = [option(f"reveal-{tile}", f"Open field {tile}") for tile in left]
    if opened:
        options.append(option("cash-out", "Cash out"))
    return {
        "opened": opened,
        "multiplier": f"{1 + len(opened) / 4:.2f}",
        "next_payout": stake + stake * (len(opened) + 1) // 4,
        "options": options,
        "summary": f"{len(opened)} of {TILES - 3} fields open.",
    }


def _open_field(view: View, action: str, stake: int) -> View:
    opened = view["opened"]
    if action == "cash-out":
        payout = stake + stake * len(opened) // 4
        return {"opened": opened, "payout": payout, "summary": "Cashed out."}
    tile = int(action.rpartition("-")[2])
    if tile == MINE:
        return {"opened": opened, "mines": [MINE, 21, 22], "payout": 0, "summary": "A mine."}
    return _fields([*opened, tile], stake)


MINES = Toy(
    describe(
        "mines",
        "Mines",
        "decisions",
        stake_form="list",
        choices=[choice(f"mines-{n}", f"{n} mines", "Mines") for n in (1, 3, 5, 10, 24)],
        actions=["cash-out", *(f"reveal-{tile}" for tile in range(1, TILES + 1))],
    ),
    lambda _bets, stake: _fields([], stake),
    _open_field,
)

# -- any subset of five cards ---------------------------------------------------------------------

HAND: Final = [0, 9, 23, 36, 52]


def _holds() -> list[dict[str, Any]]:
    places = range(1, 6)
    subsets = [held for size in range(6) for held in combinations(places, size)]
    return [
        option(
            "-".join(["hold", *map(str, held)]),
            f"Hold {', '.join(map(str, held))}" if held else "Draw five new cards",
        )
        for held in subsets
    ]


POKER = Toy(
    describe(
        "joker-poker",
        "Joker Poker",
        "decisions",
        actions=[one["action"] for one in _holds()],
        paytable=[["Five of a kind", "200"], ["Royal flush", "100"]],
    ),
    lambda _bets, _stake: {"cards": HAND, "options": _holds(), "summary": "Choose what to hold."},
    lambda _view, action, stake: {
        "cards": [*HAND[:4], 40],
        "held": [int(place) for place in action.split("-")[1:]],
        "hand": "Two pairs",
        "payout": stake * 2,
        "summary": "Two pairs.",
    },
)

# -- several bets, and decisions that cost --------------------------------------------------------

CRAPS_BETS: Final = [
    choice("pass", "Pass", "Line", "1 to 1"),
    choice("dont-pass", "Don't pass", "Line", "1 to 1"),
    choice("field", "Field", "One roll", "1 to 1, 2 to 1 on 2 and 12"),
    choice("any-seven", "Any seven", "One roll", "4 to 1"),
    *(choice(f"place-{n}", f"Place {n}", "Place", "9 to 5") for n in (4, 5, 6, 8, 9, 10)),
    *(choice(f"hard-{n}", f"Hard {n}", "Hardways", "7 to 1") for n in (4, 6, 8, 10)),
]


def _come_out(bets: list[str], _stake: int) -> View:
    return {
        "point": 6,
        "rolls": [[2, 4]],
        "bets": [{"bet": bet, "stake": 100, "working": True} for bet in bets],
        "options": [
            option("roll", "Roll"),
            *(option(f"odds-pass-{n * 100}", "Odds on pass", n * 100) for n in range(1, 6)),
        ],
        "summary": "The point is 6.",
    }


def _roll(view: View, action: str, stake: int) -> View:
    if action.startswith("odds"):
        return {**view, "options": [option("roll", "Roll")], "summary": "Odds are taken."}
    return {"point": None, "rolls": [[2, 4], [3, 4]], "payout": 0 * stake, "summary": "Seven out."}


CRAPS = Toy(
    describe(
        "craps",
        "Craps",
        "decisions",
        stake_form="list",
        choices=CRAPS_BETS,
        actions=["roll", "odds-pass"],
    ),
    _come_out,
    _roll,
)

# -- bets whose parameters are the player's -------------------------------------------------------

DICE = Toy(
    describe(
        "dice",
        "Dice",
        stake_form="list",
        choices=[
            choice(f"{side}-{at}.00", f"{side.title()} {at}", side.title(), f"{pays} times")
            for side in ("over", "under")
            for at, pays in ((5, "1.04"), (25, "1.32"), (50, "1.98"), (75, "3.96"), (95, "19.80"))
        ],
    ),
    lambda bets, stake: {"roll": "61.27", "bet": bets[0], "payout": stake, "summary": "61.27."},
)

KENO = Toy(
    describe(
        "keno-80-20",
        "Keno 80/20",
        stake_form="list",
        choices=[
            choice(
                f"numbers-{'-'.join(str(7 * n) for n in range(1, spots + 1))}",
                f"{spots} spots",
                "Numbers",
                f"up to {spots * 10} times",
            )
            for spots in range(1, 11)
        ],
    ),
    lambda _bets, _stake: {
        "drawn": list(range(3, 80, 4)),
        "hits": [7, 35],
        "payout": 0,
        "summary": "2 of 10 numbers.",
    },
)

# -- a layout of many bets ------------------------------------------------------------------------


def _sic_bo() -> list[dict[str, str]]:
    pairs = list(combinations(range(1, 7), 2))
    return [
        *(choice(name, name.title(), "Even money", "1 to 1") for name in ("big", "small", "odd")),
        *(choice(f"total-{n}", str(n), "Total", f"{60 - n} to 1") for n in range(4, 18)),
        *(choice(f"single-{n}", str(n), "Single", "1 to 1, 2 to 1, 12 to 1") for n in range(1, 7)),
        *(choice(f"double-{n}", f"{n} {n}", "Double", "11 to 1") for n in range(1, 7)),
        *(choice(f"triple-{n}", f"{n} {n} {n}", "Triple", "180 to 1") for n in range(1, 7)),
        *(choice(f"pair-{a}-{b}", f"{a} {b}", "Combination", "6 to 1") for a, b in pairs),
        *(choice(f"wide-{n}", f"Wide {n}", "Wide", "30 to 1") for n in range(1, 101)),
    ]


SIC_BO = Toy(
    describe("sic-bo", "Sic Bo", stake_form="list", choices=_sic_bo()),
    lambda bets, stake: {
        "dice": [2, 2, 5],
        "total": 9,
        "wins": [{"bet": bets[0], "stake": 100, "payout": 200}],
        "payout": stake * 2,
        "summary": "2, 2, 5: 9.",
    },
)

# -- slots ----------------------------------------------------------------------------------------

_LINES: Final = "# Deep\n\nA reef.\n\n## Lines\n\n1. 2 2 2 2 2\n2. 1 1 1 1 1\n3. 3 2 1 2 3\n"
_REEF: Final = [["pearl", "eel", "coral"] for _ in range(5)]

REEF = Toy(
    describe("sunken-reef", "Sunken Reef", help=_LINES, paytable=[["Pearl x 5", "500 times"]]),
    lambda _bets, stake: {
        "events": [
            {"event": "reveal", "stops": [1, 2, 3, 4, 5], "window": _REEF},
            {
                "event": "line_win",
                "line": 1,
                "symbol": "eel",
                "count": 5,
                "payout": stake * 3,
                "positions": [1, 4, 7, 10, 13],
            },
            {"event": "flood", "fallen": [1, 4, 7, 10, 13], "multiplier": 2},
            {"event": "total", "payout": stake * 3},
        ],
        "payout": stake * 3,
        "summary": "1 line win and a flood.",
    },
)

ODD_REEF = Toy(
    describe("odd-reef", "Odd Reef", help=_LINES),
    lambda _bets, _stake: {
        "events": [{"event": "reveal", "window": [["pearl"] * 6]}, "nonsense", None],
        "payout": 0,
        "summary": "Six rows where three were promised.",
    },
)

MEGA = Toy(
    describe(
        "mega-reef",
        "Mega Reef",
        "decisions",
        actions=["gamble-red", "gamble-black", "collect"],
        paytable=[[f"Pearl x {n}", "5 times"] for n in (3, 4, 5)],
    ),
    lambda _bets, stake: {
        "window": [["pearl", "eel", "coral", "crab"] for _ in range(6)],
        "win": stake * 4,
        "options": [
            option("gamble-red", "Gamble on red"),
            option("gamble-black", "Gamble on black"),
            option("collect", "Collect"),
        ],
        "summary": "4 ways.",
    },
    lambda _view, _action, stake: {"payout": stake * 4, "summary": "Collected."},
)

TOYS: Final = [MINES, POKER, CRAPS, DICE, KENO, SIC_BO, REEF, ODD_REEF, MEGA]


def crowd(count: int) -> list[Toy]:
    """Return the toys and as many more games as make up the count."""
    nothing = MEGA.open
    more = [
        Toy(describe(f"machine-{n}", f"Machine {n}", help=_LINES), nothing)
        for n in range(count - len(TOYS))
    ]
    return [*TOYS, *more]
