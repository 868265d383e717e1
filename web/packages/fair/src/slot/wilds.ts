import type { Machine } from './machine';
import { cellAt, cellsWith, type Window } from './window';

/** A window in which wilds have filled their reels. */
export interface Expanded {
  readonly window: Window;
  /** The cells of the reels that were filled. */
  readonly cells: readonly number[];
}

/** The wild that stays where it came. */
export function heldSymbol({ wilds }: Machine): string {
  return wilds[0]?.symbol ?? '';
}

/** The window with the wilds of earlier free games in their cells. */
export function withHeld(machine: Machine, window: Window, held: readonly number[]): Window {
  if (held.length === 0) return window;
  return window.map((column, reel) => {
    return column.map((symbol, row) => {
      return held.includes(cellAt(machine, reel, row)) ? heldSymbol(machine) : symbol;
    });
  });
}

/** On each reel the uppermost wild that expands fills it. */
export function expand(machine: Machine, window: Window, free: boolean): Expanded {
  const filling = new Set(
    machine.wilds.flatMap(({ symbol, expands, expandsFree }) => {
      return (free ? expandsFree : expands) ? [symbol] : [];
    }),
  );
  const cells: number[] = [];
  const filled = window.map((column, reel) => {
    const wild = column.find((symbol) => filling.has(symbol));
    if (wild === undefined || column.every((symbol) => symbol === wild)) return column;
    cells.push(...column.map((_, row) => cellAt(machine, reel, row)));
    return column.map(() => wild);
  });
  return { window: filled, cells };
}

/** The cells where wilds stay from now on, where the machine has them stay. */
export function heldAfter(machine: Machine, window: Window): number[] {
  return machine.freeGames?.sticky ? cellsWith(machine, window, heldSymbol(machine)) : [];
}
