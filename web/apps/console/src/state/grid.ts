import type { LiveRow } from './live';

/** Columns that the grid can be sorted by. */
export const COLUMNS = [
  'title',
  'game',
  'state',
  'phase',
  'players',
  'watchers',
  'held',
  'last_result',
  'node',
  'alerts',
] as const;
export type Column = (typeof COLUMNS)[number];

/** Which rows, in which order. */
export interface View {
  readonly search: string;
  readonly state: string;
  readonly game: string;
  readonly node: string;
  readonly alertsOnly: boolean;
  readonly column: Column;
  readonly descending: boolean;
}

export const FIRST_VIEW: View = {
  search: '',
  state: '',
  game: '',
  node: '',
  alertsOnly: false,
  column: 'title',
  descending: false,
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
/** What needs somebody stands above what does not. */
const STATES: Readonly<Record<string, number>> = { paused: 0, closing: 1, open: 2, closed: 3 };

/** Whether a row is one of those that are wanted. */
export function wanted(row: LiveRow, view: View): boolean {
  if (view.alertsOnly && row.alerts.length === 0) return false;
  if (view.state !== '' && row.state !== view.state) return false;
  if (view.game !== '' && row.game !== view.game) return false;
  if (view.node !== '' && row.node !== view.node) return false;
  const words = view.search.trim().toLowerCase();
  if (words === '') return true;
  const text = `${row.title}\n${row.id}\n${row.game}\n${row.node}\n${row.last_result}`;
  return text.toLowerCase().includes(words);
}

/** Compare two rows by a column, ascending. */
export function compare(one: LiveRow, other: LiveRow, column: Column): number {
  switch (column) {
    case 'players':
    case 'watchers':
      return one[column] - other[column];
    case 'held':
      // Amounts of two currencies cannot be compared, so they stand apart.
      return collator.compare(one.currency, other.currency) || one.held - other.held;
    case 'alerts':
      return one.alerts.length - other.alerts.length;
    case 'state':
      return (STATES[one.state] ?? 4) - (STATES[other.state] ?? 4);
    default:
      return collator.compare(one[column], other[column]);
  }
}

/** The ids of the wanted rows in their order. Equal rows stand by title and id. */
export function ordered(rows: Iterable<LiveRow>, view: View): string[] {
  const found = [...rows].filter((row) => wanted(row, view));
  const sign = view.descending ? -1 : 1;
  found.sort(
    (one, other) =>
      sign * compare(one, other, view.column) ||
      collator.compare(one.title, other.title) ||
      collator.compare(one.id, other.id),
  );
  return found.map((row) => row.id);
}

/** The order that was, without what is gone or no longer wanted, and what is new at the end. */
export function heldOrder(
  before: readonly string[],
  rows: ReadonlyMap<string, LiveRow>,
  view: View,
): string[] {
  const fresh = ordered(rows.values(), view);
  const still = new Set(fresh);
  const known = new Set(before);
  return [...before.filter((id) => still.has(id)), ...fresh.filter((id) => !known.has(id))];
}

/** The rows to draw, from the first to before the last, of so many in a window that is scrolled. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
  beyond: number,
): readonly [first: number, last: number] {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - beyond);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + beyond);
  return [Math.min(first, last), last];
}

/** Sums of an amount by currency, in the order of the currencies' codes. */
export function sums(
  rows: Iterable<LiveRow>,
): readonly { readonly code: string; readonly exponent: number; readonly amount: number }[] {
  const found = new Map<string, { code: string; exponent: number; amount: number }>();
  for (const { currency, exponent, held } of rows) {
    const sum = found.get(currency);
    if (sum === undefined) found.set(currency, { code: currency, exponent, amount: held });
    else sum.amount += held;
  }
  return [...found.values()].sort((one, other) => collator.compare(one.code, other.code));
}
