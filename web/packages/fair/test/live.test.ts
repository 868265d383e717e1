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

interface Bet {
  readonly bet: string;
  readonly stake: number;
  readonly point: number;
}

describe('a roll of craps at a live table', () => {
  const rolls = PROOFS.filter(({ game }) => game === 'craps');
  const betsOf = ({ bets }: Proof) => (bets[0] as unknown as { bets: Bet[] }).bets;

  it('is proved with what stood before it, whether it decides a bet or not', () => {
    expect(rolls.length).toBeGreaterThan(40);
    const stood = rolls.filter((proof) => betsOf(proof).some(({ point }) => point > 0));
    expect(stood.length).toBeGreaterThan(20);
    expect(rolls.some(({ stake }) => stake === 0)).toBe(true);
    expect(new Set(rolls.flatMap(betsOf).map(({ bet }) => bet)).size).toBe(21);
  });

  it('is not proved with a bet that could not stand there', () => {
    for (const proof of rolls) {
      const [form] = proof.bets;
      const [bet, ...others] = betsOf(proof);
      if (bet === undefined) continue;
      for (const changed of [
        { ...bet, stake: bet.stake + 30 },
        { ...bet, point: bet.point === 0 ? 5 : 0 },
        { ...bet, odds: 7 },
        { ...bet, status: 'won' },
        { ...bet, payout: 1 },
        { ...bet, bet: 'red' },
      ]) {
        const bets = [{ ...form, bets: [changed, ...others] }];
        expect(verifyProof({ ...proof, bets }).ok, JSON.stringify(changed)).toBe(false);
      }
      const twice = [{ ...form, bets: [bet, bet, ...others] }];
      expect(verifyProof({ ...proof, bets: twice }).ok).toBe(false);
      const point = form?.point === 0 ? 6 : 0;
      expect(verifyProof({ ...proof, bets: [{ ...form, point }] }).ok).toBe(false);
    }
  });
});
