"""The rules of blackjack for players, and its table of payouts."""

from __future__ import annotations

from typing import Final

PAYTABLE: Final = (
    ("Blackjack: ace and ten-value card as dealt", "3 to 2"),
    ("Any other winning hand", "1 to 1"),
    ("Insurance", "2 to 1"),
    ("Tie", "stake back"),
)

HELP: Final = """\
# Blackjack

Come closer to 21 than the dealer without going over.

- **Cards.** Six decks. Each round is dealt from a full, freshly shuffled shoe. An ace counts 1 or
  11; tens, jacks, queens and kings count 10; the rest count their number.
- **Stake.** An even number of minor units (cents), so that every payout is exact.
- **Deal.** You get two cards face up. The dealer gets one up and one down.
- **Blackjack.** An ace and a ten-value card as dealt pays 3 to 2. Against a dealer's blackjack your
  stake comes back. A 21 after a split is not a blackjack.
- **Insurance.** If the dealer shows an ace you may insure for half your stake. It pays 2 to 1 if
  the dealer has blackjack, and is lost if not.
- **Peek.** With an ace or a ten-value card up, the dealer looks at the hole card before you play.
  A dealer's blackjack ends the round at once, so you never lose a double or a split to it.
- **Hit** for another card, **stand** to keep what you have. Over 21 is bust and loses. A hand on 21
  stands by itself.
- **Double** any first two cards, after a split too: your stake on the hand doubles and you take
  exactly one more card.
- **Split** two cards of the same value (a ten and a king count as the same) into two hands, each
  with the full stake, up to four hands. Split aces take one card each and cannot be split again.
- **Dealer.** Draws to 17 and stands on every 17, soft 17 too. If all your hands are bust or you
  have blackjack, the dealer takes no card.
- No surrender.

If you take too long to decide, the platform declines insurance or stands for you.
"""
