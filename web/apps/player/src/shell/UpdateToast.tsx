import { Button } from '@croupier/ui';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { t } from '../text/t';
import { takeNewVersion, useUpdate } from '../worker/updates';
import styles from './UpdateToast.module.css';

/** Tells of a newer version of the page; never during play. */
export function UpdateToast() {
  const { waiting, stale } = useUpdate();
  const [later, setLater] = useState(false);
  const [location] = useLocation();
  const playing = location.startsWith('/play/') && !stale;
  if ((waiting === undefined && !stale) || later || playing) return null;
  return (
    <section className={styles.toast} role="status">
      <p>{stale ? t('banner.outdated') : t('update.ready')}</p>
      <Button look="main" onClick={takeNewVersion}>
        {t('update.use')}
      </Button>
      {!stale && <Button onClick={() => setLater(true)}>{t('update.later')}</Button>}
    </section>
  );
}
