// Rounds of live tables: drawn with the client seeds of all seats, blackjack with all seats together.

import { readFileSync } from 'node:fs';
import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { verifyProof } from '../src/index';

const text = readFileSync(new URL('./live.jsonl', import.meta.url), 'utf8');
const PROOFS = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Proof);
const together = PROOFS.filter(({ bets }) => bets.length > 1);

describe('a round of a live table', () => {
  it('is proved whole', () => {
    expect(together.length).toBeGreaterThan(40);
    for (const proof of PROOFS) {
      expect(verifyProof(proof)).toMatchObject({ ok: true, outcomeProved: true });
    }
  });

  it('is not proved with one client seed less, or with another seat', () => {
    for (const proof of together) {
      const fewer = { ...proof, client_seeds: [...proof.client_seeds, 'ab'] };
      expect(verifyProof(fewer).ok).toBe(false);
      const another = { ...proof, seat: (proof.seat + 1) % proof.bets.length };
      expect(verifyProof(another).ok).toBe(false);
    }
  });

  it('is not proved where a seat decides out of turn', () => {
    for (const proof of together.filter(({ decisions }) => decisions.length > 0)) {
      const [first, ...rest] = proof.decisions;
      if (first === undefined) continue;
      const seat = (first.seat + 1) % proof.bets.length;
      const result = verifyProof({ ...proof, decisions: [{ ...first, seat }, ...rest] });
      expect(result.ok).toBe(false);
    }
  });
});
