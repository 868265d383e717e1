import type { VerificationResult } from '@croupier/fair';
import type { Proof } from '@croupier/protocol';
import { Button } from '@croupier/ui';
import { useState } from 'react';
import { t } from '../text/t';
import styles from './HistoryPage.module.css';
import { proofText, saveFile } from './proof';
import { isWhole, verdictOf } from './verdict';

/** Checks a proof in this browser and shows every step; also saves it as a file. */
export function Verification({ proof }: { proof: Proof }) {
  const [result, setResult] = useState<VerificationResult>();
  const [broken, setBroken] = useState(false);
  const [working, setWorking] = useState(false);
  async function verify() {
    setWorking(true);
    setBroken(false);
    try {
      const { verifyProof } = await import('@croupier/fair');
      setResult(verifyProof(proof));
    } catch {
      setResult(undefined);
      setBroken(true);
    } finally {
      setWorking(false);
    }
  }
  return (
    <section aria-label={t('verify.title')}>
      <div className={styles.tools}>
        <Button look="main" disabled={working} onClick={() => void verify()}>
          {working ? t('verify.working') : t('verify.button')}
        </Button>
        <Button onClick={() => saveFile(`proof-${proof.round}.json`, proofText(proof))}>
          {t('verify.download')}
        </Button>
      </div>
      <div role="status">
        {broken && <p className={styles.verdict}>{t('verify.broken')}</p>}
        {result !== undefined && (
          <p className={styles.verdict} data-ok={isWhole(result, proof) ? result.ok : undefined}>
            {verdictOf(result, proof)}
          </p>
        )}
      </div>
      {result !== undefined && (
        <ol className={styles.steps}>
          {result.steps.map((step) => (
            <li key={step.name}>
              <span className={styles.step} data-ok={step.ok}>
                {step.name}: {step.ok ? `✓ ${t('verify.step.ok')}` : `✗ ${t('verify.step.bad')}`}
              </span>
              <span className={styles.code}>{step.detail}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
