"""Figures of the games with a finite shoe, computed by `games.analysis.blackjack.figures_of`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import msgspec

SCALE: Final = 10**18
"""Probabilities are counted in parts of this."""
_UNIT: Final = 10


class Figures(msgspec.Struct, frozen=True):
    """What is known of the main bet under basic strategy, insurance declined."""

    edge: Fraction
    """House edge per initial stake, exact."""
    hit_frequency: int
    """Chance that anything comes back, times `SCALE`."""
    law: tuple[tuple[int, int], ...]
    """(net result in tenths of the initial stake, its chance times `SCALE`), ascending."""
    highest_award: int
    """The highest payout, in tenths of the initial stake."""
    highest_award_probability: int
    """Times `SCALE`."""

    def exact_law(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return (net result per initial stake, chance) with the exact mean.

        The chances of a push and of an even win take up what rounding has left, some 10^-17, so
        that all add up to 1 and to the exact mean.
        """
        law = {won: Fraction(scaled, SCALE) for won, scaled in self.law}
        mean = sum((won * chance for won, chance in law.items()), Fraction(0)) / _UNIT
        law[_UNIT] += -self.edge - mean
        law[0] += 1 - sum(law.values())
        return tuple((Fraction(won, _UNIT), chance) for won, chance in sorted(law.items()))


FIGURES: Final[Mapping[str, Figures]] = {
    "blackjack": Figures(
        edge=Fraction(
            2075045073970572183779121822111224974726,
            511192529285291170406123273341139095183125,
        ),
        hit_frequency=523_800_772_017_395_174,
        law=(
            (-80, 196_159_304_843),
            (-70, 2_399_845_673_364),
            (-60, 18_002_169_759_972),
            (-50, 89_434_814_013_270),
            (-40, 476_697_291_221_344),
            (-30, 2_007_615_025_804_611),
            (-20, 41_963_442_869_291_376),
            (-10, 434_143_516_296_332_798),
            (0, 87_756_000_280_623_422),
            (10, 326_337_652_292_735_143),
            (15, 45_322_987_716_064_211),
            (20, 58_609_457_727_298_957),
            (30, 2_358_576_440_748_133),
            (40, 724_749_954_539_369),
            (50, 144_561_601_721_218),
            (60, 37_858_091_928_153),
            (70, 6_179_022_519_732),
            (80, 672_400_420_086),
        ),
        highest_award=160,
        highest_award_probability=672_400_420_086,
    ),
    "blackjack-h17": Figures(
        edge=Fraction(
            42253163126190537818644753586611568259229,
            7974603456850542258335523064121769884856750,
        ),
        hit_frequency=559_911_827_978_034_940,
        law=(
            (-80, 206_753_852_252),
            (-70, 2_534_358_952_019),
            (-60, 18_896_993_208_135),
            (-50, 92_770_788_683_039),
            (-40, 488_730_949_101_795),
            (-30, 2_033_377_731_243_426),
            (-20, 43_687_591_009_371_067),
            (-10, 396_202_488_175_534_482),
            (-5, 52_053_082_045_740_826),
            (0, 83_730_397_079_630_262),
            (10, 312_287_285_923_208_662),
            (15, 45_322_987_716_064_211),
            (20, 60_743_759_737_288_903),
            (30, 2_396_255_353_167_930),
            (40, 743_388_470_312_916),
            (50, 149_550_675_796_001),
            (60, 39_503_814_171_885),
            (70, 6_489_650_562_414),
            (80, 702_774_109_779),
        ),
        highest_award=160,
        highest_award_probability=702_774_109_779,
    ),
    "blackjack-surrender": Figures(
        edge=Fraction(
            82800003264483672132834364953924936096851583313,
            23223096779137014173037683050061666913138787090125,
        ),
        hit_frequency=556_384_609_026_167_212,
        law=(
            (-80, 208_374_031_485),
            (-70, 2_553_889_142_935),
            (-60, 18_998_939_127_405),
            (-50, 93_471_837_086_797),
            (-40, 489_199_126_990_146),
            (-30, 2_035_999_195_453_136),
            (-20, 42_072_202_546_784_131),
            (-10, 401_441_103_731_189_855),
            (-5, 44_736_272_311_273_866),
            (0, 85_127_506_772_809_824),
            (10, 316_778_595_372_914_557),
            (15, 45_266_132_052_185_626),
            (20, 58_622_254_359_722_936),
            (30, 2_381_652_522_919_966),
            (40, 737_289_184_591_624),
            (50, 149_783_239_950_865),
            (60, 39_555_194_151_868),
            (70, 6_514_633_656_269),
            (80, 706_716_016_710),
        ),
        highest_award=160,
        highest_award_probability=706_716_016_710,
    ),
    "blackjack-european": Figures(
        edge=Fraction(
            142349314502203673698642624643465055078422,
            21413287060061641249234274894401048764893125,
        ),
        hit_frequency=523_564_182_204_190_618,
        law=(
            (-40, 129_146_256_136_878),
            (-30, 1_432_183_071_783_589),
            (-20, 29_491_384_342_077_467),
            (-10, 447_366_106_340_429_934),
            (0, 88_127_742_955_968_250),
            (10, 342_229_077_695_569_539),
            (15, 45_322_987_716_064_211),
            (20, 43_681_636_455_779_383),
            (30, 1_941_473_206_978_172),
            (40, 278_261_959_212_571),
        ),
        highest_award=80,
        highest_award_probability=278_261_959_212_571,
    ),
    "blackjack-single-deck": Figures(
        edge=Fraction(
            93123671233506673603,
            5881807213981904205000,
        ),
        hit_frequency=521_440_072_125_216_419,
        law=(
            (-40, 12_939_569_861_677),
            (-30, 288_074_391_202_558),
            (-20, 46_074_424_412_499_675),
            (-10, 433_822_152_492_481_069),
            (0, 85_093_632_133_229_565),
            (10, 321_547_922_109_679_838),
            (12, 46_492_443_131_098_593),
            (20, 66_307_325_940_712_273),
            (30, 343_359_202_256_061),
            (40, 17_726_616_978_685),
        ),
        highest_award=80,
        highest_award_probability=17_726_616_978_685,
    ),
}
"""By the name of the game. Those of `blackjack-side-bets` are those of `blackjack`."""
