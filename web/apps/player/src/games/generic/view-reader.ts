import { readable } from './names';

/** A value of a view in a form to show. */
export type Shown =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'money'; readonly amount: number }
  /** Cards; null lies face down. */
  | { readonly kind: 'cards'; readonly cards: readonly (number | null)[] }
  /** Short values in a row. */
  | { readonly kind: 'row'; readonly items: readonly string[]; readonly more: number }
  /** Rows and columns of short values. */
  | { readonly kind: 'board'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | {
      readonly kind: 'list';
      readonly items: readonly { readonly title: string; readonly facts: readonly Fact[] }[];
      readonly more: number;
    };

/** A named value. */
export interface Fact {
  readonly name: string;
  readonly shown: Shown;
}

/** A view of whatever form, for reading. */
export interface ReadView {
  /** The server's own words. */
  readonly summary: string;
  readonly facts: readonly Fact[];
  /** Everything, as text. */
  readonly details: string;
}

/** Shown elsewhere: as buttons, as words, or among the amounts of the round. */
const ELSEWHERE = new Set(['options', 'summary', 'payout', 'stake']);
const MONEY =
  /(?:^|_)(?:payout|payouts|stake|stakes|amount|prize|price|cost|win|wager|odds|insurance|returned)$/;
const CARD = /(?:^|_)(?:card|upcard|up_card|hole_card)$/;
const CARDS = /(?:^|_)(?:cards?|hand|hole|board|community|dealer|banker|player|dealt|upcards?)$/;
/** Reels are told from left to right, each from top to bottom. */
const COLUMNS = /(?:^|_)(?:window|reels)$/;
/** The name of what an entry of a list is. */
const TITLES = ['event', 'kind', 'type', 'bet', 'name', 'label', 'hand', 'step'] as const;
const HIGHEST_CARD = 53;
const DEEPEST = 4;
const MOST = 60;

/** Read a view. Never throws: what has no form that is known is shown as text. */
export function readView(view: unknown): ReadView {
  const record = recordOf(view);
  const { summary } = record;
  const facts = factsOf(record, 0).filter(({ key }) => !ELSEWHERE.has(key));
  return {
    summary: typeof summary === 'string' ? summary : '',
    facts: withoutTwins(facts).map(({ name, shown }) => ({ name, shown })),
    details: JSON.stringify(view, undefined, 2) ?? '',
  };
}

/** The same cards need not lie there twice, such as those dealt and those in hand before a draw. */
function withoutTwins(facts: readonly Fact[]): readonly Fact[] {
  const told = new Set<string>();
  return facts.filter(({ shown }) => {
    if (shown.kind !== 'cards') return true;
    const cards = shown.cards.join();
    const known = told.has(cards);
    told.add(cards);
    return !known;
  });
}

/** The first cards of a view that are so many, to show what a decision on places is about. */
export function cardsOf(view: unknown, count: number): readonly number[] | undefined {
  for (const [key, value] of Object.entries(recordOf(view))) {
    if (CARDS.test(key) && isCards(value) && value.length === count) {
      return value.every((card) => card !== null) ? (value as number[]) : undefined;
    }
    const within = isRecord(value) ? cardsOf(value, count) : undefined;
    if (within !== undefined) return within;
  }
  return undefined;
}

function factsOf(record: Record<string, unknown>, depth: number) {
  return Object.entries(record).flatMap(([key, value]) => {
    const shown = shownOf(key, value, depth);
    return shown === undefined ? [] : [{ key, name: readable(key), shown }];
  });
}

/** How to show a value; undefined for one that says nothing. */
function shownOf(key: string, value: unknown, depth: number): Shown | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'boolean') return { kind: 'text', text: value ? '✓' : '✗' };
  if (typeof value === 'number') return numberOf(key, value);
  if (typeof value !== 'object') return { kind: 'text', text: String(value) };
  if (depth >= DEEPEST) return { kind: 'text', text: JSON.stringify(value) };
  if (Array.isArray(value)) return arrayOf(key, value, depth);
  const facts = factsOf(recordOf(value), depth + 1);
  return facts.length === 0 ? undefined : { kind: 'facts', facts };
}

function numberOf(key: string, value: number): Shown {
  if (MONEY.test(key) && Number.isSafeInteger(value)) return { kind: 'money', amount: value };
  if (CARD.test(key) && isCards([value])) return { kind: 'cards', cards: [value] };
  return { kind: 'text', text: String(value) };
}

function arrayOf(key: string, value: readonly unknown[], depth: number): Shown | undefined {
  if (value.length === 0) return undefined;
  if (CARDS.test(key) && isCards(value)) return { kind: 'cards', cards: value };
  const items = value.slice(0, MOST);
  const more = value.length - items.length;
  if (items.every((item) => !isObject(item))) {
    return { kind: 'row', items: items.map(wordOf), more };
  }
  if (isBoard(items)) {
    const rows = items.map((row: readonly unknown[]) => row.map(wordOf));
    return { kind: 'board', rows: COLUMNS.test(key) ? turned(rows) : rows };
  }
  return {
    kind: 'list',
    items: items.map((item, index) => entryOf(key, item, index, depth)),
    more,
  };
}

function entryOf(key: string, item: unknown, index: number, depth: number) {
  const title = `${index + 1}`;
  if (!isRecord(item)) {
    const shown = shownOf(key, item, depth + 1);
    return { title, facts: shown === undefined ? [] : [{ name: '', shown }] };
  }
  const name = TITLES.find((one) => typeof item[one] === 'string' && item[one] !== '');
  const { [name ?? '']: told, ...others } = item;
  const facts = factsOf(others, depth + 1).map(({ name: of, shown }) => ({ name: of, shown }));
  return { title: told === undefined ? title : readable(String(told)), facts };
}

function isBoard(items: readonly unknown[]): items is readonly (readonly unknown[])[] {
  const width = Array.isArray(items[0]) ? items[0].length : 0;
  if (width === 0 || width > 12) return false;
  return items.every((row) => {
    return Array.isArray(row) && row.length === width && row.every((cell) => !isObject(cell));
  });
}

function turned(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? ''));
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? '✓' : '✗';
  return String(value);
}

function isCards(value: unknown): value is readonly (number | null)[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((card) => {
      return card === null || (Number.isInteger(card) && card >= 0 && card <= HIGHEST_CARD);
    })
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
