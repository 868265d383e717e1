import type { LiveEvent, LiveState } from '@croupier/sdk';
import { Button } from '@croupier/ui';
import { type ComponentType, lazy, useEffect, useMemo, useRef, useState } from 'react';
import { RulesDialog } from '../controls/RulesDialog';
import { viewFor } from '../games/views';
import { Board } from '../live/Board';
import styles from '../live/Live.module.css';
import type { LiveProps } from '../live/props';
import { Seats } from '../live/Seats';
import { useReveal } from '../live/use-reveal';
import { wheelOf } from '../live/wheels';
import { Loading } from '../shell/Loading';
import { NotFound } from '../shell/NotFound';
import { sounds } from '../sound/sounds';
import { useCasino } from '../state/casino';
import { useLive } from '../state/live';
import { t } from '../text/t';

const VIEWS: Readonly<Record<string, ComponentType<LiveProps>>> = {
  roulette: lazy(() => import('../live/LiveRoulette')),
  window: lazy(() => import('../live/LiveWindow')),
  turns: lazy(() => import('../live/LiveTurns')),
  rising: lazy(() => import('../live/LiveRising')),
  rolls: lazy(() => import('../live/LiveRolls')),
};

/** One live table. */
export default function LivePage({ id }: { id: string }) {
  const present = useLive(id);
  const lobby = useCasino((casino) => casino.lobby);
  const name = present.state?.game;
  const game = useMemo(() => lobby?.find((one) => one.game === name), [lobby, name]);
  const plan = useMemo(() => game && wheelOf(game.description), [game]);
  const { live, wheel } = useReveal(present, plan);
  const [rules, setRules] = useState(false);
  const { table, state, event } = live;
  const played = usePlayed(state, event);
  const title = state?.title;
  useEffect(() => {
    if (title !== undefined) document.title = `${title} – ${t('app.name')}`;
  }, [title]);
  useSounds(event);
  if (table === undefined || state === undefined) {
    if (live.problem === undefined) return <Loading text={t('live.loading')} />;
    return (
      <>
        <p role="alert">{live.problem}</p>
        <Button onClick={live.retry}>{t('game.retry')}</Button>
      </>
    );
  }
  if (lobby === undefined) return <Loading />;
  const felt = game !== undefined && viewFor(game.description) === 'roulette';
  const View = VIEWS[state.style === 'window' && felt ? 'roulette' : state.style];
  if (game === undefined || View === undefined) return <NotFound text={t('live.unsupported')} />;
  return (
    <article className={styles.page}>
      <header className={styles.head}>
        <h1>{state.title}</h1>
        <Button look="quiet" onClick={() => setRules(true)}>
          {t('game.rules')}
        </Button>
        {state.seat !== null && (
          <Button look="quiet" disabled={live.moving} onClick={live.stand}>
            {t('live.stand')}
          </Button>
        )}
      </header>
      <View live={live} table={table} state={state} game={game} wheel={wheel}>
        <div className={styles.aside}>
          <Seats live={live} state={state} />
          <Board board={state.board} played={played} />
        </div>
      </View>
      {rules && <RulesDialog game={game} close={() => setRules(false)} />}
    </article>
  );
}

/** The rounds that this player has bet on while he was here; only these he can check. */
function usePlayed(state: LiveState | undefined, event: LiveEvent | undefined) {
  const played = useRef(new Set<string>());
  const mine = state?.placed.some(({ seat }) => seat === state.seat) === true;
  if (state !== undefined && mine && state.round !== null) played.current.add(state.round);
  if (event?.type === 'round_result' && event.stake !== null) played.current.add(event.round);
  return played.current;
}

function useSounds(event: LiveEvent | undefined): void {
  useEffect(() => {
    if (event?.type === 'turn') sounds.play('card');
    if (event?.type !== 'round_result' || event.stake === null) return;
    sounds.play((event.payout ?? 0) > event.stake ? 'win' : 'loss');
  }, [event]);
}
