import type { LiveState, LiveTable } from '@croupier/sdk';
import { useEffect, useState } from 'react';
import { useCasino } from '../state/casino';
import { t, tMaybe } from '../text/t';
import styles from './Live.module.css';

const TICK_MS = 200;
const URGENT_S = 5;

/** Which phase the table is in, and how long it lasts. Its changes are told by the line of news. */
export function Clock({ table, state }: { table: LiveTable; state: LiveState }) {
  const connected = useCasino((casino) => casino.connection === 'connected');
  const left = useSecondsLeft(table.phaseEndsAt);
  const paused = state.state !== 'open';
  const words =
    state.state === 'parked' || (paused && (state.phase === 'idle' || state.phase === 'result'))
      ? tMaybe(`live.state.${state.state}`)
      : tMaybe(`live.phase.${state.phase}`);
  const hurry = state.phase === 'betting' || state.acting !== null;
  const known = connected && left !== undefined && state.phase_ms !== null;
  return (
    <div
      className={styles.clock}
      data-phase={state.phase}
      data-urgent={(known && hurry && left <= URGENT_S) || undefined}
    >
      <span className={styles.phase}>{words ?? state.phase}</span>
      {!connected && <span>{t('live.reconnecting')}</span>}
      {known && (
        <>
          <progress max={state.phase_ms ?? 1} value={left * 1000} aria-hidden="true" />
          <span role="timer" className={styles.left}>
            <span className="visually-hidden">{t('live.left')} </span>
            {t('live.seconds', { seconds: left })}
          </span>
        </>
      )}
    </div>
  );
}

/** Whole seconds until a time of `performance.now()`, undefined without one. */
function useSecondsLeft(endsAt: number | null): number | undefined {
  const read = () => {
    return endsAt === null
      ? undefined
      : Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  };
  const [left, setLeft] = useState(read);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is read follows from the end alone
  useEffect(() => {
    setLeft(read);
    if (endsAt === null) return;
    const timer = setInterval(() => setLeft(read), TICK_MS);
    return () => clearInterval(timer);
  }, [endsAt]);
  return left;
}
