import { Button } from '@croupier/ui';
import { useState } from 'react';
import { serverNow } from '../api';
import { useLive } from '../state/live';
import { useSeconds } from '../state/seconds';
import { may, signOut } from '../state/session';
import { sentence } from '../text/refusals';
import { t, tWord } from '../text/t';
import { shortClockText, spanText } from '../text/times';
import type { ConsoleSession } from '../types';
import styles from './parts.module.css';

/** Who is signed in, for how long, whether the tables are live, and the way out. */
export function Strip({ session }: { session: ConsoleSession }) {
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  async function leave() {
    setWorking(true);
    const refusal = await signOut();
    setWorking(false);
    setProblem(refusal === undefined ? '' : sentence(refusal));
  }
  return (
    <section className={styles.strip} aria-label={t('strip.label')}>
      {may(session, 'tables.watch') && <Connection />}
      <p>{t('strip.who', { name: session.name, role: tWord('role', session.role) })}</p>
      <p className={styles.muted}>
        {t('strip.since')} <Elapsed since={session.signed_in_ms} />
      </p>
      <p className={styles.muted}>
        {t('strip.ends')} <time>{shortClockText(session.ends_ms)}</time>
      </p>
      <Button disabled={working} onClick={() => void leave()}>
        {t('strip.signOut')}
      </Button>
      {problem !== '' && <p role="alert">{problem}</p>}
    </section>
  );
}

function Elapsed({ since }: { since: number }) {
  useSeconds();
  return <span>{spanText(serverNow() - since)}</span>;
}

function Connection() {
  const status = useLive((state) => state.status);
  return (
    <p className={styles.connection} data-state={status} role="status">
      <span className={styles.dot} aria-hidden />
      {status === 'online'
        ? t('live.online')
        : status === 'offline'
          ? t('live.offline')
          : t('live.connecting')}
    </p>
  );
}
