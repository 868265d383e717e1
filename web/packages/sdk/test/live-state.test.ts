// What events make of a live table, by the vectors that the Python client is held against too.

import { readFileSync } from 'node:fs';
import type { LiveState } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { after, BOARD_LENGTH, type LiveEvent } from '../src/live-state';
import { multiplierAt } from '../src/multiplier';

const read = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../tests/client/${name}`, import.meta.url), 'utf8'),
  ) as unknown;

interface Vectors {
  readonly start: LiveState;
  readonly steps: readonly { readonly event: LiveEvent; readonly changes: Partial<LiveState> }[];
}

const VECTORS = read('live-states.json') as Vectors;

describe('the state of a live table', () => {
  it('changes with each event as the vectors say, and in nothing else', () => {
    let state = VECTORS.start;
    let wanted = VECTORS.start;
    for (const { event, changes } of VECTORS.steps) {
      const before = state;
      state = after(before, event);
      wanted = { ...wanted, ...changes };
      expect(state, JSON.stringify(event)).toEqual(wanted);
      expect(state).not.toBe(before);
    }
  });

  it('is not changed by an event of tomorrow, but for its number', () => {
    const event = { ...VECTORS.steps[0]?.event, type: 'of_tomorrow' } as unknown as LiveEvent;

    expect(after(VECTORS.start, event)).toEqual({ ...VECTORS.start, seq: 8 });
  });

  it('keeps a bounded board, each round once', () => {
    const board = Array.from({ length: BOARD_LENGTH }, (_, index) => {
      return { round: `901-${BOARD_LENGTH - index}`, summary: 'red', voided: false };
    });
    const result = VECTORS.steps.find(({ event }) => event.type === 'round_result')?.event;
    const told = { ...result, round: '901-77' } as LiveEvent;
    const rounds = after(after({ ...VECTORS.start, board }, told), told).board.map(
      ({ round }) => round,
    );

    expect(rounds[0]).toBe('901-77');
    expect(new Set(rounds).size).toBe(BOARD_LENGTH);
    expect(rounds.length).toBe(BOARD_LENGTH);
  });
});

describe('the multiplier', () => {
  it('is that of the rules at every time', () => {
    const vectors = read('multipliers.json') as readonly (readonly [number, number])[];

    expect(vectors.map(([time]) => multiplierAt(time))).toEqual(vectors.map(([, value]) => value));
  });
});
