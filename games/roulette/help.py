"""The rules of each wheel for players."""

from __future__ import annotations

from typing import Final

from games.chips import MAXIMUM_BETS
from games.roulette.layout import Wheel

_EUROPEAN: Final = f"""# European roulette

The wheel has the numbers 0 to 36; each comes up with a chance of 1 in 37, whatever came before.
Place one or more bets, at most {MAXIMUM_BETS} in a round and each of them once, and spin.

A bet covers one or more numbers. If one of them comes up it pays as the table says, and its stake
comes back as well; if not, its stake is lost. Zero loses red, black, odd, even, low and high whole.

- **Straight** one number; **split** two neighbours; **street** a row of three
- **Trio** 0-1-2 or 0-2-3; **first four** 0-1-2-3
- **Corner** four numbers that meet; **line** two neighbouring rows
- **Column** and **dozen** twelve numbers
- **Low** 1 to 18, **high** 19 to 36

Every bet returns 36/37 of its stake in the long run, 97.3 %.
"""

_FRENCH: Final = f"""# French roulette

The wheel has the numbers 0 to 36; each comes up with a chance of 1 in 37, whatever came before.
Place one or more bets, at most {MAXIMUM_BETS} in a round and each of them once, and spin.

A bet covers one or more numbers. If one of them comes up it pays as the table says, and its stake
comes back as well; if not, its stake is lost.

**La partage**: on zero half of the stake on red, black, odd, even, low and high comes back. So the
stake on each of these is an even number of minor units (cents).

- **Straight** one number; **split** two neighbours; **street** a row of three
- **Trio** 0-1-2 or 0-2-3; **first four** 0-1-2-3
- **Corner** four numbers that meet; **line** two neighbouring rows
- **Column** and **dozen** twelve numbers
- **Low** 1 to 18, **high** 19 to 36

Red, black, odd, even, low and high return 73/74 of their stake in the long run, 98.6 %; every other
bet returns 36/37, 97.3 %.
"""

_AMERICAN: Final = f"""# American roulette

The wheel has the numbers 0, 00 and 1 to 36; each comes up with a chance of 1 in 38, whatever came
before. Place one or more bets, at most {MAXIMUM_BETS} in a round and each of them once, and spin.

A bet covers one or more numbers. If one of them comes up it pays as the table says, and its stake
comes back as well; if not, its stake is lost. 0 and 00 lose red, black, odd, even, low and high
whole.

- **Straight** one number; **split** two neighbours; **street** a row of three
- **Trio** 0-1-2, 0-00-2 or 00-2-3; **top line** 0-00-1-2-3
- **Corner** four numbers that meet; **line** two neighbouring rows
- **Column** and **dozen** twelve numbers
- **Low** 1 to 18, **high** 19 to 36

The top line returns 35/38 of its stake in the long run, 92.1 %; every other bet returns 18/19,
94.7 %.
"""

HELP: Final = {
    Wheel.EUROPEAN: _EUROPEAN,
    Wheel.FRENCH: _FRENCH,
    Wheel.AMERICAN: _AMERICAN,
}
