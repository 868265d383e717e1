import type { LobbyGame } from '@croupier/protocol';
import { Button } from '@croupier/ui';
import { type ComponentType, lazy, useEffect, useState } from 'react';
import { useSearch } from 'wouter';
import { RulesDialog } from '../controls/RulesDialog';
import { type ViewName, viewFor } from '../games/views';
import { Loading } from '../shell/Loading';
import { NotFound } from '../shell/NotFound';
import { fetchLobby, useCasino } from '../state/casino';
import { changeSettings, useSettings, withRecent } from '../state/settings';
import { t } from '../text/t';
import styles from './GamePage.module.css';

/** What a view of a game is given. */
export interface GameProps {
  readonly game: LobbyGame;
}

const Slot = lazy(() => import('../games/slot/SlotGame'));
const Roulette = lazy(() => import('../games/roulette/RouletteGame'));
const Blackjack = lazy(() => import('../games/blackjack/BlackjackGame'));
const Generic = lazy(() => import('../games/generic/GenericGame'));

const VIEWS: Readonly<Record<ViewName, ComponentType<GameProps>>> = {
  slot: Slot,
  roulette: Roulette,
  blackjack: Blackjack,
  generic: Generic,
};

/** One game. */
export default function GamePage({ name }: { name: string }) {
  const lobby = useCasino((state) => state.lobby);
  const failed = useCasino((state) => state.lobbyFailed);
  const search = useSearch();
  const [rules, setRules] = useState(false);
  const game = lobby?.find((one) => one.game === name);
  const title = game?.description.title;
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} – ${t('app.name')}`;
    changeSettings({ recent: withRecent(useSettings.getState().recent, name) });
  }, [title, name]);
  if (lobby === undefined && failed) {
    return <Button onClick={() => void fetchLobby()}>{t('game.retry')}</Button>;
  }
  if (lobby === undefined) return <Loading />;
  if (game === undefined) return <NotFound text={t('game.unknown', { game: name })} />;
  if (game.description.kind === 'shared') return <NotFound text={t('game.unsupported')} />;
  const generic = new URLSearchParams(search).get('view') === 'generic';
  const View = generic ? Generic : VIEWS[viewFor(game.description)];
  return (
    <article className={styles.game}>
      <header className={styles.head}>
        <h1>{title}</h1>
        <Button look="quiet" onClick={() => setRules(true)}>
          {t('game.rules')}
        </Button>
      </header>
      <View game={game} />
      {rules && <RulesDialog game={game} close={() => setRules(false)} />}
    </article>
  );
}
