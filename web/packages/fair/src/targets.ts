import { amount, times, written } from './amounts';
import { betsOf, multiply, undecided } from './bets';
import type { Replay, Replayed } from './replay';

/** Crash or limbo: bets on targets, and one multiplier drawn; generated. */
export interface Targets {
  /** What the name of a bet starts with; its target follows. */
  readonly prefix: string;
  /** The return as numerator and denominator. */
  readonly return: readonly number[];
  /** Bound of the draw. */
  readonly range: number;
  /** The lowest and the highest multiplier, in hundredths. */
  readonly lowest: number;
  readonly maximum: number;
  readonly minimumStake: number;
  readonly maximumBets: number;
  /** How the multiplier of crash rises; null in limbo. */
  readonly curve: Curve | null;
}

interface Curve {
  /** Millionths at each whole second of a doubling. */
  readonly steps: readonly number[];
  /** Milliseconds of a doubling. */
  readonly doubling: number;
  /** Milliseconds at which the maximum has been reached. */
  readonly longest: number;
}

const TARGET = /^([1-9]\d{0,8})\.(\d\d)$/;

function targetOf(bet: string, { prefix, lowest, maximum }: Targets): number | undefined {
  const match = bet.startsWith(prefix) ? TARGET.exec(bet.slice(prefix.length)) : null;
  if (match === null) return undefined;
  const target = 100 * Number(match[1]) + Number(match[2]);
  return target > lowest && target <= maximum ? target : undefined;
}

/** The multiplier in hundredths that a drawn value makes. */
function multiplierOf(value: number, { range, lowest, maximum, ...rest }: Targets): number {
  const [numerator = 0, denominator = 1] = rest.return;
  const left = BigInt(denominator) * BigInt(range - value);
  const exact = (100n * BigInt(numerator) * BigInt(range)) / left;
  return Math.max(lowest, exact < BigInt(maximum) ? amount(exact) : maximum);
}

/** The multiplier of crash in hundredths at a time. */
function heightAt(milliseconds: number, { steps, doubling, longest }: Curve): number {
  if (milliseconds >= longest) return Number.POSITIVE_INFINITY;
  const rest = milliseconds % doubling;
  const second = Math.floor(rest / 1000);
  const [from = 0, to = 0] = steps.slice(second, second + 2);
  const height = from * 1000 + (to - from) * (rest % 1000);
  return times(height, 2 ** Math.floor(milliseconds / doubling), 10_000_000);
}

/** The first millisecond at which the multiplier of crash is that high. */
function durationOf(hundredths: number, curve: Curve): number {
  let early = 0;
  let late = curve.longest;
  while (early < late) {
    const middle = Math.floor((early + late) / 2);
    if (heightAt(middle, curve) >= hundredths) late = middle;
    else early = middle + 1;
  }
  return early;
}

/** One draw makes the multiplier; a target that is not above it wins. */
export function replayTargets(table: Targets): Replay {
  return (proof, draws): Replayed => {
    const bets = betsOf(undecided(proof), {
      most: table.maximumBets,
      lowest: table.minimumStake,
      unit: (bet) => (targetOf(bet, table) === undefined ? undefined : 1),
    });
    const hundredths = multiplierOf(draws.below(table.range), table);
    const { wins, stake, payout, paid } = multiply(bets, (bet) => {
      const target = targetOf(bet, table) ?? 0;
      return hundredths >= target ? target : 0;
    });
    const multiplier = written(hundredths);
    const money = { wins, payout };
    const { curve } = table;
    const detail = `the draw makes the multiplier ${multiplier}`;
    if (curve === null) {
      const summary = `${multiplier}x`;
      return { outcome: { multiplier, ...money, summary }, stake, payout, detail, paid };
    }
    const summary = `Crashed at ${multiplier}x`;
    const duration = durationOf(hundredths, curve);
    const outcome = { crash: multiplier, duration, ...money, summary };
    return { outcome, stake, payout, detail: `${detail}, where it crashed`, paid };
  };
}
