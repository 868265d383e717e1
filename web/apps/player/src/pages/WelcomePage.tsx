import { Button } from '@croupier/ui';
import { useId, useState } from 'react';
import { playDemo, useCasino } from '../state/casino';
import { t } from '../text/t';
import styles from './WelcomePage.module.css';

/** Currencies offered for play money; the server takes any that it knows. */
const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', 'CHF', 'SEK', 'CAD', 'AUD', 'BRL', 'INR'];

/** Where a person begins: one button. */
export function WelcomePage() {
  const phase = useCasino((state) => state.phase);
  const notice = useCasino((state) => state.notice);
  const [currency, setCurrency] = useState('EUR');
  const label = useId();
  const opening = phase === 'opening';
  return (
    <section className={styles.welcome}>
      <img src="/icons/icon.svg" alt="" width="96" height="96" />
      <h1>{t('app.name')}</h1>
      <p>{t('welcome.text')}</p>
      <p className={styles.notice} role="status">
        {opening ? t('welcome.opening') : notice}
      </p>
      <Button
        look="main"
        large
        className={styles.play}
        disabled={opening}
        onClick={() => void playDemo(currency)}
      >
        {t('welcome.play')}
      </Button>
      <div className={styles.currency}>
        <label htmlFor={label}>{t('welcome.currency')}</label>
        <select
          id={label}
          value={currency}
          disabled={opening}
          onChange={(event) => setCurrency(event.target.value)}
        >
          {CURRENCIES.map((code) => (
            <option key={code} value={code}>
              {code} – {nameOf(code)}
            </option>
          ))}
        </select>
      </div>
      <p className={styles.fair}>{t('welcome.fair')}</p>
    </section>
  );
}

function nameOf(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'currency' }).of(code) ?? code;
  } catch {
    return code;
  }
}
