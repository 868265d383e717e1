import { Money, useMoney } from '@croupier/ui';
import { useSyncExternalStore } from 'react';
import { useCasino } from '../state/casino';
import { netPosition } from '../state/session';
import { elapsedText } from '../state/time';
import { t } from '../text/t';
import styles from './SessionStrip.module.css';

const seconds = {
  subscribe(changed: () => void): () => void {
    const timer = setInterval(changed, 1000);
    return () => clearInterval(timer);
  },
  now: () => Math.floor(Date.now() / 1000),
};

/** Clock, time played, net position, balance and connection: always in sight. */
export function SessionStrip() {
  const { welcome, balance, beginning, connection, veiled } = useCasino();
  const money = useMoney();
  const amount = veiled ?? balance?.amount ?? 0;
  // While a result is being played, neither figure may tell it early.
  const net =
    beginning && balance
      ? netPosition(beginning, veiled === null ? balance : { ...balance, amount: veiled, held: 0 })
      : 0;
  return (
    <section className={styles.strip} aria-label={t('strip.label')}>
      <Times />
      <p className={styles.part}>
        <span className={styles.name}>{t('strip.net')}</span>
        <span className={net > 0 ? styles.good : net < 0 ? styles.bad : undefined}>
          <Money amount={net} sign="exceptZero" />
        </span>
      </p>
      <p className={styles.part} title={welcome?.test ? t('strip.test') : undefined}>
        <span className={styles.name}>{t('strip.balance')}</span>
        <strong>
          <Money amount={amount} />
        </strong>
        {balance !== undefined && balance.held > 0 && veiled === null && (
          <span className="visually-hidden">
            {t('strip.held', { amount: money(balance.held) })}
          </span>
        )}
      </p>
      <p className={styles.connection} data-state={connection} role="status">
        <span className={styles.dot} aria-hidden />
        {t(`connection.${connection}`)}
      </p>
    </section>
  );
}

function Times() {
  const offsetMs = useCasino((state) => state.offsetMs);
  const startedMs = useCasino((state) => state.beginning?.startedMs);
  const now = useSyncExternalStore(seconds.subscribe, seconds.now) * 1000 + offsetMs;
  const clock = new Date(now).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return (
    <p className={styles.part}>
      <span className={styles.clock}>
        <span className="visually-hidden">{t('strip.clock')} </span>
        <time>{clock}</time>
      </span>
      <span className={styles.elapsed}>
        <span className="visually-hidden">{t('strip.elapsed')} </span>
        {elapsedText(startedMs === undefined ? 0 : now - startedMs)}
      </span>
    </p>
  );
}
