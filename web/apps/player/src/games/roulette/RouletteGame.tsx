import { Button, classes } from '@croupier/ui';
import { useMemo, useState } from 'react';
import controls from '../../controls/controls.module.css';
import { Result } from '../../controls/Result';
import type { GameProps } from '../../pages/GamePage';
import { sounds } from '../../sound/sounds';
import type { BetsMove } from '../../state/bets';
import { firstStake, offered } from '../../state/stakes';
import { t } from '../../text/t';
import { ChipRow } from './ChipRow';
import { Felt } from './Felt';
import { layOut } from './layout';
import styles from './Roulette.module.css';
import { Actions, Aims, LastNumbers, Wins } from './RouletteParts';
import { useRoulette } from './use-roulette';
import { Wheel } from './Wheel';

/** Roulette: chips on a felt, a wheel, and every bet by touch or keyboard. */
export default function RouletteGame({ game }: GameProps) {
  const { seat, range, bets, spinning, view, last, wheel, line, ready, ...table } =
    useRoulette(game);
  const { spots } = useMemo(() => layOut(game.description.choices), [game]);
  const values = offered(game.description.stakes, range);
  const [chip, setChip] = useState<number>();
  const [aim, setAim] = useState<string>();
  const value = firstStake(values, chip);
  function change(move: BetsMove) {
    sounds.play('chip');
    table.change(move);
  }
  return (
    <div className={styles.table}>
      <div className={styles.felt}>
        <Aims aim={aim} choose={setAim} />
        <Felt
          spots={spots}
          chips={bets.chips}
          aim={aim}
          disabled={spinning}
          number={view?.number}
          place={(bet) => change({ type: 'place', bet, chip: value })}
          take={(bet) => change({ type: 'take', bet })}
        />
      </div>
      <div className={classes(controls.controls, styles.controls)}>
        <div className={styles.side}>
          <Wheel handle={wheel} />
          <div className={styles.news}>
            <Result tone={line.tone} round={spinning ? undefined : seat.round}>
              {line.text}
            </Result>
            <LastNumbers views={last} />
            {view !== undefined && <Wins view={view} game={game} />}
          </div>
        </div>
        <ChipRow values={values} value={value} choose={setChip} />
        <Actions
          bets={bets}
          spinning={spinning}
          ready={ready}
          change={change}
          spin={() => void table.spin()}
        />
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
    </div>
  );
}
