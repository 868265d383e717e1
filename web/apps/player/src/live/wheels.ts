import type { Description } from '@croupier/protocol';
import { colourOf } from '../games/roulette/layout';

/** One pocket or stop of a wheel, as it is drawn. */
export interface Pocket {
  readonly label: string;
  readonly look: string;
}

/** A wheel as it is drawn; it decides nothing. */
export interface WheelPlan {
  /** Clockwise around the wheel. */
  readonly pockets: readonly Pocket[];
  /** Which of them a round came to, by the view that the server tells of it. */
  readonly stopOf: (view: unknown) => number | undefined;
}

/** The order of the numbers on a wheel with one zero: European and French. */
const ONE_ZERO: readonly number[] = [
  0, 32, 15, 19, 4, 21, 2, 25, 17, 34, 6, 27, 13, 36, 11, 30, 8, 23, 10, 5, 24, 16, 33, 1, 20, 14,
  31, 9, 22, 18, 29, 7, 28, 12, 35, 3, 26,
];
/** As the views name the double zero. */
const DOUBLE_ZERO = 37;
/** The order on an American wheel, which has one. */
const TWO_ZEROS: readonly number[] = [
  0, 28, 9, 26, 30, 11, 7, 20, 32, 17, 5, 22, 34, 15, 3, 24, 36, 13, 1, 37, 27, 10, 25, 29, 12, 8,
  19, 31, 18, 6, 21, 33, 16, 4, 23, 35, 14, 2,
];

const SYMBOLS: Readonly<Record<string, string>> = {
  one: '1',
  two: '2',
  five: '5',
  ten: '10',
  twenty: '20',
  joker: '★',
  logo: '◆',
};
/** The symbols around a big six wheel, as the game's rules have them. */
const BIG_SIX =
  'one two ten one five two one twenty one two one five one two one two one ten five one two one ' +
  'joker two one five one two one ten one two one two one five twenty one two one two one five ' +
  'one ten two one logo one two one five one two';

/** The wheel that a game is played on, by the bets that it offers; undefined without one. */
export function wheelOf({ choices }: Description): WheelPlan | undefined {
  const bets = new Set(choices.map(({ bet }) => bet));
  const numbers = [...bets].filter((bet) => /^straight-\d+$/.test(bet)).length;
  if (numbers === 37) return roulette(ONE_ZERO);
  if (numbers === 38 && bets.has('straight-00')) return roulette(TWO_ZEROS);
  const named = Object.keys(SYMBOLS);
  if (bets.size === named.length && named.every((bet) => bets.has(bet))) return bigSix();
  return undefined;
}

function roulette(order: readonly number[]): WheelPlan {
  return {
    pockets: order.map((number) => ({
      label: number === DOUBLE_ZERO ? '00' : `${number}`,
      look: number === DOUBLE_ZERO ? 'green' : colourOf(number),
    })),
    stopOf: (view) => known(order.indexOf(field(view, 'number'))),
  };
}

function bigSix(): WheelPlan {
  const strip = BIG_SIX.split(' ');
  return {
    pockets: strip.map((symbol) => ({ label: SYMBOLS[symbol] ?? symbol, look: symbol })),
    stopOf: (view) => {
      const stop = field(view, 'stop');
      return known(stop < strip.length ? stop : -1);
    },
  };
}

function field(view: unknown, name: string): number {
  const value = (view as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return Number.isInteger(value) ? (value as number) : -1;
}

function known(place: number): number | undefined {
  return place >= 0 ? place : undefined;
}

/** Degrees a second while the outcome is not known. */
export const SPEED = 480;
/** How long a wheel takes to come to rest once it is. */
export const LANDING_MS = 1_500;

/**
 * The angle at which a wheel rests that turns by `from` now: the pocket is on top, after about as
 * many turns as the wheel makes by itself while it loses its speed evenly.
 */
export function restAt(from: number, stop: number, pockets: number): number {
  const wanted = from + (SPEED * LANDING_MS) / 2_000;
  const rest = (-stop * 360) / pockets;
  return rest + Math.round((wanted - rest) / 360) * 360;
}
