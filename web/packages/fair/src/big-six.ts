import { betsOf, settle, undecided } from './bets';
import type { Replay } from './replay';

/** The money wheel; generated. */
export interface SymbolWheel {
  /** The symbol of each stop. */
  readonly strip: readonly string[];
  /** What one staked on a symbol brings back. */
  readonly returns: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly maximumBets: number;
}

/** One draw below the stops is the stop. */
export function replayBigSix(wheel: SymbolWheel): Replay {
  const returns = new Map(Object.entries(wheel.returns));
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: wheel.maximumBets,
      unit: (bet) => (returns.has(bet) ? 1 : undefined),
    });
    const stop = draws.below(wheel.strip.length);
    const symbol = wheel.strip[stop] ?? '';
    const { wins, stake, payout, paid } = settle(bets, (bet) => {
      return bet === symbol ? (returns.get(bet) ?? 0) : 0;
    });
    const summary = wheel.labels[symbol] ?? '';
    const detail = `the wheel stopped at ${stop}, which shows ${summary}`;
    return { outcome: { stop, symbol, wins, payout, summary }, stake, payout, detail, paid };
  };
}
