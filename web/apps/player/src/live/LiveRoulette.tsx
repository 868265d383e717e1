import type { RouletteView } from '@croupier/protocol';
import { classes } from '@croupier/ui';
import { useMemo, useState } from 'react';
import controls from '../controls/controls.module.css';
import { ChipRow } from '../games/roulette/ChipRow';
import { Felt } from '../games/roulette/Felt';
import { layOut } from '../games/roulette/layout';
import roulette from '../games/roulette/Roulette.module.css';
import { Actions, Aims, Wins } from '../games/roulette/RouletteParts';
import { sounds } from '../sound/sounds';
import type { BetsMove } from '../state/bets';
import { chipsOfOthers, takesBets, useLiveBets } from '../state/live-bets';
import { firstStake, offered } from '../state/stakes';
import { t } from '../text/t';
import { inHand } from './BetPanel';
import styles from './Live.module.css';
import { News } from './News';
import type { LiveProps } from './props';
import { SitDown } from './SitDown';
import { useResult } from './use-result';
import { Wheel } from './Wheel';

/** A live roulette table: one felt with everybody's chips on it. */
export default function LiveRoulette(props: LiveProps) {
  const { live, table, state, game, wheel, children } = props;
  const bets = useLiveBets(table, state, game);
  const { spots } = useMemo(() => layOut(game.description.choices), [game]);
  const others = useMemo(() => chipsOfOthers(state), [state]);
  const values = offered(game.description.stakes, state.stakes);
  const [chip, setChip] = useState<number>();
  const [aim, setAim] = useState<string>();
  const value = firstStake(values, chip);
  const seated = state.seat !== null;
  const view = useResult(live)?.view as RouletteView | undefined;
  function change(move: BetsMove) {
    sounds.play('chip');
    bets.change(move);
  }
  return (
    <div className={classes(roulette.table, styles.beside)}>
      <div className={roulette.felt}>
        <Aims aim={aim} choose={setAim} />
        <Felt
          spots={spots}
          chips={bets.bets.chips}
          accepted={bets.accepted}
          others={others}
          sending={bets.pending}
          aim={aim}
          disabled={bets.pending || !seated}
          number={view?.number}
          place={(bet) => change({ type: 'place', bet, chip: value })}
          take={(bet) => change({ type: 'take', bet })}
        />
      </div>
      {children}
      <div className={classes(controls.controls, roulette.controls)}>
        <div className={roulette.side}>
          {wheel !== undefined && <Wheel wheel={wheel} />}
          <div className={styles.told}>
            <News live={live} problem={bets.problem} bets={bets.bets} />
          </div>
        </div>
        {view !== undefined && <Wins view={view} game={game} />}
        {seated ? (
          <>
            <ChipRow values={values} value={value} choose={setChip} />
            <Actions
              bets={bets.bets}
              spinning={bets.pending}
              ready={takesBets(state) && inHand(bets) > 0}
              change={change}
              spin={() => void bets.place()}
              label={t(bets.pending ? 'live.placing' : 'live.place')}
            />
          </>
        ) : (
          <SitDown live={live} state={state} />
        )}
      </div>
    </div>
  );
}
