import type { LobbyGame } from '@croupier/protocol';
import { Button, classes } from '@croupier/ui';
import { lazy, Suspense, useDeferredValue, useId, useMemo, useState } from 'react';
import { Loading } from '../shell/Loading';
import { useActivityWatch } from '../state/activity';
import { fetchLobby, useCasino } from '../state/casino';
import { useSettings } from '../state/settings';
import { t } from '../text/t';
import { GameCard } from './GameCard';
import styles from './LobbyPage.module.css';
import { byCategory, type Category, found, named } from './lobby';

const LiveShelf = lazy(() => import('./LiveShelf'));

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
  useActivityWatch();
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
      {!searching && (
        <Suspense fallback={null}>
          <LiveShelf />
        </Suspense>
      )}
      <Shelves games={games} grouped={!searching && lobby.length > FEW} />
      {games.length === 0 && (
        <p className={styles.none}>
          {lobby.length === 0 ? t('lobby.empty') : t('lobby.none', { query: wanted })}
        </p>
      )}
    </>
  );
}

/** So many games are seen at once and need no order. */
const FEW = 6;

/** The games, by their kind where there are many of them. */
function Shelves({ games, grouped }: { games: readonly LobbyGame[]; grouped: boolean }) {
  const shelves = useMemo(() => byCategory(games), [games]);
  const [chosen, setChosen] = useState<Category>();
  if (games.length === 0) return null;
  if (!grouped || shelves.length < 2) return <Row title={t('lobby.all')} games={games} />;
  const shown = shelves.filter(({ category }) => category === chosen);
  const kinds = [undefined, ...shelves.map(({ category }) => category)];
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere */}
      <div className={styles.kinds} role="group" aria-label={t('lobby.kinds')}>
        {kinds.map((category) => (
          <button
            key={category ?? 'all'}
            type="button"
            aria-pressed={category === (shown.length > 0 ? chosen : undefined)}
            onClick={() => setChosen(category)}
          >
            {t(category === undefined ? 'lobby.every' : `lobby.kind.${category}`)}
          </button>
        ))}
      </div>
      {(shown.length > 0 ? shown : shelves).map(({ category, games: among }) => (
        <Row key={category} title={t(`lobby.kind.${category}`)} games={among} many />
      ))}
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
  /** One of several rows, so that each card is smaller. */
  readonly many?: boolean;
}

function Row({ title, games, small = false, many = false }: RowProps) {
  const label = useId();
  if (games.length === 0) return null;
  return (
    <section className={styles.row} aria-labelledby={label}>
      <h2 id={label}>{title}</h2>
      <ul className={classes(small ? styles.small : styles.cards, many && styles.many)}>
        {games.map((game) => (
          <li key={game.game}>
            <GameCard game={game} small={small} compact={many} />
          </li>
        ))}
      </ul>
    </section>
  );
}
