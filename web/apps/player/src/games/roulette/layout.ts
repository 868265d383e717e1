import type { Choice } from '@croupier/protocol';

/** Where a bet lies on the felt, in cells: x over the three columns, y down the twelve rows. */
export interface Spot {
  readonly choice: Choice;
  readonly x: number;
  readonly y: number;
  /** Half width and half height of the area that is its own; 0 for a bet on a line. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  /** The whole numbers that it covers where it lies among the numbers; for the eye only. */
  readonly numbers: readonly number[];
}

/** Width of the outside bets left of the numbers, in cells. */
export const MARGIN = 1.7;
/** The whole felt, in cells: zero on top, the columns below. */
export const BOUNDS = { left: -MARGIN, top: -1, right: 3, bottom: 13 } as const;

/** Red numbers; only for colour, never to decide a bet. */
const RED: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36,
]);

/** The colour of a pocket. */
export function colourOf(number: number): 'red' | 'black' | 'green' {
  if (number === 0) return 'green';
  return RED.has(number) ? 'red' : 'black';
}

/** Lay out the bets that the server offers. Those that have no place here are returned apart. */
export function layOut(choices: readonly Choice[]): {
  readonly spots: readonly Spot[];
  readonly others: readonly Choice[];
} {
  const spots: Spot[] = [];
  const others: Choice[] = [];
  for (const choice of choices) {
    const spot = spotOf(choice);
    if (spot === undefined) others.push(choice);
    else spots.push(spot);
  }
  return { spots, others };
}

function spotOf(choice: Choice): Spot | undefined {
  return outsideSpot(choice) ?? insideSpot(choice);
}

const EVENS: readonly string[] = ['low', 'even', 'red', 'black', 'odd', 'high'];

function outsideSpot(choice: Choice): Spot | undefined {
  const [kind, place] = choice.bet.split('-');
  const index = Number(place ?? 0);
  const at = (x: number, y: number, halfWidth: number, halfHeight: number): Spot => {
    return { choice, x, y, halfWidth, halfHeight, numbers: [] };
  };
  const quarter = MARGIN / 4;
  if (kind === 'column' && index >= 1) return at(index - 0.5, 12.5, 0.5, 0.5);
  if (kind === 'dozen' && index >= 1) return at(-quarter, index * 4 - 2, quarter, 2);
  const even = EVENS.indexOf(choice.bet);
  return even < 0 ? undefined : at(-3 * quarter, even * 2 + 1, quarter, 1);
}

function insideSpot(choice: Choice): Spot | undefined {
  const kind = choice.bet.split('-')[0];
  const numbers = numbersOf(choice);
  const [first] = numbers;
  if (first === undefined || numbers.some((number) => number > 36)) return undefined;
  const at = (x: number, y: number, halfWidth = 0, halfHeight = 0): Spot => {
    return { choice, x, y, halfWidth, halfHeight, numbers };
  };
  if (kind === 'straight') {
    return first === 0 ? at(1.5, -0.5, 1.5, 0.5) : at(columnOf(first), rowOf(first), 0.5, 0.5);
  }
  if (kind === 'street') return at(0, rowOf(first));
  if (kind === 'line') return at(0, rowOf(first) + 0.5);
  if (choice.bet === 'first-four') return at(0, 0);
  if (first === 0) return at(mean(numbers.slice(1).map(columnOf)), 0);
  if (kind !== 'split' && kind !== 'corner') return undefined;
  return at(mean(numbers.map(columnOf)), mean(numbers.map(rowOf)));
}

/** The numbers in the name of a bet such as `corner-1-2-4-5`, or `line-1-6` for all between. */
function numbersOf({ bet }: Choice): readonly number[] {
  if (bet === 'first-four') return [0, 1, 2, 3];
  const named = bet.split('-').slice(1).map(Number);
  const [from, to] = named;
  if (bet.startsWith('line-') && from !== undefined && to !== undefined) {
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }
  return named.every(Number.isInteger) ? named : [];
}

function columnOf(number: number): number {
  return ((number - 1) % 3) + 0.5;
}

function rowOf(number: number): number {
  return Math.floor((number - 1) / 3) + 0.5;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How near to a line a finger must be to mean the bet on it, in cells, where nothing is aimed at. */
const LINE_REACH = 0.24;

/**
 * The bet that a touch means. Without an aim, lines count only close by; with an aim at one kind of
 * bet, the nearest of that kind, so that each of them is as large as a finger.
 */
export function spotAt(
  spots: readonly Spot[],
  x: number,
  y: number,
  aim: string | undefined,
): Spot | undefined {
  if (aim !== undefined) {
    const among = x >= -0.5 && y >= -0.5 && y <= 12.2;
    const aimed = spots.filter((spot) => spot.choice.group === aim);
    if (among && aimed.length > 0) return nearest(aimed, x, y);
  }
  const lines = spots.filter((spot) => spot.halfWidth === 0);
  const line = nearest(lines, x, y);
  if (line !== undefined && distance(line, x, y) < LINE_REACH) return line;
  return spots.find(
    (spot) => Math.abs(spot.x - x) <= spot.halfWidth && Math.abs(spot.y - y) <= spot.halfHeight,
  );
}

function nearest(spots: readonly Spot[], x: number, y: number): Spot | undefined {
  let best: Spot | undefined;
  for (const spot of spots) {
    if (best === undefined || distance(spot, x, y) < distance(best, x, y)) best = spot;
  }
  return best;
}

function distance(spot: Spot, x: number, y: number): number {
  return Math.hypot(spot.x - x, spot.y - y);
}

/** Where an arrow key leads from a bet: the nearest one that way, straight ahead before aside. */
export function neighbour(
  spots: readonly Spot[],
  from: Spot,
  dx: number,
  dy: number,
): Spot | undefined {
  let best: Spot | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const spot of spots) {
    const ahead = (spot.x - from.x) * dx + (spot.y - from.y) * dy;
    const aside = Math.abs((spot.x - from.x) * dy) + Math.abs((spot.y - from.y) * dx);
    if (ahead < 0.05) continue;
    const cost = ahead + aside * 3;
    if (cost < least) {
      least = cost;
      best = spot;
    }
  }
  return best;
}
