import type { LobbyGame } from '@croupier/protocol';
import { classes, Money } from '@croupier/ui';
import { Star } from 'lucide-react';
import { Link } from 'wouter';
import { usePlaying } from '../state/activity';
import { changeSettings, toggled, useSettings } from '../state/settings';
import { t } from '../text/t';
import { GameArt } from './GameArt';
import styles from './GameCard.module.css';
import { percentOf } from './lobby';

interface GameCardProps {
  readonly game: LobbyGame;
  /** The title alone. */
  readonly small: boolean;
  /** One of many. */
  readonly compact: boolean;
}

/** One game of the lobby. */
export function GameCard({ game, small, compact }: GameCardProps) {
  const { title, returns } = game.description;
  if (small) {
    return (
      <Link href={`/play/${game.game}`} className={styles.chip}>
        {title}
      </Link>
    );
  }
  return (
    <article className={classes(styles.card, compact && styles.compact)}>
      <Link href={`/play/${game.game}`} className={styles.play}>
        <GameArt game={game} />
        <span className="visually-hidden">{t('lobby.play', { game: title })}</span>
        <span className={styles.title} aria-hidden="true">
          {title}
        </span>
      </Link>
      <Favourite game={game} />
      <PlayingNow game={game.game} />
      <dl className={styles.facts}>
        <div>
          <dt>{t(compact ? 'lobby.returns' : 'lobby.return')}</dt>
          <dd>{percentOf(returns.decimal)}</dd>
        </div>
        <div>
          <dt className={compact ? 'visually-hidden' : undefined}>{t('lobby.stakes')}</dt>
          <dd>
            <Money amount={game.stakes.minimum} /> – <Money amount={game.stakes.maximum} />
          </dd>
        </div>
      </dl>
      <Link href={`/help/${game.game}`} className={styles.rules}>
        {t('lobby.rules')}
        <span className="visually-hidden">: {title}</span>
      </Link>
    </article>
  );
}

/** How many play it now. It lies over the picture, so that nothing moves when it comes or goes. */
function PlayingNow({ game }: { game: string }) {
  const count = usePlaying(game);
  if (count === undefined) return null;
  return <p className={styles.playing}>{t('lobby.playing', { count })}</p>;
}

function Favourite({ game }: { game: LobbyGame }) {
  const favourites = useSettings((state) => state.favourites);
  const chosen = favourites.includes(game.game);
  return (
    <button
      type="button"
      className={styles.star}
      aria-pressed={chosen}
      aria-label={t('lobby.favourite', { game: game.description.title })}
      onClick={() => changeSettings({ favourites: toggled(favourites, game.game) })}
    >
      <Star aria-hidden fill={chosen ? 'currentColor' : 'none'} />
    </button>
  );
}
