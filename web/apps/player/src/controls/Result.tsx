import type { Round } from '@croupier/sdk';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { t } from '../text/t';
import styles from './controls.module.css';
import type { Tone } from './outcome';

interface ResultProps {
  readonly tone: Tone;
  readonly children: ReactNode;
  /** The round that can be checked, once it has ended. */
  readonly round?: Pick<Round, 'id' | 'finished'> | undefined;
}

/** The one line that tells what has happened, to the eye and to a screen reader alike. */
export function Result({ tone, children, round }: ResultProps) {
  return (
    <div className={styles.result} data-tone={tone}>
      <p role="status" aria-live="polite" aria-atomic="true">
        {tone === 'win' && <span aria-hidden="true">★ </span>}
        {tone === 'problem' && <span aria-hidden="true">⚠ </span>}
        {children}
      </p>
      {round?.finished === true && (
        <Link href={`/history/${round.id}`} className={styles.check}>
          {t('game.lastRound')}
        </Link>
      )}
    </div>
  );
}
