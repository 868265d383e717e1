import { classes } from '@croupier/ui';
import { useState } from 'react';
import controls from '../controls/controls.module.css';
import { StakeStepper } from '../controls/StakeStepper';
import { RoundView } from '../games/generic/RoundView';
import { useLiveBets } from '../state/live-bets';
import { reducedMotion } from '../state/settings';
import { firstStake, offered } from '../state/stakes';
import { t } from '../text/t';
import { BetPanel, inHand, PlaceButton } from './BetPanel';
import styles from './Live.module.css';
import { News } from './News';
import type { LiveProps } from './props';
import { SitDown } from './SitDown';
import { useResult } from './use-result';
import { awaited } from './use-reveal';
import { Wheel } from './Wheel';

/** A live table of any game with one draw: baccarat, sic bo, the big six. */
export default function LiveWindow(props: LiveProps) {
  const { live, table, state, game, wheel, children } = props;
  const bets = useLiveBets(table, state, game);
  const [chosen, setChosen] = useState<number>();
  const stakes = offered(game.description.stakes, state.stakes);
  const stake = firstStake(stakes, chosen);
  const result = useResult(live);
  const seated = state.seat !== null;
  return (
    <div className={classes(styles.table, seated && styles.window)}>
      <div className={styles.stage}>
        {wheel !== undefined && <Wheel wheel={wheel} />}
        {wheel === undefined && awaited(state) !== undefined && <Drawing />}
        {result !== undefined && (
          <div key={result.id} className={styles.reveal} data-calm={reducedMotion() || undefined}>
            <RoundView round={result} />
          </div>
        )}
      </div>
      {seated && <BetPanel game={game} bets={bets} stake={stake} />}
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

/** Something moves while the draw is awaited; the line of news says that it is. */
function Drawing() {
  return (
    <div className={styles.drawing} data-calm={reducedMotion() || undefined} aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}
