import { describe, expect, it } from 'vitest';
import { FIRST_VIEW, heldOrder, ordered, sums, visibleRange } from '../src/state/grid';
import type { LiveRow } from '../src/state/live';

function row(id: string, changes: Partial<LiveRow> = {}): LiveRow {
  return {
    id,
    game: 'roulette',
    title: `Table ${id}`,
    currency: 'EUR',
    exponent: 2,
    state: 'open',
    phase: 'idle',
    phase_ms_left: null,
    round: null,
    seats: 0,
    players: 0,
    watchers: 0,
    held: 0,
    last_result: '',
    node: '1',
    alerts: [],
    until: null,
    ...changes,
  };
}

const rows = (...all: LiveRow[]) => new Map(all.map((one) => [one.id, one]));

describe('the grid', () => {
  it('sorts names as a person counts', () => {
    expect(ordered([row('10'), row('9'), row('2')], FIRST_VIEW)).toEqual(['2', '9', '10']);
  });

  it('sorts by a column, and rows that are equal there by their title', () => {
    const all = [row('c', { players: 2 }), row('b', { players: 7 }), row('a', { players: 2 })];
    const view = { ...FIRST_VIEW, column: 'players', descending: true } as const;
    expect(ordered(all, view)).toEqual(['b', 'a', 'c']);
  });

  it('keeps amounts of two currencies apart', () => {
    const all = [
      row('a', { held: 500 }),
      row('b', { held: 900, currency: 'JPY', exponent: 0 }),
      row('c', { held: 100 }),
    ];
    expect(ordered(all, { ...FIRST_VIEW, column: 'held' })).toEqual(['c', 'a', 'b']);
    expect(sums(all)).toEqual([
      { code: 'EUR', exponent: 2, amount: 600 },
      { code: 'JPY', exponent: 0, amount: 900 },
    ]);
  });

  it('filters by words, state, game, node and alerts', () => {
    const all = [
      row('a', { title: 'Red Room', node: '2' }),
      row('b', { state: 'paused' }),
      row('c', { alerts: ['stuck'] }),
      row('d', { game: 'baccarat' }),
    ];
    expect(ordered(all, { ...FIRST_VIEW, search: ' red ' })).toEqual(['a']);
    expect(ordered(all, { ...FIRST_VIEW, state: 'paused' })).toEqual(['b']);
    expect(ordered(all, { ...FIRST_VIEW, alertsOnly: true })).toEqual(['c']);
    expect(ordered(all, { ...FIRST_VIEW, game: 'baccarat' })).toEqual(['d']);
    expect(ordered(all, { ...FIRST_VIEW, node: '2' })).toEqual(['a']);
  });

  it('moves no row while somebody is among them', () => {
    const view = { ...FIRST_VIEW, column: 'players', descending: true } as const;
    const before = ['a', 'b', 'gone', 'c'];
    const now = rows(
      row('a', { players: 1 }),
      row('b', { players: 9 }),
      row('c', { players: 5 }),
      row('new', { players: 99 }),
    );
    expect(heldOrder(before, now, view)).toEqual(['a', 'b', 'c', 'new']);
  });

  it('draws what is in sight and a little more', () => {
    expect(visibleRange(0, 440, 44, 500, 6)).toEqual([0, 16]);
    expect(visibleRange(4_400, 440, 44, 500, 6)).toEqual([94, 116]);
    expect(visibleRange(99_999, 440, 44, 500, 6)).toEqual([500, 500]);
    expect(visibleRange(0, 440, 44, 3, 6)).toEqual([0, 3]);
  });
});
