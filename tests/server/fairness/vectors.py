"""The vectors of `docs/fairness.md`, made by the code that deals.

    python -m tests.server.fairness.vectors

writes `docs/fairness-vectors.json` and the part of the page between its two marks; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from games.entropy import Draws, draw_card
from server.fairness.chains import SeedChain
from server.fairness.framing import frame_client_seeds

DOCS: Final = Path(__file__).parents[3] / "docs"
PAGE: Final = DOCS / "fairness.md"
FILE: Final = DOCS / "fairness-vectors.json"
MARKS: Final = ("<!-- vectors: made by code -->", "<!-- end of vectors -->")

LENGTH: Final = 256
DECKS: Final = 6
FACES: Final = 52

CHAIN: Final = SeedChain(sha256(b"croupier vectors").digest(), LENGTH)
"""From a label in place of entropy, so that anyone can make it again."""
CLIENT: Final = bytes.fromhex("00112233445566778899aabbccddeeff")

CASES: Final[tuple[tuple[str, int, tuple[bytes, ...], int, tuple[int, ...]], ...]] = (
    ("roulette: one number", 1, (CLIENT,), 0, (37,)),
    ("a slot with reels of 37, 38, 39, 40 and 42 stops", 2, (CLIENT,), 0, (37, 38, 39, 40, 42)),
    ("client seeds off: one of no bytes", 3, (b"",), 0, (37,) * 10),
    ("no seats at all", 3, (), 0, (37, 37)),
    ("three seats, one without a seed", 4, (b"a", b"", bytes(range(32))), 0, (6, 6, 6)),
    ("another stream of the same round", 4, (b"a", b"", bytes(range(32))), 1, (6, 6, 6)),
    ("a bound of 1 takes no word", 5, (CLIENT,), 0, (1, 2, 1, 2)),
    ("many words are rejected", 6, (CLIENT,), 0, ((1 << 31) + 1,) * 8),
    ("the largest bound of one word", 7, (CLIENT,), 0, (1 << 32, 1 << 32)),
    ("above 2^32 two words", 7, (CLIENT,), 0, ((1 << 32) + 1, 37, 10**15)),
    ("many pairs are rejected", 8, (CLIENT,), 0, ((1 << 63) + 1,) * 6),
    ("the largest bound", 8, (CLIENT,), 0, (1 << 64, 2)),
)


def _number(value: int) -> int | str:
    return value if value < 1 << 53 else str(value)


def _message(client_seeds: Sequence[bytes], stream: int, block: int) -> bytes:
    """Return the bytes under the HMAC, put together here a second time, as the page states them."""
    label = b"croupier/draw/1" + bytes([stream])
    return label + frame_client_seeds(client_seeds) + block.to_bytes(4, "big")


def _draws(
    title: str, n: int, client_seeds: tuple[bytes, ...], stream: int, bounds: tuple[int, ...]
) -> dict[str, Any]:
    draws = Draws(CHAIN.seed(n), client_seeds, stream)
    drawn = []
    for bound in bounds:
        before = draws.words_used
        value = draws.below(bound)
        drawn.append(
            {
                "below": _number(bound),
                "value": _number(value),
                "words": draws.words_used - before,
            }
        )
    return {
        "title": title,
        "seed": CHAIN.seed(n).hex(),
        "client_seeds": [seed.hex() for seed in client_seeds],
        "stream": stream,
        "draws": drawn,
    }


def _block(n: int, client_seeds: tuple[bytes, ...], block: int) -> dict[str, Any]:
    draws = Draws(CHAIN.seed(n), client_seeds)
    words = [draws.word() for _ in range(8 * (block + 1))][-8:]
    return {
        "seed": CHAIN.seed(n).hex(),
        "client_seeds": [seed.hex() for seed in client_seeds],
        "stream": 0,
        "block": block,
        "message": _message(client_seeds, 0, block).hex(),
        "hmac": b"".join(word.to_bytes(4, "big") for word in words).hex(),
        "words": words,
    }


def _shoe(n: int, cards: int) -> dict[str, Any]:
    draws = Draws(CHAIN.seed(n), (CLIENT,))
    shadow = draws.copy()
    counts = [DECKS] * FACES
    dealt = []
    for left in range(DECKS * FACES, DECKS * FACES - cards, -1):
        face = draw_card(draws, counts)
        dealt.append({"below": left, "value": shadow.below(left), "face": face})
    return {
        "seed": CHAIN.seed(n).hex(),
        "client_seeds": [CLIENT.hex()],
        "counts": [DECKS] * FACES,
        "cards": dealt,
    }


def vectors() -> dict[str, Any]:
    """Return every vector, as it goes into the file."""
    return {
        "chain": {
            "last_seed": CHAIN.last_seed.hex(),
            "length": LENGTH,
            "commitment": CHAIN.commitment.hex(),
            "seeds": {str(n): CHAIN.seed(n).hex() for n in (*range(1, 9), LENGTH - 1, LENGTH)},
        },
        "blocks": [
            _block(1, (CLIENT,), 0),
            _block(1, (CLIENT,), 1),
            _block(4, (b"a", b"", bytes(range(32))), 0),
        ],
        "draws": [_draws(*case) for case in CASES],
        "shoe": _shoe(1, 12),
    }


def file_text() -> str:
    """Return `docs/fairness-vectors.json`."""
    return json.dumps(vectors(), indent=1) + "\n"


def page_part() -> str:
    """Return what stands between the marks of the page."""
    made = vectors()
    chain = made["chain"]
    lines = [
        f"A chain of {chain['length']} rounds:",
        "",
        "```",
        f"s_{chain['length']}  {chain['last_seed']}",
        *(f"{f's_{n}':<6} {chain['seeds'][str(n)]}" for n in (255, 3, 2, 1)),
        f"{'s_0':<6} {chain['commitment']}",
        "```",
    ]
    for block in made["blocks"]:
        seeds = ", ".join(seed or "(no bytes)" for seed in block["client_seeds"])
        lines += [
            "",
            f"Block {block['block']} of the stream:",
            "",
            "```",
            f"key           {block['seed']}",
            f"client seeds  {seeds}",
            f"message       {block['message']}",
            f"HMAC-SHA256   {block['hmac']}",
            f"words         {' '.join(str(word) for word in block['words'])}",
            "```",
        ]
    lines += ["", "Draws, each as *value* below *bound* (words consumed):", ""]
    for case in made["draws"]:
        shown = ", ".join(
            f"{draw['value']} below {draw['below']} ({draw['words']})" for draw in case["draws"]
        )
        n = next(n for n in range(1, LENGTH) if CHAIN.seed(n).hex() == case["seed"])
        lines.append(f"- s_{n}, {case['title']}: {shown}")
    shoe = made["shoe"]
    cards = ", ".join(
        f"{card['value']} below {card['below']} is face {card['face']}"
        for card in shoe["cards"][:5]
    )
    lines += ["", f"Cards from six decks, s_1: {cards}."]
    return "\n".join(lines)


def page_with(part: str, page: str) -> str:
    """Return the page with its part between the marks replaced."""
    head, _, rest = page.partition(MARKS[0])
    _, _, tail = rest.partition(MARKS[1])
    return f"{head}{MARKS[0]}\n\n{part}\n\n{MARKS[1]}{tail}"


def _main() -> None:
    FILE.write_text(file_text(), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page_with(page_part(), page), encoding="utf-8")


if __name__ == "__main__":
    _main()
