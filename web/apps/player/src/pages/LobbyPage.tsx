import type { LobbyGame } from '@croupier/protocol';
import { Button } from '@croupier/ui';
import { useDeferredValue, useId, useState } from 'react';
import { Loading } from '../shell/Loading';
import { fetchLobby, useCasino } from '../state/casino';
import { useSettings } from '../state/settings';
import { t } from '../text/t';
import { GameCard } from './GameCard';
import styles from './LobbyPage.module.css';
import { found, named } from './lobby';

/** The games there are. */
export function LobbyPage() {
  const lobby = useCasino((state) => state.lobby);
  const failed = useCasino((state) => state.lobbyFailed);
  if (lobby === undefined && failed) {
    return (
      <section className={styles.none}>
        <p>{t('welcome.failed')}</p>
        <Button onClick={() => void fetchLobby()}>{t('game.retry')}</Button>
      </section>
    );
  }
  if (lobby === undefined) return <Loading text={t('lobby.loading')} />;
  return <Games lobby={lobby} />;
}

function Games({ lobby }: { lobby: readonly LobbyGame[] }) {
  const [query, setQuery] = useState('');
  const favourites = useSettings((state) => state.favourites);
  const recent = useSettings((state) => state.recent);
  const wanted = useDeferredValue(query.trim());
  const games = found(lobby, wanted);
  const searching = wanted !== '';
  return (
    <>
      <h1 className="visually-hidden">{t('lobby.title')}</h1>
      <Search query={query} change={setQuery} />
      <p className="visually-hidden" role="status">
        {searching ? t('lobby.found', { count: games.length }) : ''}
      </p>
      {!searching && <Row title={t('lobby.favourites')} games={named(lobby, favourites)} />}
      {!searching && <Row title={t('lobby.recent')} games={named(lobby, recent)} small />}
      {games.length > 0 && <Row title={t('lobby.all')} games={games} />}
      {games.length === 0 && (
        <p className={styles.none}>
          {lobby.length === 0 ? t('lobby.empty') : t('lobby.none', { query: wanted })}
        </p>
      )}
    </>
  );
}

function Search({ query, change }: { query: string; change: (query: string) => void }) {
  const label = useId();
  return (
    <search className={styles.search}>
      <label className="visually-hidden" htmlFor={label}>
        {t('lobby.search')}
      </label>
      <input
        id={label}
        type="search"
        placeholder={t('lobby.search')}
        value={query}
        autoComplete="off"
        onChange={(event) => change(event.target.value)}
      />
    </search>
  );
}

interface RowProps {
  readonly title: string;
  readonly games: readonly LobbyGame[];
  readonly small?: boolean;
}

function Row({ title, games, small = false }: RowProps) {
  const label = useId();
  if (games.length === 0) return null;
  return (
    <section className={styles.row} aria-labelledby={label}>
      <h2 id={label}>{title}</h2>
      <ul className={small ? styles.small : styles.cards}>
        {games.map((game) => (
          <li key={game.game}>
            <GameCard game={game} small={small} />
          </li>
        ))}
      </ul>
    </section>
  );
}
