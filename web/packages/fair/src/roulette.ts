import { betsOf, settle, undecided } from './bets';
import type { Replay } from './replay';

/** A wheel and its layout; generated. */
export interface Wheel {
  readonly pockets: number;
  /** The number that stands for 00. */
  readonly doubleZero: number;
  readonly red: readonly number[];
  readonly maximumBets: number;
  /** The numbers that each bet covers. */
  readonly bets: Readonly<Record<string, readonly number[]>>;
  /** What one staked brings back, by how many numbers the bet covers. */
  readonly returns: Readonly<Record<string, number>>;
  /** Bets that get half their stake back on a zero, so that it is even. */
  readonly halves: readonly string[];
}

/** One draw below the pockets is the number. */
export function replayRoulette(wheel: Wheel): Replay {
  const covered = new Map(Object.entries(wheel.bets));
  const halves = new Set(wheel.halves);
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: wheel.maximumBets,
      unit: (bet) => (covered.has(bet) ? 1 + Number(halves.has(bet)) : undefined),
    });
    const number = draws.below(wheel.pockets);
    const { wins, stake, payout, paid } = settle(
      bets,
      (bet) => {
        const numbers = covered.get(bet) ?? [];
        if (numbers.includes(number)) return 2 * (wheel.returns[numbers.length] ?? 0);
        return number === 0 && halves.has(bet) ? 1 : 0;
      },
      2,
    );
    const zero = number === 0 || number === wheel.doubleZero;
    const colour = zero ? 'green' : wheel.red.includes(number) ? 'red' : 'black';
    const summary = `${number === wheel.doubleZero ? '00' : number} ${colour}`;
    const detail = `the one draw is ${summary}`;
    return { outcome: { number, colour, wins, payout, summary }, stake, payout, detail, paid };
  };
}
