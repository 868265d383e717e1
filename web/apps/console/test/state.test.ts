import { describe, expect, it } from 'vitest';
import { EVENTS_SHOWN, heard, type LiveState } from '../src/state/live';
import { timeLeft } from '../src/state/session';
import { sentence } from '../src/text/refusals';
import { t, tWord } from '../src/text/t';
import { spanText } from '../src/text/times';
import type { TableEvent, TableRow } from '../src/types';

const ROW: TableRow = {
  id: 't1',
  game: 'roulette',
  title: 'Table 1',
  currency: 'EUR',
  exponent: 2,
  state: 'open',
  phase: 'betting',
  phase_ms_left: 5_000,
  round: '7-1',
  seats: 7,
  players: 1,
  watchers: 0,
  held: 100,
  last_result: '',
  node: '1',
  alerts: [],
};
const EMPTY: LiveState = {
  status: 'online',
  known: false,
  tables: new Map(),
  private: [],
  nodes: [],
  followed: undefined,
};
const event = (text: string): TableEvent => ({
  kind: 'bet',
  text,
  at_ms: 0,
  seat: null,
  amount: null,
  round: null,
});

describe('the stream', () => {
  it('takes a snapshot whole and changes row by row', () => {
    const first = heard(EMPTY, { type: 'snapshot', tables: [ROW], private: [] }, 1_000);
    expect(first.tables?.get('t1')?.until).toBe(6_000);
    const state = { ...EMPTY, ...first };
    const next = heard(
      state,
      { type: 'changes', tables: [{ ...ROW, id: 't2', phase_ms_left: null }], gone: ['t1'] },
      2_000,
    );
    expect([...(next.tables?.keys() ?? [])]).toEqual(['t2']);
    expect(next.tables?.get('t2')?.until).toBeNull();
    expect(next.private).toBe(state.private);
  });

  it('keeps the nodes until others are told, and has none of a program that tells none', () => {
    const nodes = [{ node: '1', program: '0.1.0 (schema 12)', state: 'ready' }];
    const first = heard(EMPTY, { type: 'snapshot', tables: [], private: [], nodes }, 0);
    const state = { ...EMPTY, ...first };
    expect(heard(state, { type: 'changes', tables: [], gone: [] }, 0).nodes).toBe(nodes);
    expect(heard(state, { type: 'changes', tables: [], gone: [], nodes: [] }, 0).nodes).toEqual([]);
    expect(heard(state, { type: 'snapshot', tables: [], private: [] }, 0).nodes).toEqual([]);
  });

  it('leaves the rows as they are when only totals have changed', () => {
    const told = heard(EMPTY, { type: 'changes', tables: [], gone: [], private: [] }, 0);
    expect(told).not.toHaveProperty('tables');
  });

  it('passes over what is told of a table that was left', () => {
    expect(heard(EMPTY, { type: 'detail', id: 't1', table: null }, 0)).toEqual({});
    const state = { ...EMPTY, followed: { id: 't2', table: undefined, events: [], missed: 0 } };
    const told = { type: 'events', id: 't1', events: [event('x')], missed: 0 } as const;
    expect(heard(state, told, 0)).toEqual({});
  });

  it('keeps the newest events above, numbered and bounded, and counts what was missed', () => {
    let state: LiveState = {
      ...EMPTY,
      followed: { id: 't1', table: undefined, events: [], missed: 0 },
    };
    for (let batch = 0; batch < 30; batch += 1) {
      const events = Array.from({ length: 10 }, (_, index) => event(`${batch}.${index}`));
      state = { ...state, ...heard(state, { type: 'events', id: 't1', events, missed: 1 }, 0) };
    }
    expect(state.followed?.events).toHaveLength(EVENTS_SHOWN);
    expect(state.followed?.events[0]).toMatchObject({ text: '29.9', number: 300 });
    expect(state.followed?.events.at(-1)?.number).toBe(101);
    expect(state.followed?.missed).toBe(30);
  });
});

describe('the sign-in', () => {
  it('ends when it is not used, by the strict side, and at its time in any case', () => {
    const session = {
      operator: '1',
      name: 'mara',
      role: 'floor',
      permissions: [],
      signed_in_ms: 0,
      ends_ms: 100_000_000,
      idle_ms: 1_800_000,
      recovery_codes: 10,
      previous_ms: null,
      previous_address: null,
    };
    expect(timeLeft(session, 1_000_000, 1_500_000)).toEqual({
      idleMs: 1_285_000,
      absoluteMs: 98_500_000,
    });
  });
});

describe('texts', () => {
  it('say every refusal in a sentence, those that are not known with their code', () => {
    expect(sentence({ code: 'locked', message: '', field: '', reason: '', waitS: 90 })).toContain(
      '1:30',
    );
    const told = sentence({
      code: 'new_code',
      message: 'Because.',
      field: '',
      reason: '',
      waitS: 0,
    });
    expect(told).toBe('Refused (new_code). Because.');
  });

  it('show words of the server that are not known as they are', () => {
    expect(tWord('state', 'paused')).toBe('Paused');
    expect(tWord('state', 'dreaming')).toBe('dreaming');
    expect(t('tables.shown', { shown: 3, all: 5 })).toBe('3 of 5 tables');
  });

  it('tell spans of time', () => {
    expect(spanText(271_000)).toBe('4:31');
    expect(spanText(3_729_000)).toBe('1:02:09');
    expect(spanText(-5)).toBe('0:00');
  });
});
