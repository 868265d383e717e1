// The rules for a return that an operator chose are made here as the server makes them.

import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { verifyProof } from '../src/index';
import { knownRules } from '../src/rules';
import returns from './returns.json';
import { recordedRounds } from './rounds';

const VERSIONS = returns.map(({ game, version, ...rules }): [string, number, object] => {
  return [game, version, rules];
});

it.each(VERSIONS)('%s version %i has its digest and its tables', (game, version, rules) => {
  expect(knownRules(game, version)).toEqual(rules);
});

it.each([
  ['crash', 108_999], // below 90 %
  ['crash', 110_001], // above 100 %
  ['crash', 109_900], // what version 1 is made for
  ['crash', 209_700], // of rules that are not known
  ['crash', 9_700],
  ['roulette', 109_700],
  ['slot', 109_700],
  ['blackjack', 109_700],
])('there is no %s version %i', (game, version) => {
  expect(knownRules(game, version)).toBeUndefined();
});

describe('a round for another return', () => {
  const proofs = recordedRounds().filter(({ version }) => version > 1_000);
  const of = (game: string) => proofs.find((proof) => proof.game === game) ?? ({} as Proof);
  const winner = (game: string) =>
    proofs.find((proof) => proof.game === game && proof.payout > 0) ?? ({} as Proof);

  it('is proved whole, in every such game', () => {
    const games = new Set(proofs.map(({ game }) => game));
    expect([...games].toSorted()).toEqual(['crash', 'dice', 'hi-lo', 'limbo', 'mines', 'plinko']);
    for (const proof of proofs) {
      expect(verifyProof(proof)).toMatchObject({ ok: true, outcomeProved: true });
    }
  });

  it('is not one of the rules that ship', () => {
    const proof = of('dice');
    const shipped = knownRules('dice', 1)?.digest ?? '';
    expect(verifyProof({ ...proof, digest: shipped }).reason).toMatch(/^rules: /);
    expect(verifyProof({ ...proof, version: 1 }).reason).toMatch(/^rules: /);
    const renumbered = { ...proof, version: proof.version + 1 };
    expect(verifyProof(renumbered).reason).toMatch(/^rules: /);
  });

  it.each(['dice', 'plinko'])('of %s does not hold under another return', (game) => {
    const proof = winner(game);
    expect(proof.version).toBe(109_655);
    const version = proof.version - 500;
    const digest = knownRules(game, version)?.digest ?? '';
    expect(verifyProof({ ...proof, version, digest }).reason).toMatch(/^outcome: /);
  });
});
