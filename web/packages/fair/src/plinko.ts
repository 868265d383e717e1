import { betsOf, multiply, undecided } from './bets';
import type { Replay } from './replay';

/** The boards; generated. */
export interface Boards {
  /** The return that they are made for, as numerator and denominator. */
  readonly return: readonly number[];
  /** Rows of the highest board, a bit of the draw each. */
  readonly rows: number;
  /** The multipliers of every bet from the left slot to the right one, in hundredths. */
  readonly slots: Readonly<Record<string, readonly number[]>>;
  readonly minimumStake: number;
  readonly maximumBets: number;
}

/** One draw is the ball's way, the first row the highest bit; a 1 goes right. */
export function replayPlinko({ rows, slots, minimumStake, maximumBets }: Boards): Replay {
  const boards = new Map(Object.entries(slots));
  const rowsOf = (bet: string) => (boards.get(bet)?.length ?? 1) - 1;
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: maximumBets,
      lowest: minimumStake,
      unit: (bet) => (boards.has(bet) ? 1 : undefined),
    });
    const bits = draws
      .below(2 ** rows)
      .toString(2)
      .padStart(rows, '0');
    const rightsOf = (bet: string) => bits.slice(0, rowsOf(bet)).replaceAll('0', '').length;
    const { wins, stake, payout, paid } = multiply(bets, (bet) => {
      return boards.get(bet)?.[rightsOf(bet)] ?? 0;
    });
    const longest = Math.max(...bets.map(({ bet }) => rowsOf(bet)));
    const path = bits.slice(0, longest).replaceAll('0', 'L').replaceAll('1', 'R');
    const summary = wins.map(({ multiplier }) => `${multiplier}x`).join(', ');
    const slot = bets.map(({ bet }) => `${rightsOf(bet)} on ${bet}`).join(', ');
    const detail = `the ball went ${path}, into slot ${slot}`;
    return { outcome: { path, wins, payout, summary }, stake, payout, detail, paid };
  };
}
