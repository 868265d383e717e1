import { Button } from '@croupier/ui';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { connectAgain, useCasino } from '../state/casino';
import { tabStorage } from '../state/storage';
import { clockErrorMinutes } from '../state/time';
import { t } from '../text/t';
import styles from './Banners.module.css';

/** A short break is not worth a word. */
const PATIENCE_MS = 1_500;

/** What is amiss with the connection, the page or the device, in plain sentences. */
export function Banners() {
  const { phase, trouble, reason, offsetMs } = useCasino();
  const gone = useGone();
  const online = useOnline();
  const minutes = clockErrorMinutes(offsetMs);
  return (
    <div className={styles.banners} aria-live="polite">
      {trouble === 'fairness' && <Banner grave>{t('banner.fairness')}</Banner>}
      {trouble === 'outdated' && (
        <Banner grave>
          {t('banner.outdated')}
          <Button onClick={() => globalThis.location.reload()}>{t('banner.reload')}</Button>
        </Banner>
      )}
      {trouble === 'closed' && (
        <Banner grave>
          {t('banner.closed', { reason: reason ?? '' })}
          <Button onClick={connectAgain}>{t('banner.again')}</Button>
        </Banner>
      )}
      {gone && trouble === undefined && (
        <Banner>{online ? t('banner.gone') : t('banner.offline')}</Banner>
      )}
      {phase === 'live' && minutes > 0 && <Banner>{t('banner.clock', { minutes })}</Banner>}
      {phase === 'live' && !tabStorage.lasting && <Banner>{t('banner.storage')}</Banner>}
    </div>
  );
}

function Banner({ children, grave = false }: { children: ReactNode; grave?: boolean }) {
  return (
    <p className={styles.banner} data-grave={grave || undefined}>
      {children}
    </p>
  );
}

/** Whether the server has been out of reach for longer than a blink. */
function useGone(): boolean {
  const out = useCasino(
    ({ phase, connection }) =>
      (phase === 'live' || phase === 'opening') && connection !== 'connected',
  );
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!out) {
      setLong(false);
      return;
    }
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [out]);
  return out && long;
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      globalThis.addEventListener('online', changed);
      globalThis.addEventListener('offline', changed);
      return () => {
        globalThis.removeEventListener('online', changed);
        globalThis.removeEventListener('offline', changed);
      };
    },
    () => navigator.onLine,
  );
}
