"""The law of what a round comes to, where needed with its highest results as one class."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class PayoutLaw(NamedTuple):
    """Probabilities by net result, per unit of initial stake; with `beyond` they add up to 1."""

    points: tuple[tuple[Fraction, Fraction], ...]
    """(net result, probability), ascending in the result."""
    above: Fraction | None = None
    """Net results above this are one class; None where each has its own."""
    beyond: Fraction = Fraction(0)
    """The probability of that class."""

    @property
    def classes(self) -> str:
        """Say what the classes are."""
        count = len(self.points)
        if self.above is None:
            return f"{count:,} net results, which are all that there are"
        return (
            f"each of the {count:,} net results up to {float(self.above):,g} initial stakes, and"
            " all higher ones as one"
        )
