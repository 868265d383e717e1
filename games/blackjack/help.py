"""The rules of a blackjack table for players, and its table of payouts, from its options."""

from __future__ import annotations

from collections.abc import Iterator

from games.blackjack.options import DoubleOn, Rules
from games.blackjack.side_bets import LABELS, PAYS

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def paytable(rules: Rules, *, side_bets: bool) -> tuple[tuple[str, str], ...]:
    """Return rows of (combination, pays)."""
    rows = [
        ("Blackjack: ace and ten-value card as dealt", rules.natural.value),
        ("Any other winning hand", "1 to 1"),
    ]
    if rules.insurance:
        rows.append(("Insurance", "2 to 1"))
    if rules.surrender:
        rows.append(("Surrender", "half the stake back"))
    rows.append(("Tie", "stake back"))
    if side_bets:
        rows.extend(
            (f"{LABELS[bet]}: {line}", f"{pays} to 1")
            for bet, lines in PAYS.items()
            for line, pays in lines.items()
        )
    return tuple(rows)


def help_text(rules: Rules, *, side_bets: bool) -> str:
    """Return the rules as Markdown."""
    parts = [
        "# Blackjack\n\nCome closer to 21 than the dealer without going over.\n\n",
        *(f"- {line}\n" for line in _lines(rules)),
    ]
    if side_bets:
        parts.extend(f"- {line}\n" for line in _SIDE_BETS)
    safe = "declines insurance or stands" if rules.insurance else "stands"
    parts.append(f"\nIf you take too long to decide, the platform {safe} for you.\n")
    return "".join(parts)


def _lines(rules: Rules) -> Iterator[str]:
    """Yield a sentence or some for each rule, in the order of play."""
    count = "An ace counts 1 or 11; tens, jacks, queens and kings count 10; the rest their number."
    if rules.decks is None:
        yield f"**Cards.** An infinite deck: any of the 52 cards, each time anew. {count}"
    else:
        decks = f"{_NUMBERS[rules.decks].capitalize()} deck{'s' if rules.decks > 1 else ''}"
        yield f"**Cards.** {decks}. Each round is dealt from a full, freshly shuffled shoe. {count}"
    multiple = rules.stake_multiple
    even = "An even number" if multiple == 2 else f"A multiple of {multiple}"
    yield f"**Stake.** {even} of minor units (cents), so that every payout is exact."
    yield from _deal(rules)
    yield (
        "**Hit** for another card, **stand** to keep what you have. Over 21 is bust and loses. A"
        " hand on 21 stands by itself."
    )
    after = ", after a split too" if rules.double_after_split else ", but not after a split"
    first = {
        DoubleOn.ANY_TWO: "any first two cards",
        DoubleOn.NINE_TO_ELEVEN: "first two cards that make a hard 9, 10 or 11",
        DoubleOn.TEN_AND_ELEVEN: "first two cards that make a hard 10 or 11",
    }[rules.double_on]
    yield (
        f"**Double** {first}{after}: your stake on the hand doubles and you take exactly one more"
        " card."
    )
    yield from _split(rules)
    soft = "draws on soft 17" if rules.hits_soft_17 else "stands on every 17, soft 17 too"
    yield (
        f"**Dealer.** Draws to 17 and {soft}. If no hand of yours is left to play against, the"
        " dealer does not play on."
    )
    if rules.surrender:
        half = "unless the dealer turns out to have blackjack" if not rules.peek else "at once"
        yield (
            "**Surrender** your first two cards, before any other decision on them, and half the"
            f" stake comes back {half}."
        )
    else:
        yield "No surrender."


def _deal(rules: Rules) -> Iterator[str]:
    hole = "one up and one down" if rules.peek else "one up, and the second after you have played"
    yield f"**Deal.** You get two cards face up. The dealer gets {hole}."
    yield (
        f"**Blackjack.** An ace and a ten-value card as dealt pays {rules.natural.value}. Against a"
        " dealer's blackjack your stake comes back. A 21 after a split is not a blackjack."
    )
    if rules.insurance:
        yield (
            "**Insurance.** If the dealer shows an ace you may insure for half your stake. It pays"
            " 2 to 1 if the dealer has blackjack, and is lost if not."
        )
    if rules.peek:
        yield (
            "**Peek.** With an ace or a ten-value card up, the dealer looks at the hole card before"
            " you play. A dealer's blackjack ends the round at once, so you never lose a double or"
            " a split to it."
        )
    else:
        yield (
            "**No hole card.** A dealer's blackjack takes everything you have put in, doubles and"
            " splits too."
        )


def _split(rules: Rules) -> Iterator[str]:
    if rules.maximum_hands < 2:
        yield "Pairs cannot be split."
        return
    again = "cannot be split again"
    if rules.resplit_aces and rules.maximum_hands > 2:
        again = "can be split again"
    aces = f"Split aces take one card each and {again}."
    if rules.hit_split_aces:
        aces = f"Split aces are played like other hands and {again}."
    yield (
        "**Split** two cards of the same value (a ten and a king count as the same) into two hands,"
        f" each with the full stake, up to {_NUMBERS[rules.maximum_hands]} hands. {aces}"
    )


_SIDE_BETS = (
    (
        "**Perfect pairs** bets that your first two cards are a pair: perfect if of one suit,"
        " coloured if of one colour, else mixed."
    ),
    (
        "**21+3** bets that your first two cards and the dealer's up-card make a hand of three card"
        " poker: a flush, a straight (ace low or high), three of a kind, a straight flush, or three"
        " of a kind in one suit."
    ),
    (
        "A **side bet** pays by the highest line that fits, whatever becomes of your hand, when the"
        " round ends. It can be placed without a stake on the hand; then the round ends with the"
        " deal."
    ),
)
