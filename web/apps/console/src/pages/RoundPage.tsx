import { Button } from '@croupier/ui';
import { useState } from 'react';
import { Link } from 'wouter';
import { Money } from '../parts/Money';
import parts from '../parts/parts.module.css';
import { useAnswer } from '../state/answer';
import { sentence } from '../text/refusals';
import { t } from '../text/t';
import type { ReplayStep, RoundReplay } from '../types';
import styles from './pages.module.css';

/** A finished round, played again step by step. */
export function RoundPage({ id }: { id: string }) {
  const {
    value: round,
    refusal,
    again,
  } = useAnswer<RoundReplay>(`/rounds/${encodeURIComponent(id)}`);
  return (
    <>
      <p>
        <Link href="/rounds" className={parts.link}>
          ← {t('rounds.title')}
        </Link>
      </p>
      <h1>{t('round.title', { round: id })}</h1>
      {refusal !== undefined && (
        <>
          <p role="alert" className={parts.problem}>
            {sentence(refusal)}
          </p>
          <div>
            <Button onClick={again}>{t('app.retry')}</Button>
          </div>
        </>
      )}
      {round === undefined && refusal === undefined && <p role="status">{t('app.loading')}</p>}
      {round !== undefined && (
        <>
          <Facts round={round} />
          <Steps round={round} />
          {round.proof !== null && (
            <details className={styles.part}>
              <summary className={styles.summary}>{t('round.proof')}</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
              <pre className={parts.code} tabIndex={0}>
                {JSON.stringify(round.proof, null, 2)}
              </pre>
            </details>
          )}
        </>
      )}
    </>
  );
}

function Facts({ round }: { round: RoundReplay }) {
  return (
    <>
      <dl className={parts.facts}>
        <dt>{t('round.game')}</dt>
        <dd>{round.title}</dd>
        <dt>{t('round.result')}</dt>
        <dd>{round.result || '–'}</dd>
        <dt>{t('round.staked')}</dt>
        <dd>
          <Money amount={round.staked} of={round} />
        </dd>
        <dt>{t('round.paid')}</dt>
        <dd>
          <Money amount={round.paid} of={round} />
        </dd>
        {round.void_cause !== null && (
          <>
            <dt>{t('round.void')}</dt>
            <dd>{round.void_cause}</dd>
          </>
        )}
      </dl>
      <p className={round.agrees ? parts.done : parts.problem} role="status">
        {t(round.agrees ? 'round.agrees' : 'round.differs')}
      </p>
    </>
  );
}

function Steps({ round }: { round: RoundReplay }) {
  const all = round.steps.length;
  const [step, setStep] = useState(all);
  return (
    <section aria-labelledby="steps-title" className={styles.part}>
      <h2 id="steps-title">{t('round.steps')}</h2>
      <div className={parts.buttons}>
        <Button disabled={step <= 1} onClick={() => setStep(1)}>
          {t('round.first')}
        </Button>
        <Button disabled={step <= 1} onClick={() => setStep(step - 1)}>
          {t('round.back')}
        </Button>
        <Button disabled={step >= all} onClick={() => setStep(step + 1)}>
          {t('round.next')}
        </Button>
        <Button disabled={step >= all} onClick={() => setStep(all)}>
          {t('round.all')}
        </Button>
      </div>
      <p role="status">{t('round.step', { step, all })}</p>
      <ol className={styles.steps}>
        {round.steps.slice(0, step).map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps never change their places
          <li key={index} aria-current={index === step - 1 ? 'step' : undefined}>
            <Step step={one} round={round} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Step({ step, round }: { step: ReplayStep; round: RoundReplay }) {
  return (
    <>
      {step.seat !== null && <>{t('round.seat', { seat: step.seat + 1 })}: </>}
      <strong>{step.kind}</strong> {step.text}{' '}
      {step.amount !== null && <Money amount={step.amount} of={round} />}
      {step.by_house && ` (${t('round.byHouse')})`}
    </>
  );
}
