import type { HistoryRound } from '@croupier/protocol';
import { Button, Money, useMoney } from '@croupier/ui';
import { useCallback, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Loading } from '../shell/Loading';
import notice from '../shell/Notice.module.css';
import { useCasino } from '../state/casino';
import { sentence } from '../state/session';
import { momentText } from '../state/time';
import { t } from '../text/t';
import styles from './HistoryPage.module.css';

/** The player's ended rounds, newest first. */
export default function HistoryPage() {
  const client = useCasino((state) => state.client);
  const money = useMoney();
  const [rounds, setRounds] = useState<readonly HistoryRound[]>();
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<string>();
  const fetchAfter = useCallback(
    async (known: readonly HistoryRound[]) => {
      if (client === undefined) return;
      const list = await client.history(known.at(-1)?.round);
      setRounds([...known, ...list.rounds]);
      setMore(list.more);
      setProblem(undefined);
    },
    [client],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the formatter is new on each render
  const load = useCallback(
    (known: readonly HistoryRound[]) => {
      fetchAfter(known).catch((error: unknown) => setProblem(sentence(error, money)));
    },
    [fetchAfter],
  );
  useEffect(() => load([]), [load]);
  return (
    <>
      <h1>{t('history.title')}</h1>
      <p>
        <Link href="/verify" className={notice.link}>
          {t('history.check')}
        </Link>
      </p>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {problem !== undefined && <Button onClick={() => load([])}>{t('game.retry')}</Button>}
      {rounds === undefined && problem === undefined && <Loading text={t('history.loading')} />}
      {rounds?.length === 0 && <p className={styles.none}>{t('history.none')}</p>}
      {rounds !== undefined && rounds.length > 0 && <Rounds rounds={rounds} />}
      {more && rounds !== undefined && (
        <Button className={styles.more} onClick={() => load(rounds)}>
          {t('history.more')}
        </Button>
      )}
    </>
  );
}

function Rounds({ rounds }: { rounds: readonly HistoryRound[] }) {
  const lobby = useCasino((state) => state.lobby);
  return (
    <ol className={styles.rounds}>
      {rounds.map((round) => {
        const game = lobby?.find((one) => one.game === round.game);
        return (
          <li key={round.round}>
            <Link href={`/history/${round.round}`} className={styles.round}>
              <strong>{game?.description.title ?? round.game}</strong>
              <time className={styles.when}>{momentText(round.ended_ms)}</time>
              <span>
                <span className={styles.name}>{t('history.stake')}</span>{' '}
                <Money amount={round.stake} />
              </span>
              <span className={styles.payout}>
                <span className={styles.name}>
                  {round.voided ? t('history.voided') : t('history.payout')}
                </span>{' '}
                <Money amount={round.payout} />
              </span>
              <span className="visually-hidden">{t('history.open')}</span>
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
