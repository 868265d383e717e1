import type { Choice, CrapsTableView, CrapsWager } from '@croupier/protocol';
import { Money } from '@croupier/ui';
import { useEffect, useMemo, useState } from 'react';
import controls from '../controls/controls.module.css';
import { StakeStepper } from '../controls/StakeStepper';
import { BetPicker } from '../games/generic/BetPicker';
import { BetSlip } from '../games/generic/BetSlip';
import { sounds } from '../sound/sounds';
import { useLiveBets } from '../state/live-bets';
import { firstStake, offered } from '../state/stakes';
import { t, tMaybe } from '../text/t';
import { inHand, PlaceButton } from './BetPanel';
import styles from './Live.module.css';
import { News } from './News';
import type { LiveProps } from './props';
import rolls from './Rolls.module.css';
import { choicesNow, gameNow, nameOf, POINTS, pointOf, standingOf } from './rolls';
import { SitDown } from './SitDown';
import { useResult } from './use-result';

/** A live table of craps: bets stand from roll to roll, until the dice decide them. */
export default function LiveRolls({ live, table, state, game, children }: LiveProps) {
  const result = useResult(live)?.view as CrapsTableView | undefined;
  const point = pointOf(state, result);
  const standing = standingOf(state);
  const { choices } = game.description;
  const now = useMemo(() => choicesNow(choices, point, standing), [choices, point, standing]);
  const bets = useLiveBets(
    table,
    state,
    useMemo(() => gameNow(game, now), [game, now]),
  );
  const gone = [...bets.bets.chips.keys()].find((bet) => now.every((one) => one.bet !== bet));
  const { change, pending } = bets;
  // What was in hand for the roll before, and cannot be bet on the next, would only be refused.
  useEffect(() => {
    if (gone !== undefined && !pending) change({ type: 'take', bet: gone });
  }, [gone, pending, change]);
  const [chosen, setChosen] = useState<number>();
  const stakes = offered(game.description.stakes, state.stakes);
  const stake = firstStake(stakes, chosen);
  const seated = state.seat !== null;
  function place(bet: string) {
    sounds.play('chip');
    bets.change({ type: 'place', bet, chip: stake });
  }
  return (
    <div className={styles.table}>
      <Puck point={point} dice={result?.dice} />
      <Bets choices={choices} bets={result?.bets ?? standing} />
      {seated && (
        <div className={styles.panel}>
          <BetPicker choices={now} chips={bets.bets.chips} disabled={bets.pending} place={place} />
          <BetSlip
            choices={now}
            bets={bets.bets}
            stage={bets.pending ? 'pending' : 'fresh'}
            move={bets.change}
          />
        </div>
      )}
      {children}
      <div className={controls.controls}>
        <News live={live} problem={bets.problem} bets={bets.bets} />
        {seated ? (
          <>
            <StakeStepper
              label={t('generic.amount')}
              stakes={stakes}
              stake={stake}
              disabled={bets.pending}
              change={setChosen}
            />
            <PlaceButton
              state={state}
              bets={bets}
              total={inHand(bets)}
              place={() => void bets.place()}
            />
          </>
        ) : (
          <SitDown live={live} state={state} />
        )}
      </div>
    </div>
  );
}

interface PuckProps {
  readonly point: number;
  /** The dice that lie there, undefined once they are taken up again. */
  readonly dice: readonly [number, number] | undefined;
}

/** Which number is the point, and the dice. */
function Puck({ point, dice }: PuckProps) {
  const words = point === 0 ? t('craps.comeOut') : t('craps.pointIs', { point });
  return (
    <section className={rolls.puck} aria-label={t('craps.point')}>
      <p>{words}</p>
      <ul aria-hidden="true">
        {POINTS.map((number) => (
          <li key={number} data-on={number === point || undefined}>
            {number}
          </li>
        ))}
      </ul>
      <p className={rolls.dice}>
        {dice !== undefined && t('craps.dice', { first: dice[0], second: dice[1] })}
      </p>
    </section>
  );
}

/** The player's bets on the table, and what the roll that lies there has made of them. */
function Bets({ choices, bets }: { choices: readonly Choice[]; bets: readonly CrapsWager[] }) {
  if (bets.length === 0) return null;
  return (
    <section className={rolls.bets} aria-label={t('craps.standing')}>
      <h2>{t('craps.standing')}</h2>
      <ul>
        {bets.map((wager) => {
          const { bet, point, stake, odds, status, payout } = wager;
          return (
            <li key={`${bet} ${point}`} data-status={status}>
              <span>{nameOf(choices, wager)}</span>
              <span>
                <Money amount={stake} />
                {odds > 0 && (
                  <>
                    {' '}
                    {t('craps.behind')} <Money amount={odds} />
                  </>
                )}
              </span>
              <span>
                {tMaybe(`craps.status.${status}`) ?? status}
                {payout > 0 && (
                  <>
                    {' '}
                    <Money amount={payout} />
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
