// Proofs of real rounds hold; whatever is changed in one, it is refused.

import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { type Told, verifyProof } from '../src/index';
import { knownRules } from '../src/rules';
import { changes } from './changes';
import recorded from './proofs.json';

/** The recorded rounds, under the digests that the rules have today. */
const PROOFS = Object.entries(recorded).map(([name, proof]): [string, Proof] => {
  const digest = knownRules(proof.game, proof.version)?.digest ?? '';
  return [name, { ...(proof as unknown as Proof), digest }];
});

const toldOf = (proof: Proof): Told => ({ commitment: proof.commitment, digest: proof.digest });

/** Fields of the outcome that are only for reading, where the rules do not lay them down. */
const FOR_READING = new Set(['blackjack summary']);

/** Changes that nothing in a proof can tell: what was not drawn upon, or is the record's word. */
function isBeyondProof(proof: Proof, path: string): boolean {
  if (path.endsWith('.platform') || path === '.previous_seed missing') return true;
  return FOR_READING.has(`${proof.game} ${path.replace('.outcome.', '').replace(' missing', '')}`);
}

describe.each(PROOFS)('a round of %s', (_, proof) => {
  it('holds, step by step', () => {
    const result = verifyProof(proof, toldOf(proof));
    expect(result.reason).toBeUndefined();
    expect(result.ok).toBe(true);
    expect(result.outcomeProved).toBe(true);
    const names = result.steps.map(({ name }) => name);
    expect(names.filter((name) => name !== 'previous seed')).toEqual([
      'document',
      'commitment',
      'told commitment',
      'told rules',
      'rules',
      'draws',
      'inputs',
      'outcome',
      'stake',
      'payout',
    ]);
    expect(result.steps.every(({ detail }) => detail !== '')).toBe(true);
  });

  it('is refused with anything in it changed', () => {
    let count = 0;
    for (const { path, changed } of changes(proof)) {
      if (isBeyondProof(proof, path)) continue;
      const result = verifyProof(changed as Proof, toldOf(proof));
      // A bet that lost could be another that loses as well, for the same stake: the player knows.
      if (result.ok && /^\.bets\[0\]\.bets\[\d+\]\.bet$/.test(path)) continue;
      expect(result.ok, path).toBe(false);
      expect(result.reason, path).toBeTypeOf('string');
      expect(result.steps.at(-1)?.ok, path).toBe(false);
      count += 1;
    }
    expect(count).toBeGreaterThan(50);
  });
});

describe('what is told beside a proof', () => {
  const [, proof] = PROOFS[0] ?? ['', {} as Proof];

  it.each([
    ['told commitment', { commitment: '00'.repeat(32) }],
    ['told previous seed', { previousSeed: '00'.repeat(32) }],
    ['told rules', { digest: '00'.repeat(32) }],
  ])('%s is compared', (step, told) => {
    expect(verifyProof(proof, told).steps.at(-1)).toMatchObject({ name: step, ok: false });
  });

  it('a true previous seed is accepted', () => {
    const previousSeed = proof.previous_seed ?? '';
    expect(verifyProof(proof, { previousSeed }).ok).toBe(true);
  });
});

describe('rules that are not known', () => {
  const of = (name: string) => PROOFS.find(([each]) => each === name)?.[1] ?? ({} as Proof);

  it('of another game: chain and draws are proved, and that is said', () => {
    const digest = '00'.repeat(32);
    const result = verifyProof({ ...of('roulette'), game: 'wheel', digest });
    expect(result).toMatchObject({ ok: true, outcomeProved: false });
    expect(result.steps.find(({ name }) => name === 'rules')?.detail).toContain('not known');
    const [first, ...rest] = of('roulette').draws;
    const draws = [{ below: first?.below ?? 1, value: Number(first?.value) + 1 }, ...rest];
    expect(verifyProof({ ...of('roulette'), game: 'wheel', digest, draws }).ok).toBe(false);
  });

  it('of another machine: the draws are the stops and the wins add up', () => {
    const proof = { ...of('slot'), digest: '00'.repeat(32) };
    const result = verifyProof(proof);
    expect(result).toMatchObject({ ok: true, outcomeProved: false });
    const told = result.steps.find(({ name }) => name === 'rules')?.detail;
    expect(told).toContain(proof.digest);
    expect(told).toContain(of('slot').digest);
    expect(verifyProof({ ...proof, payout: proof.payout + 1 }).ok).toBe(false);
    const stops = JSON.stringify(proof).replace(/"stops":\[\d+/, '"stops":[99');
    expect(verifyProof(JSON.parse(stops)).ok).toBe(false);
  });

  it('of another machine with features of its own: the pays are not added up', () => {
    const { events } = of('slot').outcome as { events: unknown[] };
    const outcome = { ...of('slot').outcome, events: [...events, { event: 'bells', payout: 5 }] };
    const result = verifyProof({ ...of('slot'), digest: '00'.repeat(32), outcome });
    expect(result).toMatchObject({ ok: true, outcomeProved: false });
    expect(result.steps.map(({ name }) => name)).not.toContain('payout');
  });

  it('a known table game under another digest is refused', () => {
    const result = verifyProof({ ...of('roulette'), digest: '00'.repeat(32) });
    expect(result.reason).toContain('rules');
  });
});

describe('a void round', () => {
  const [, played] = PROOFS[0] ?? ['', {} as Proof];
  const proof: Proof = { ...played, voided: true, outcome: null, draws: [], stake: 0, payout: 0 };

  it('has a committed seed, and neither cost nor paid', () => {
    expect(verifyProof(proof)).toMatchObject({ ok: true, outcomeProved: false });
  });

  it.each([{ stake: 20 }, { payout: 20 }, { draws: played.draws }])(
    'with %o is refused',
    (more) => {
      expect(verifyProof({ ...proof, ...more }).ok).toBe(false);
    },
  );
});

it.each([null, [], 'proof', {}])('%o is no proof', (document) => {
  expect(verifyProof(document as unknown as Proof).ok).toBe(false);
});
