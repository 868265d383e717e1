import type { Proof } from '@croupier/protocol';
import { Button, Money, useMoney } from '@croupier/ui';
import { useEffect, useState } from 'react';
import { Loading } from '../shell/Loading';
import { useCasino } from '../state/casino';
import { sentence } from '../state/session';
import { t } from '../text/t';
import styles from './HistoryPage.module.css';
import { plainText } from './proof';
import { Verification } from './Verification';

/** One round: what went in, what came out, and its proof. */
export default function RoundPage({ id }: { id: string }) {
  const client = useCasino((state) => state.client);
  const money = useMoney();
  const [proof, setProof] = useState<Proof>();
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks once more
  useEffect(() => {
    let here = true;
    setProblem(undefined);
    client?.proof(id).then(
      (found) => here && setProof(found),
      (error: unknown) => here && setProblem(sentence(error, money)),
    );
    return () => {
      here = false;
    };
  }, [client, id, attempt]);
  if (problem !== undefined) {
    return (
      <>
        <p role="alert">{problem}</p>
        <Button onClick={() => setAttempt(attempt + 1)}>{t('game.retry')}</Button>
      </>
    );
  }
  if (proof === undefined) return <Loading text={t('round.loading')} />;
  return (
    <>
      <h1>{t('round.title', { round: proof.round })}</h1>
      <Facts proof={proof} />
      <Verification proof={proof} />
    </>
  );
}

function Facts({ proof }: { proof: Proof }) {
  const lobby = useCasino((state) => state.lobby);
  const title = lobby?.find((game) => game.game === proof.game)?.description.title;
  return (
    <dl className={styles.facts}>
      <dt>{t('history.game')}</dt>
      <dd>{title ?? proof.game}</dd>
      <dt>{t('history.stake')}</dt>
      <dd>
        <Money amount={proof.stake} />
      </dd>
      <dt>{proof.voided ? t('history.voided') : t('history.payout')}</dt>
      <dd>
        <Money amount={proof.payout} />
      </dd>
      <dt>{t('round.bets')}</dt>
      <dd>
        <Bets bets={proof.bets[proof.seat]} />
      </dd>
      {proof.decisions.length > 0 && (
        <>
          <dt>{t('round.decisions')}</dt>
          <dd>{proof.decisions.map(decisionText).join(', ')}</dd>
        </>
      )}
      <dt>{t('round.outcome')}</dt>
      <dd>{outcomeText(proof)}</dd>
      <dt>{t('round.draws')}</dt>
      <dd>{proof.draws.map((draw) => draw.value).join(', ') || '–'}</dd>
      <dt>{t(proof.client_seeds.length > 1 ? 'round.clientSeeds' : 'round.clientSeed')}</dt>
      <dd className={styles.code}>{proof.client_seeds.join(', ') || '–'}</dd>
      <dt>{t('round.serverSeed')}</dt>
      <dd className={styles.code}>{proof.seed}</dd>
      <dt>{t('round.commitment')}</dt>
      <dd className={styles.code}>{proof.commitment}</dd>
    </dl>
  );
}

/** A stake or a list of bets in money; anything else as the server wrote it. */
function Bets({ bets }: { bets: Readonly<Record<string, unknown>> | undefined }) {
  if (typeof bets?.stake === 'number') return <Money amount={bets.stake} />;
  if (!Array.isArray(bets?.bets)) return plainText(bets ?? null);
  const list = bets.bets as readonly { bet: unknown; stake: unknown }[];
  return list.map(({ bet, stake }) => (
    <div key={String(bet)}>
      {String(bet)}: <Money amount={Number(stake)} />
    </div>
  ));
}

function decisionText({ decision, platform }: Proof['decisions'][number]): string {
  const text = plainText(decision.action ?? decision);
  return platform ? `${text} (${t('round.byPlatform')})` : text;
}

/** Summaries may speak of minor units, so that of a game of cards is told by its hands. */
function outcomeText({ outcome, game }: Proof): string {
  if (outcome === null) return '–';
  const { summary, dealer, hands } = outcome as Record<string, unknown>;
  if (game === 'blackjack' && Array.isArray(hands)) {
    const mine = hands as readonly { total: unknown; status: unknown }[];
    const totals = mine.map((hand) => `${plainText(hand.total)} (${plainText(hand.status)})`);
    const house = (dealer as { total?: unknown } | undefined)?.total;
    return `${totals.join(', ')} – ${t('blackjack.dealer')} ${plainText(house ?? null)}`;
  }
  return typeof summary === 'string' ? summary : plainText(outcome);
}
