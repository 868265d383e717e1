import { Button } from '@croupier/ui';
import { useEffect } from 'react';
import { serverNow } from '../api';
import { useSeconds } from '../state/seconds';
import { openSession, timeLeft, useSession } from '../state/session';
import { t } from '../text/t';
import { spanText } from '../text/times';
import type { ConsoleSession } from '../types';
import styles from './parts.module.css';

/** This long before the end there is a word of it; of a short idle time, its last third. */
const WARN_MS = 5 * 60_000;
/** Asked a little after the end, when there is something to be told. */
const AFTER_MS = 1_500;

/** Tells of the end of the sign-in before it comes, and finds out when it has come. */
export function IdleWarning({ session }: { session: ConsoleSession }) {
  useSeconds();
  const usedMs = useSession((state) => state.usedMs);
  const now = serverNow();
  const { idleMs, absoluteMs } = timeLeft(session, usedMs, now);
  // The server's own count ends up to this much later than ours.
  const blur = Math.min(session.idle_ms / 10, 15_000);
  const over = Math.min(idleMs + blur, absoluteMs) < -AFTER_MS;
  useEffect(() => {
    if (over) void openSession('by itself');
  }, [over]);
  const warnMs = Math.min(WARN_MS, session.idle_ms / 3);
  const idle = idleMs <= absoluteMs && idleMs < warnMs;
  const absolute = !idle && absoluteMs < WARN_MS;
  return (
    <div className={styles.banners}>
      {(idle || absolute) && (
        <div className={styles.banner}>
          {/* Said once: a clock that is read out every second would drown everything else. */}
          <p role="alert" aria-atomic="true">
            <span className="visually-hidden">
              {t(idle ? 'idle.warning' : 'idle.absolute', { left: spanText(warnMs) })}
            </span>
          </p>
          <p aria-hidden>
            {t(idle ? 'idle.warning' : 'idle.absolute', {
              left: spanText(idle ? idleMs : absoluteMs),
            })}
          </p>
          {idle && <Button onClick={() => void openSession()}>{t('idle.stay')}</Button>}
        </div>
      )}
    </div>
  );
}
