// At the edges of what the rules allow, the verifier says what the server's own rules say.

import { readFileSync } from 'node:fs';
import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { times } from '../src/amounts';
import { same } from '../src/bytes';
import { replayOf } from '../src/games';
import { InputsError } from '../src/replay';
import { knownRules } from '../src/rules';

interface Edge {
  readonly game: string;
  readonly version: number;
  readonly bets: Record<string, unknown>;
  readonly decisions: readonly string[];
  /** The values of the draws; the last one is drawn again and again. */
  readonly values: readonly number[];
  /** Null where the rules refuse something or the round is not over. */
  readonly end: { outcome: Record<string, unknown>; stake: number; payout: number } | null;
}

const LINES = readFileSync(new URL('./edges.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const EDGES = LINES.map((line): [string, Edge] => [line.slice(0, 200), JSON.parse(line)]);

function endOf({ game, version, bets, decisions, values }: Edge) {
  const rules = knownRules(game, version);
  const replay = rules === undefined ? undefined : replayOf(rules);
  if (replay === undefined) throw new Error(`${game} is not known`);
  const taken = decisions.map((action) => ({ seat: 0, decision: { action }, platform: false }));
  let next = 0;
  const below = () => {
    next += 1;
    return values[next - 1] ?? values.at(-1) ?? 0;
  };
  try {
    return replay({ bets: [bets], decisions: taken } as unknown as Proof, { below });
  } catch (error) {
    if (error instanceof InputsError) return null;
    throw error;
  }
}

describe('at the edge', () => {
  it.each(EDGES)('%s', (_, edge) => {
    const found = endOf(edge);
    expect(found === null).toBe(edge.end === null);
    if (found === null || edge.end === null) return;
    expect(found.stake).toBe(edge.end.stake);
    expect(found.payout).toBe(edge.end.payout);
    const { summary, ...rest } = edge.end.outcome;
    const stated = 'summary' in found.outcome ? { ...rest, summary } : rest;
    expect(same(stated, found.outcome)).toBe(true);
  });
});

it('an amount that a double does not hold is refused, never rounded', () => {
  expect(times(2 ** 52, 3, 2)).toBe(2 ** 51 * 3);
  expect(() => times(2 ** 52, 2)).toThrow(InputsError);
});
