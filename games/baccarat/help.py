"""The rules of baccarat for players."""

from __future__ import annotations

from collections.abc import Mapping


def help_text(title: str, tie_pays: int, returns: Mapping[str, str]) -> str:
    """Return the help as Markdown; `returns` has the return of each bet, for reading."""
    return f"""\
# {title}

Two hands are dealt, *player* and *banker*. Bet on which of them comes nearer to nine, or on a tie.
Neither hand is yours, and nobody decides anything after the bets.

- **Cards.** Eight decks. Each round is dealt from a full, freshly shuffled shoe. An ace counts 1,
  two to nine their number, tens, jacks, queens and kings 0. A hand is worth the last digit of its
  sum: 7 and 8 are worth 5.
- **Deal.** Player, banker, player, banker: two cards each.
- **Natural.** If either hand has 8 or 9, nobody draws.
- **Player** draws a third card on 0 to 5 and stands on 6 and 7.
- **Banker**, if the player stood, draws on 0 to 5. If the player drew, it depends on that card:
  on 0 to 2 the banker always draws; on 3 unless it was an 8; on 4 if it was 2 to 7; on 5 if it was
  4 to 7; on 6 if it was 6 or 7; on 7 never.

| bet | pays | return |
|---|---|---|
| Banker | 19 to 20 | {returns["banker"]} |
| Player | 1 to 1 | {returns["player"]} |
| Tie | {tie_pays} to 1 | {returns["tie"]} |
| Banker pair: its first two cards are of one rank | 11 to 1 | {returns["banker-pair"]} |
| Player pair: its first two cards are of one rank | 11 to 1 | {returns["player-pair"]} |

On a tie the bets on banker and player come back. Each bet can be placed once a round. The stake on
the banker is a multiple of 20 minor units (cents), so that 19 to 20 pays exactly; the table's
minimum holds for each bet, its maximum for all bets of a round together. The highest payout is 12
times the stake, on a pair.
"""
