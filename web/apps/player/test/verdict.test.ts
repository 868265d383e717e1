import type { VerificationResult } from '@croupier/fair';
import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { isWhole, verdictOf } from '../src/pages/verdict';

const found = (more: Partial<VerificationResult>): VerificationResult => {
  return { ok: true, steps: [], outcomeProved: false, ...more };
};
const proof = { voided: false } as Proof;

describe('the verdict on a proof', () => {
  it('calls a round fair only where its outcome was computed again', () => {
    expect(verdictOf(found({ outcomeProved: true }), proof)).toBe(
      '✓ Verified: this round was fair.',
    );
    expect(verdictOf(found({}), proof)).toContain('Result and payout are not checked');
    expect(isWhole(found({}), proof)).toBe(false);
  });

  it('tells of a round that was void', () => {
    expect(verdictOf(found({}), { voided: true } as Proof)).toContain('was void');
  });

  it('gives the reason where something fails', () => {
    const failed = found({ ok: false, reason: 'draws: the stream gives 3' });
    expect(verdictOf(failed, proof)).toBe('✗ Not proved: draws: the stream gives 3');
    expect(isWhole(failed, proof)).toBe(true);
  });
});
