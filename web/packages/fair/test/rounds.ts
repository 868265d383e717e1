// Rounds that the server's own rules played, as proofs: `tests/protocol/schema/fair_rounds.py`.

import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Proof } from '@croupier/protocol';
import { fromHex, hashed, toHex } from '../src/index';
import { knownRules } from '../src/rules';

interface Recorded {
  readonly game: string;
  readonly version: number;
  readonly n: number;
  readonly client_seed: string;
  readonly bets: Record<string, unknown>;
  readonly decisions: readonly (readonly [string, number])[];
  readonly draws: readonly (readonly [number, number])[];
  readonly outcome: Record<string, unknown>;
  readonly stake: number;
  readonly payout: number;
}

const FILE = process.env.ROUNDS ?? new URL('./rounds.jsonl', import.meta.url);

/** The rounds as proofs under the digests that the rules have today. */
export function recordedRounds(): Proof[] {
  const [chain, ...rounds] = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  const { chain: id, last_seed, length } = JSON.parse(chain ?? '{}');
  const last = fromHex(last_seed);
  const seeds = Array.from({ length: length + 1 }, (_, n) => toHex(hashed(last, length - n)));
  return rounds.map((line) => proofOf(id, seeds, JSON.parse(line)));
}

function proofOf(chain: string, seeds: readonly string[], round: Recorded): Proof {
  const { game, version, n, client_seed, bets, outcome, stake, payout } = round;
  return {
    format: 'croupier-proof/1',
    round: `${chain}-${n}`,
    chain,
    n,
    game,
    version,
    digest: knownRules(game, version)?.digest ?? '',
    seat: 0,
    commitment: seeds[0] ?? '',
    previous_seed: seeds[n - 1] ?? '',
    seed: seeds[n] ?? '',
    client_seeds: [client_seed],
    bets: [bets],
    decisions: round.decisions.map(([action, platform]) => {
      return { seat: 0, decision: { action }, platform: platform === 1 };
    }),
    draws: round.draws.map(([below, value]) => ({ below, value })),
    outcome,
    stake,
    payout,
    voided: false,
  };
}
