import type { RouletteView } from '@croupier/protocol';
import { Button, classes, useMoney } from '@croupier/ui';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import controls from '../../controls/controls.module.css';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { Result } from '../../controls/Result';
import type { GameProps } from '../../pages/GamePage';
import { sounds } from '../../sound/sounds';
import { useCasino } from '../../state/casino';
import { firstStake, offered } from '../../state/stakes';
import { useSeat } from '../../state/table';
import { t, tMaybe } from '../../text/t';
import {
  type BetsMove,
  type BetsState,
  betsBody,
  MOST_BETS,
  NO_BETS,
  nextBets,
  totalOf,
} from './bets';
import { ChipRow } from './ChipRow';
import { Felt } from './Felt';
import { layOut } from './layout';
import styles from './Roulette.module.css';
import { Actions, Aims, LastNumbers, Wins } from './RouletteParts';
import { Wheel, type WheelHandle } from './Wheel';

const LAST_KEPT = 12;

/** Roulette: chips on a felt, a wheel, and every bet by touch or keyboard. */
export default function RouletteGame({ game }: GameProps) {
  const seat = useSeat(game);
  const money = useMoney();
  const range = seat.table?.seated.stakes ?? game.stakes;
  const values = offered(game.description.stakes, range);
  const { spots } = useMemo(() => layOut(game.description.choices), [game]);
  const [bets, move] = useReducer(
    (state: BetsState, step: BetsMove) => nextBets(state, step, range),
    NO_BETS,
  );
  const [chip, setChip] = useState<number>();
  const [aim, setAim] = useState<string>();
  const [spinning, setSpinning] = useState(false);
  const [view, setView] = useState<RouletteView>();
  const [last, setLast] = useState<readonly RouletteView[]>([]);
  const [said, setSaid] = useState<{ tone: Tone; text: string }>();
  const wheel = useRef<WheelHandle>(null);
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const value = firstStake(values, chip);
  const total = totalOf(bets.chips);

  useEffect(() => () => useCasino.setState({ veiled: null }), []);

  function change(step: BetsMove) {
    sounds.play('chip');
    setSaid(undefined);
    setView(undefined);
    move(step);
  }

  async function spin() {
    if (spinning || total === 0) return;
    setSpinning(true);
    setSaid(undefined);
    setView(undefined);
    wheel.current?.start();
    sounds.play('spin');
    useCasino.setState({ veiled: Math.max(0, free - total) });
    try {
      const round = await seat.play(betsBody(bets.chips));
      if (round === undefined) {
        wheel.current?.cancel();
        return;
      }
      const seen = round.view as RouletteView;
      await wheel.current?.stop(seen.number);
      move({ type: 'played' });
      setView(seen);
      setLast((before) => [seen, ...before].slice(0, LAST_KEPT));
      const { tone, text } = outcomeOf(round, money);
      const colour = tMaybe(`roulette.colour.${seen.colour}`) ?? seen.colour;
      setSaid({ tone, text: `${t('roulette.result', { number: seen.number, colour })} ${text}` });
      sounds.play(tone === 'win' ? 'win' : 'loss');
    } finally {
      useCasino.setState({ veiled: null });
      setSpinning(false);
    }
  }

  const line = lineOf({ bets, spinning, problem: seat.problem, said, total, money, range });
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
          ready={total <= free && seat.table !== undefined}
          change={change}
          spin={() => void spin()}
        />
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
    </div>
  );
}

interface LineFacts {
  readonly bets: BetsState;
  readonly spinning: boolean;
  readonly problem: string | undefined;
  readonly said: { tone: Tone; text: string } | undefined;
  readonly total: number;
  readonly money: (minor: number) => string;
  readonly range: { readonly minimum: number; readonly maximum: number };
}

function lineOf(facts: LineFacts): { tone: Tone; text: string } {
  const { bets, spinning, problem, said, total, money, range } = facts;
  if (spinning) return { tone: 'neutral', text: t('roulette.spinning') };
  if (problem !== undefined) return { tone: 'problem', text: problem };
  if (bets.refused !== undefined) {
    const texts = {
      each: t('roulette.limitEach', { amount: money(range.minimum) }),
      all: t('roulette.limitAll', { amount: money(range.maximum) }),
      count: t('roulette.limitCount', { count: MOST_BETS }),
    };
    return { tone: 'problem', text: texts[bets.refused] };
  }
  if (said !== undefined) return said;
  if (total === 0) return { tone: 'neutral', text: t('roulette.ready') };
  const values = { count: bets.chips.size, amount: money(total) };
  return { tone: 'neutral', text: t('roulette.placed', values) };
}
