import type { BoardEntry } from '@croupier/sdk';
import { Link } from 'wouter';
import { t } from '../text/t';
import styles from './Live.module.css';

interface BoardProps {
  readonly board: readonly BoardEntry[];
  /** Rounds that this player has bet on here: only these can be checked by him. */
  readonly played: ReadonlySet<string>;
}

const SHOWN = 20;
const COLOUR = /^\d+ (red|black|green)$/;

/** The latest results, the newest first. */
export function Board({ board, played }: BoardProps) {
  if (board.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: where it is wider than the screen a keyboard scrolls it
    <ol className={styles.board} tabIndex={0} aria-label={t('live.board')}>
      {board.slice(0, SHOWN).map(({ round, summary, voided }) => {
        const words = voided ? t('live.void') : summary;
        return (
          <li key={round} data-colour={COLOUR.exec(summary)?.[1]} data-voided={voided || undefined}>
            {played.has(round) ? (
              <Link href={`/history/${round}`} aria-label={t('live.check', { summary: words })}>
                {words}
              </Link>
            ) : (
              words
            )}
          </li>
        );
      })}
    </ol>
  );
}
