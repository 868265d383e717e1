import { Button } from '@croupier/ui';
import { type FormEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import parts from '../parts/parts.module.css';
import { t } from '../text/t';
import styles from './pages.module.css';

const ROUND = /^\d{1,19}-\d{1,7}$/;

/** The way to a finished round by its id. */
export function RoundsPage() {
  const [, go] = useLocation();
  const [round, setRound] = useState('');
  const [wrong, setWrong] = useState(false);
  const id = useId();
  function send(event: FormEvent) {
    event.preventDefault();
    const text = round.trim();
    setWrong(!ROUND.test(text));
    if (ROUND.test(text)) go(`/rounds/${text}`);
  }
  return (
    <>
      <h1>{t('rounds.title')}</h1>
      <p>{t('rounds.text')}</p>
      <form className={styles.narrow} onSubmit={send}>
        <div className={parts.field}>
          <label htmlFor={id}>{t('rounds.id')}</label>
          <input
            id={id}
            value={round}
            onChange={(event) => setRound(event.target.value)}
            aria-describedby={`${id}-help`}
            aria-invalid={wrong || undefined}
            spellCheck={false}
            required
          />
          <span id={`${id}-help`} className={parts.help}>
            {t('rounds.idHelp')}
          </span>
        </div>
        {wrong && (
          <p role="alert" className={parts.problem}>
            {t('rounds.wrong')}
          </p>
        )}
        <div>
          <Button look="main" type="submit">
            {t('rounds.show')}
          </Button>
        </div>
      </form>
    </>
  );
}
