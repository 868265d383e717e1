import type { VerificationResult } from '@croupier/fair';
import type { Proof } from '@croupier/protocol';
import { t } from '../text/t';

/** Whether a check says all that can be asked: it failed, or nothing was left unchecked. */
export function isWhole(result: VerificationResult, proof: Proof): boolean {
  return !result.ok || result.outcomeProved || proof.voided;
}

/** What a check found, in a sentence that promises no more than was checked. */
export function verdictOf(result: VerificationResult, proof: Proof): string {
  if (!result.ok) return `✗ ${t('verify.bad', { reason: reasonOf(result) })}`;
  if (!isWhole(result, proof)) return t('verify.part');
  return `✓ ${proof.voided ? t('verify.void') : t('verify.ok')}`;
}

function reasonOf(result: VerificationResult): string {
  return result.reason ?? result.steps.find((step) => !step.ok)?.detail ?? '';
}
