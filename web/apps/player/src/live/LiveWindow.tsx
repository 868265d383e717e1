import { useState } from 'react';
import controls from '../controls/controls.module.css';
import { StakeStepper } from '../controls/StakeStepper';
import { RoundView } from '../games/generic/RoundView';
import { useLiveBets } from '../state/live-bets';
import { firstStake, offered } from '../state/stakes';
import { t } from '../text/t';
import { BetPanel, inHand, PlaceButton } from './BetPanel';
import styles from './Live.module.css';
import { News } from './News';
import type { LiveProps } from './props';
import { SitDown } from './SitDown';
import { useResult } from './use-result';

/** A live table of any game with one draw: baccarat, sic bo, the big six. */
export default function LiveWindow({ live, table, state, game, children }: LiveProps) {
  const bets = useLiveBets(table, state, game);
  const [chosen, setChosen] = useState<number>();
  const stakes = offered(game.description.stakes, state.stakes);
  const stake = firstStake(stakes, chosen);
  const result = useResult(live);
  const seated = state.seat !== null;
  return (
    <div className={styles.table}>
      {result !== undefined && <RoundView round={result} />}
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
