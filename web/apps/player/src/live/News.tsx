import { useMoney } from '@croupier/ui';
import { Result } from '../controls/Result';
import type { BetsState } from '../state/bets';
import type { Live } from '../state/live';
import { t } from '../text/t';
import { Clock } from './Clock';
import { type News as Told, tellLive } from './telling';

interface NewsProps {
  readonly live: Live;
  /** What went wrong with bets or decisions. */
  readonly problem?: string | undefined;
  readonly bets?: BetsState | undefined;
  /** In place of what the events tell. */
  readonly instead?: Told | undefined;
}

/** The clock, and the one line that tells what happens at the table. */
export function News({ live, problem, bets, instead }: NewsProps) {
  const money = useMoney();
  const { table, state, event } = live;
  if (state === undefined) return null;
  const wrong = problem ?? live.problem ?? refusal(bets, state.stakes, money);
  const told: Told =
    wrong === undefined
      ? (instead ?? tellLive(state, event, money))
      : { tone: 'problem', text: wrong };
  const ended = event?.type === 'round_result' && event.stake !== null && event.stake > 0;
  return (
    <>
      {table !== undefined && <Clock table={table} state={state} />}
      <Result tone={told.tone} round={ended ? { id: event.round, finished: true } : undefined}>
        {told.text}
      </Result>
    </>
  );
}

function refusal(
  bets: BetsState | undefined,
  range: { readonly minimum: number; readonly maximum: number },
  money: (minor: number) => string,
): string | undefined {
  if (bets?.refused === 'each') return t('roulette.limitEach', { amount: money(range.minimum) });
  if (bets?.refused === 'all') return t('roulette.limitAll', { amount: money(range.maximum) });
  if (bets?.refused === 'count') return t('roulette.limitCount', { count: bets.chips.size });
  return undefined;
}
