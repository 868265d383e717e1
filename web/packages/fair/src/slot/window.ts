import type { Draws } from '../draws';
import type { Machine, Reel } from './machine';

/** The symbols of each reel from top to bottom. */
export type Window = readonly (readonly string[])[];

/** The number of a place in the window: down the first reel, then down the second. */
export function cellAt({ reelRows }: Machine, reel: number, row: number): number {
  return reel * Math.max(...reelRows) + row;
}

/** All cells of the window, ascending. */
export function cellsOf(machine: Machine): number[] {
  return machine.reelRows.flatMap((rows, reel) => {
    return Array.from({ length: rows }, (_, row) => cellAt(machine, reel, row));
  });
}

/** The cells that show a symbol, ascending. */
export function cellsWith(machine: Machine, window: Window, symbol: string): number[] {
  return window.flatMap((column, reel) => {
    return column.flatMap((shown, row) => (shown === symbol ? [cellAt(machine, reel, row)] : []));
  });
}

/** Draw where each reel stops, from left to right. */
export function drawStops(reels: readonly Reel[], draws: Draws): number[] {
  return reels.map(({ strip, weights }) => {
    if (weights === null) return draws.below(strip.length);
    return stopOf(weights, draws.below(weights.reduce((sum, weight) => sum + weight, 0)));
  });
}

/** The stop on which a drawn value lands: a stop takes as many values as it weighs. */
function stopOf(weights: readonly number[], value: number): number {
  let left = value;
  for (const [stop, weight] of weights.entries()) {
    if (left < weight) return stop;
    left -= weight;
  }
  throw new RangeError('the value lies beyond the reel');
}

/** What is seen where the reels stop. */
export function windowAt(
  machine: Machine,
  reels: readonly Reel[],
  stops: readonly number[],
): Window {
  return reels.map(({ strip }, reel) => {
    return Array.from({ length: machine.reelRows[reel] ?? 0 }, (_, row) => {
      return strip[((stops[reel] ?? 0) + row) % strip.length] ?? '';
    });
  });
}
