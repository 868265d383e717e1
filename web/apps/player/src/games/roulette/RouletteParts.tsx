import type { RouletteView } from '@croupier/protocol';
import { Button, Money } from '@croupier/ui';
import type { GameProps } from '../../pages/GamePage';
import { type BetsMove, type BetsState, totalOf } from '../../state/bets';
import { reducedMotion } from '../../state/settings';
import { t } from '../../text/t';
import styles from './Roulette.module.css';

const AIMS = ['Split', 'Street', 'Corner', 'Line'] as const;

interface ActionsProps {
  readonly bets: BetsState;
  readonly spinning: boolean;
  /** Whether the bets could be played as they lie. */
  readonly ready: boolean;
  readonly change: (move: BetsMove) => void;
  readonly spin: () => void;
  /** What the main button says, where it does not spin the wheel. */
  readonly label?: string;
}

/** What can be done with the chips on the felt. */
export function Actions(props: ActionsProps) {
  const { bets, spinning, ready, change, spin, label = t('roulette.spin') } = props;
  const total = totalOf(bets.chips);
  const again = total === 0 && bets.last.size > 0;
  return (
    <div className={styles.actions}>
      <Button
        disabled={spinning || bets.before.length === 0}
        onClick={() => change({ type: 'undo' })}
      >
        {t('roulette.undo')}
      </Button>
      <Button disabled={spinning || total === 0} onClick={() => change({ type: 'clear' })}>
        {t('roulette.clear')}
      </Button>
      <Button
        disabled={spinning || (total === 0 && !again)}
        onClick={() => change({ type: again ? 'rebet' : 'double' })}
      >
        {t(again ? 'roulette.rebet' : 'roulette.double')}
      </Button>
      <Button look="main" disabled={spinning || total === 0 || !ready} onClick={spin}>
        {label}
      </Button>
    </div>
  );
}

/** Chooses which kind of bet a touch means, so that bets on lines are as large as a finger. */
export function Aims({ aim, choose }: { aim: string | undefined; choose: (aim?: string) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div className={styles.aims} role="group" aria-label={t('roulette.aim')}>
      <Button className={styles.jump} aria-label={t('roulette.jump')} onClick={jump}>
        <span aria-hidden="true">⇅</span>
      </Button>
      {[undefined, ...AIMS].map((one) => (
        <Button
          key={one ?? 'any'}
          className={styles.aim}
          aria-pressed={aim === one}
          onClick={() => choose(one)}
        >
          {t(`roulette.aim.${one ?? 'any'}`)}
        </Button>
      ))}
    </div>
  );
}

/** On a phone one half of the felt is in sight: show the other one. */
function jump(): void {
  const { scrollHeight } = document.documentElement;
  const below = scrollHeight - globalThis.innerHeight;
  const top = globalThis.scrollY > below / 2 ? 0 : below;
  globalThis.scrollTo({ top, behavior: reducedMotion() ? 'auto' : 'smooth' });
}

/** The numbers that came lately, newest first. */
export function LastNumbers({ views }: { views: readonly RouletteView[] }) {
  if (views.length === 0) return null;
  return (
    <ul className={styles.last} aria-label={t('roulette.last')}>
      {views.map((view, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same number may come twice
        <li key={index} data-colour={view.colour}>
          {view.number}
          <span className="visually-hidden"> {view.colour}</span>
        </li>
      ))}
    </ul>
  );
}

/** The bets that won, as the server told them. */
export function Wins({ view, game }: { view: RouletteView } & GameProps) {
  const { choices } = game.description;
  if (view.wins.length === 0) return null;
  return (
    <section className={styles.wins} aria-label={t('roulette.wins')}>
      <ul>
        {view.wins.map((win) => (
          <li key={win.bet}>
            {choices.find((choice) => choice.bet === win.bet)?.group ?? ''}{' '}
            {choices.find((choice) => choice.bet === win.bet)?.label ?? win.bet}:{' '}
            <Money amount={win.payout} />
          </li>
        ))}
      </ul>
    </section>
  );
}
