import { Link } from 'wouter';
import { Loading } from '../shell/Loading';
import { NotFound } from '../shell/NotFound';
import notice from '../shell/Notice.module.css';
import { useCasino } from '../state/casino';
import { t } from '../text/t';
import { Rules } from './Rules';

/** The rules of one game. */
export default function HelpPage({ name }: { name: string }) {
  const lobby = useCasino((state) => state.lobby);
  if (lobby === undefined) return <Loading text={t('lobby.loading')} />;
  const game = lobby.find((one) => one.game === name);
  if (game === undefined) return <NotFound text={t('game.unknown', { game: name })} />;
  return (
    <>
      <h1>{t('help.title', { game: game.description.title })}</h1>
      <p>
        <Link className={notice.link} href={`/play/${name}`}>
          {t('lobby.play', { game: game.description.title })}
        </Link>
      </p>
      <Rules game={game} />
    </>
  );
}
