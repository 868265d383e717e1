import type { Event, Machine, Pay } from './machine';
import { cellAt, type Window } from './window';

/** A line, or a row of the pay table by ways, that pays. */
export interface Win {
  /** Line bets. */
  readonly amount: number;
  readonly positions: readonly number[];
  /** What is told of it beside that. */
  readonly told: Event;
}

/** The wins of a window, lines in their order or rows in that of the pay table. */
export function winsOf(machine: Machine, window: Window): Win[] {
  const multipliers = new Map(machine.wilds.map(({ symbol, multiplier }) => [symbol, multiplier]));
  const multiplierOf = (symbol: string) => multipliers.get(symbol) ?? 1;
  const { lines, pays } = machine;
  if (lines.length === 0) return pays.flatMap((pay) => waysOf(machine, pay, window, multiplierOf));
  return lines.flatMap((line, index) => lineOf(machine, line, index + 1, window, multiplierOf));
}

type MultiplierOf = (symbol: string) => number;

/** The best pay of a line: the highest, of equals the longest, then the upper row of the table. */
function lineOf(
  machine: Machine,
  line: readonly number[],
  number: number,
  window: Window,
  multiplierOf: MultiplierOf,
): Win[] {
  const symbols = line.map((row, reel) => window[reel]?.[row] ?? '');
  let best = { amount: 0, count: 0, symbol: '', multiplier: 1 };
  for (const { name: symbol, symbols: members, amounts } of machine.pays) {
    const end = symbols.findIndex((each) => !members.includes(each));
    const count = end < 0 ? symbols.length : end;
    const run = symbols.slice(0, count);
    const multiplier = run.reduce((product, each) => product * multiplierOf(each), 1);
    const amount = (amounts[count] ?? 0) * multiplier;
    const better = amount > best.amount || (amount === best.amount && count > best.count);
    if (amount > 0 && better) best = { amount, count, symbol, multiplier };
  }
  const { amount, count, symbol, multiplier } = best;
  if (amount === 0) return [];
  const positions = line.slice(0, count).map((row, reel) => cellAt(machine, reel, row));
  const told = { event: 'line_win', line: number, symbol, count };
  return [{ amount, positions, told: multiplier === 1 ? told : { ...told, multiplier } }];
}

/**
 * The longest run of a row from the leftmost reel, once for each choice of one cell on each reel; a
 * wild with a multiplier counts as so many cells.
 */
function waysOf(
  machine: Machine,
  { name: symbol, symbols, amounts }: Pay,
  window: Window,
  multiplierOf: MultiplierOf,
): Win[] {
  const positions: number[] = [];
  let ways = 1;
  let count = 0;
  for (const [reel, column] of window.entries()) {
    let cells = 0;
    for (const [row, each] of column.entries()) {
      if (!symbols.includes(each)) continue;
      cells += multiplierOf(each);
      positions.push(cellAt(machine, reel, row));
    }
    if (cells === 0) break;
    ways *= cells;
    count += 1;
  }
  const amount = (amounts[count] ?? 0) * ways;
  return amount > 0
    ? [{ amount, positions, told: { event: 'ways_win', symbol, count, ways } }]
    : [];
}
