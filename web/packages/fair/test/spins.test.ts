// Thousands of rounds of slot machines: the hashes of their outcomes are those of the server's rules.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Proof } from '@croupier/protocol';
import { expect, it } from 'vitest';
import { replayOf } from '../src/games';
import { DrawStream, fromHex } from '../src/index';
import { knownRules } from '../src/rules';
import type { Machine } from '../src/slot/machine';

interface Spins {
  readonly name: string;
  readonly version: number;
  /** Null for a machine that ships. */
  readonly machine: Machine | null;
  readonly seed: string;
  readonly rounds: number;
  /** What was decided, by round. */
  readonly decisions: Readonly<Record<string, readonly string[]>>;
  readonly sha256: string;
}

const FILE = process.env.SPINS ?? new URL('./spins.jsonl', import.meta.url);
const LINES = readFileSync(FILE, 'utf8').trimEnd().split('\n');
const MACHINES = LINES.map((line): [string, Spins] => {
  const spins: Spins = JSON.parse(line);
  return [`${spins.name} version ${spins.version}`, spins];
});

/** A value of JSON with its keys in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]));
}

it.each(MACHINES)('rounds of %s come out as the server deals them', (_, spins) => {
  const { name, version, seed, rounds, decisions } = spins;
  const shipped = knownRules(name, version);
  const rules = spins.machine === null ? shipped : { digest: '', machine: spins.machine };
  const replay = rules === undefined ? undefined : replayOf(rules);
  const stakes = rules?.machine?.stakes ?? [];
  const hash = createHash('sha256');
  for (let round = 0; round < rounds; round += 1) {
    const stream = new DrawStream(fromHex(seed), [Uint8Array.of(round >> 8, round & 255)]);
    const taken = (decisions[round] ?? []).map((action) => {
      return { seat: 0, decision: { action }, platform: false };
    });
    const bets = [{ stake: stakes[round % stakes.length] }];
    const proof = { bets, decisions: taken } as unknown as Proof;
    const draws = { below: (bound: number) => Number(stream.below(BigInt(bound))) };
    const { outcome, payout, stake } = replay?.(proof, draws) ?? {};
    hash.update(`${JSON.stringify(ordered({ outcome, payout, stake }))}\n`);
  }
  expect(hash.digest('hex')).toBe(spins.sha256);
});
