import type { LobbyGame, RouletteView } from '@croupier/protocol';
import { useMoney } from '@croupier/ui';
import { useEffect, useReducer, useRef, useState } from 'react';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { sounds } from '../../sound/sounds';
import {
  type BetsMove,
  type BetsState,
  betsBody,
  MOST_BETS,
  NO_BETS,
  nextBets,
  totalOf,
} from '../../state/bets';
import { behindVeil, useCasino } from '../../state/casino';
import { useSeat } from '../../state/table';
import { t, tMaybe } from '../../text/t';
import type { WheelHandle } from './Wheel';

const LAST_KEPT = 12;

/** A roulette table as its view needs it: the felt, the wheel, and what is said of the round. */
export function useRoulette(game: LobbyGame) {
  const seat = useSeat(game);
  const money = useMoney();
  const range = seat.table?.seated.stakes ?? game.stakes;
  const [bets, move] = useReducer(
    (state: BetsState, step: BetsMove) => nextBets(state, step, range),
    NO_BETS,
  );
  const [spinning, setSpinning] = useState(false);
  const [view, setView] = useState<RouletteView>();
  const [last, setLast] = useState<readonly RouletteView[]>([]);
  const [said, setSaid] = useState<{ tone: Tone; text: string }>();
  const wheel = useRef<WheelHandle>(null);
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const total = totalOf(bets.chips);

  useEffect(() => () => useCasino.setState({ veiled: null }), []);

  function change(step: BetsMove) {
    setSaid(undefined);
    setView(undefined);
    move(step);
  }

  async function show(): Promise<void> {
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
  }

  async function spin(): Promise<void> {
    if (spinning || total === 0) return;
    setSpinning(true);
    setSaid(undefined);
    setView(undefined);
    wheel.current?.start();
    sounds.play('spin');
    await behindVeil(total, show).finally(() => setSpinning(false));
  }

  const line = lineOf({ bets, spinning, problem: seat.problem, said, total, money, range });
  const ready = total <= free && seat.table !== undefined;
  return { seat, range, bets, spinning, view, last, wheel, line, ready, change, spin };
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
