import { tWord } from '../text/t';
import styles from './parts.module.css';

/** The state of a table, in a word; the colour only repeats it. */
export function StateBadge({ state }: { state: string }) {
  return (
    <span className={styles.badge} data-state={state}>
      {tWord('state', state)}
    </span>
  );
}
