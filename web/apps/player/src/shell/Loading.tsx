import { t } from '../text/t';
import styles from './Notice.module.css';

/** Said while something is on its way. */
export function Loading({ text = t('game.loading') }: { text?: string }) {
  return (
    <div className={styles.notice}>
      <p className={styles.loading} role="status">
        {text}
      </p>
    </div>
  );
}
