"""The rules of video poker for players."""

from __future__ import annotations

from games.cards import JOKER
from games.video_poker.hands import Row
from games.video_poker.machines import Machine

_EXPLAINED = {
    Row.ROYAL_FLUSH: "ten to ace of one suit",
    Row.FOUR_DEUCES: "all four deuces",
    Row.WILD_ROYAL_FLUSH: "ten to ace of one suit with wild cards",
    Row.FIVE_OF_A_KIND: "five cards of one rank with wild cards",
    Row.STRAIGHT_FLUSH: "five cards in sequence and of one suit",
    Row.FOUR_OF_A_KIND: "four cards of one rank",
    Row.FULL_HOUSE: "three cards of one rank and two of another",
    Row.FLUSH: "five cards of one suit",
    Row.STRAIGHT: "five cards in sequence; the ace is high or low",
    Row.THREE_OF_A_KIND: "three cards of one rank",
    Row.TWO_PAIR: "two cards of one rank and two of another",
}


def help_text(machine: Machine, percent: str) -> str:
    """Return the help as Markdown; `percent` is the return with perfect play, for reading."""
    pairs = "a pair of jacks, queens, kings or aces"
    if machine.label(Row.HIGH_PAIR).startswith("Kings"):
        pairs = "a pair of kings or aces"
    explained = _EXPLAINED | {Row.HIGH_PAIR: pairs}
    rows = "\n".join(
        f"| {machine.label(row)} | {explained[row]} | {pay} |" for row, pay in machine.pays
    )
    deck = "One deck of 52 cards"
    wild = ""
    if JOKER in machine.deck.wild:
        deck = "One deck of 52 cards and a joker"
        wild = "\n- **Wild.** The joker stands for whatever card makes the best hand."
    elif machine.deck.wild:
        wild = "\n- **Wild.** Every deuce stands for whatever card makes the best hand."
    return f"""\
# {machine.title}

You get five cards, keep those you like, and get new ones for the rest. The final hand pays.

- **Cards.** {deck}, full and freshly shuffled for each round.{wild}
- **Hold.** Choose any of the five cards to keep, none or all of them. The others are replaced from
  the rest of the deck; a card thrown away does not come back. You hold once a round.
- **Pays.** The best row of the table that your final five cards make, for one staked; the stake is
  included, so that 1 gives the stake back. It pays the same at every stake.

| hand | | pays for one |
|---|---|---|
{rows}
| anything else | | 0 |

With perfect play {machine.title} returns {percent} of the stake in the long run;
other play returns less. The stake is a whole number of minor units (cents) within the table's
limits; a round takes no further one. The highest payout is {machine.pays[0][1]} times the stake.

If you take too long to decide, the platform holds the cards that perfect play holds.
"""
