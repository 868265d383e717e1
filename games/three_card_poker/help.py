"""The rules of three card poker for players."""

from __future__ import annotations

from collections.abc import Iterable


def help_text(title: str, pair_plus: Iterable[tuple[str, str]], returns: tuple[str, str]) -> str:
    """Return the help as Markdown; `returns` are those of ante and of pair plus, for reading."""
    rows = "\n".join(f"| {hand} | {pays} |" for hand, pays in pair_plus)
    return f"""\
# {title}

Two games with three cards: *ante and play* against the dealer, and *pair plus* on your own hand
alone. Bet on one of them or on both.

- **Cards.** One deck of 52, full and freshly shuffled for each round. You and the dealer get three
  cards each.
- **Hands**, from the best: straight flush, three of a kind, straight, flush, pair, high card. Aces
  are high, and low in ace-two-three. Suits do not rank.
- **Play or fold.** With an ante on the table you look at your cards and *play*, which stakes the
  same amount as the ante again, or *fold*, which loses the ante.
- **Dealer qualifies** with queen high or better. If not, the ante pays 1 to 1 and the play stake
  comes back. If so, the better hand wins: ante and play pay 1 to 1 each, come back on a tie, or are
  lost.
- **Ante bonus.** A straight that you play pays 1 to 1 on the ante, three of a kind 4 to 1, a
  straight flush 5 to 1, whatever the dealer has.
- **Pair plus** pays on your three cards, whatever the dealer has, even if you fold:

| hand | pays |
|---|---|
{rows}

Ante and play return {returns[0]} of the ante if you play queen-six-four or better and fold
everything else, which is the best play; other play returns less. Pair plus returns {returns[1]}.
The table's minimum holds for each bet, its maximum for ante and pair plus together; the play stake
comes on top. The highest payout is 41 times the stake, on pair plus.

If you take too long to decide, the platform folds: it never stakes your money.
"""
