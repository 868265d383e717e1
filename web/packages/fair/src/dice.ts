import { amount, written } from './amounts';
import { betsOf, multiply, undecided } from './bets';
import type { Replay } from './replay';

/** Over or under a number; generated. */
export interface DiceRules {
  /** The return as numerator and denominator. */
  readonly return: readonly number[];
  readonly numbers: number;
  /** Multipliers are in parts of one in so many. */
  readonly scale: number;
  /** The lowest multiplier that a bet may have, in those parts. */
  readonly lowest: number;
  readonly minimumStake: number;
  readonly maximumBets: number;
}

interface Range {
  readonly first: number;
  readonly last: number;
  /** What it pays, in parts of the scale. */
  readonly multiplier: number;
}

const BET = /^(over|under)-(0|[1-9]\d?)\.(\d\d)$/;

/** The numbers that a bet wins on, or undefined where it is no bet. */
function rangeOf(bet: string, { numbers, scale, lowest, ...rest }: DiceRules): Range | undefined {
  const match = BET.exec(bet);
  if (match === null) return undefined;
  const number = 100 * Number(match[2]) + Number(match[3]);
  const [first, last] = match[1] === 'over' ? [number + 1, numbers - 1] : [0, number - 1];
  const count = last - first + 1;
  if (count <= 0) return undefined;
  const [numerator = 0n, denominator = 1n] = rest.return.map(BigInt);
  const parts = numerator * BigInt(numbers) * BigInt(scale);
  const multiplier = amount(parts / (denominator * BigInt(count)));
  return multiplier >= lowest ? { first, last, multiplier } : undefined;
}

/** One draw is the number, in hundredths. */
export function replayDice(rules: DiceRules): Replay {
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: rules.maximumBets,
      lowest: rules.minimumStake,
      unit: (bet) => (rangeOf(bet, rules) === undefined ? undefined : 1),
    });
    const rolled = draws.below(rules.numbers);
    const { wins, stake, payout, paid } = multiply(
      bets,
      (bet) => {
        const { first, last, multiplier } = rangeOf(bet, rules) ?? {
          first: 1,
          last: 0,
          multiplier: 0,
        };
        return first <= rolled && rolled <= last ? multiplier : 0;
      },
      rules.scale,
    );
    const number = written(rolled);
    const summary = `Rolled ${number}`;
    const detail = `the draw in hundredths is the number ${number}`;
    return { outcome: { number, wins, payout, summary }, stake, payout, detail, paid };
  };
}
