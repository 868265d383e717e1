import type { Cascades, Machine, Reel } from './machine';
import { cellAt, type Window } from './window';
import { type Win, winsOf } from './wins';

/** A window and what it pays: the one that stopped, or one after a cascade. */
export interface Fall {
  readonly window: Window;
  readonly wins: readonly Win[];
  /** Of the wins; not contained in them. */
  readonly multiplier: number;
  /** The cells whose symbols went before it came, ascending. */
  readonly removed: readonly number[];
}

const multiplierAt = ({ multipliers }: Cascades, number: number): number =>
  multipliers[Math.min(number, multipliers.length - 1)] ?? 1;

/** The window that stopped and all that follow it, until one pays nothing or is the last. */
export function fallsOf(
  machine: Machine,
  rules: Cascades,
  reels: readonly Reel[],
  stops: readonly number[],
  stopped: Window,
): Fall[] {
  const tops = [...stops];
  let window = stopped;
  let wins = winsOf(machine, window);
  const falls: Fall[] = [{ window, wins, multiplier: multiplierAt(rules, 0), removed: [] }];
  while (wins.length > 0 && falls.length <= rules.most) {
    const gone = new Set(wins.flatMap(({ positions }) => positions));
    window = window.map((column, reel) => {
      const kept = column.filter((_, row) => !gone.has(cellAt(machine, reel, row)));
      const strip = reels[reel]?.strip ?? [];
      while (kept.length < column.length) {
        const top = ((tops[reel] ?? 0) + strip.length - 1) % strip.length;
        tops[reel] = top;
        kept.unshift(strip[top] ?? '');
      }
      return kept;
    });
    wins = winsOf(machine, window);
    const removed = [...gone].toSorted((one, other) => one - other);
    falls.push({ window, wins, multiplier: multiplierAt(rules, falls.length), removed });
  }
  return falls;
}
