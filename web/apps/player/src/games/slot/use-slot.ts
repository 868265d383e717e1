import type { LobbyGame } from '@croupier/protocol';
import { useMoney } from '@croupier/ui';
import { useEffect, useRef, useState } from 'react';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { sounds } from '../../sound/sounds';
import { behindVeil, useCasino } from '../../state/casino';
import { reducedMotion } from '../../state/settings';
import { useSeat } from '../../state/table';
import { t } from '../../text/t';
import { reelsOf } from '../views';
import { mountReels } from './mount-reels';
import type { Reels, Window } from './reels';
import { firstWindow, formOf, lastWindow, type Step, stepsOf } from './round-steps';
import { type Look, learn, lookOf, symbolName } from './symbols';

/** What the player is told of the round. */
export interface Telling {
  readonly tone: Tone;
  readonly text: string;
}

/** Put reels into an element for as long as the view is there. */
function useReels(look: Look) {
  const frame = useRef<HTMLDivElement>(null);
  const reels = useRef<Reels>(undefined);
  const [renderer, setRenderer] = useState<Reels['renderer']>();
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let here = true;
    const made = mountReels(element, {
      window: look.window,
      filler: look.filler,
      reducedMotion,
      landed: () => sounds.play('stop'),
    });
    void made.ready.then((ready) => {
      if (!here) return;
      reels.current = ready;
      setRenderer(ready.renderer);
    });
    return () => {
      here = false;
      reels.current = undefined;
      made.dispose();
      useCasino.setState({ veiled: null });
    };
  }, [look]);
  return { frame, reels, renderer };
}

/** A slot machine as its view needs it: the reels, what is said, and how to spin. */
export function useSlot(game: LobbyGame) {
  const seat = useSeat(game);
  const money = useMoney();
  const [look, setLook] = useState(() => {
    return lookOf(game.game, reelsOf(game.description) ?? { reels: 5, rows: 3 });
  });
  const { frame, reels, renderer } = useReels(look);
  const skipped = useRef(false);
  const [spinning, setSpinning] = useState(false);
  // What follows the first landing may be cut short; the spin itself may not.
  const [landed, setLanded] = useState(false);
  const [telling, setTelling] = useState<Telling>({ tone: 'neutral', text: t('slot.ready') });
  const [window, setWindow] = useState<Window>(look.window);
  /** The last round told more than these reels can show. */
  const [partial, setPartial] = useState(false);

  /** Show one step; what it says comes before what moves. */
  async function show(step: Step): Promise<void> {
    const text = stepText(step, money);
    if (text !== undefined) setTelling({ tone: 'neutral', text });
    if (step.kind === 'reveal') {
      if (step.freeGame > 0) reels.current?.start();
      await reels.current?.stop(step.window);
      setWindow(step.window);
      setLanded(true);
    } else if (step.kind === 'change') {
      reels.current?.rest(step.window);
      setWindow(step.window);
      await reels.current?.highlight([]);
    } else if (step.kind !== 'total') {
      await reels.current?.highlight(step.kind === 'paid' ? [] : step.positions);
    }
  }

  /** Reels of another form than the description said: take those for the rounds to come. */
  function adapt(view: unknown): void {
    reels.current?.cancel();
    const shown = firstWindow(view);
    const form = formOf(shown);
    if (form === undefined) return;
    const window = shown as Window;
    const next = { window, filler: [] };
    learn(next.filler, window);
    setLook(next);
    setWindow(window);
  }

  /** Ask for a round and play its events in order. */
  async function play(stake: number): Promise<void> {
    const round = await seat.play({ stake });
    if (round === undefined) {
      reels.current?.cancel();
      return;
    }
    const { steps, complete } = stepsOf(round.view, formOf(look.window) ?? { reels: 0, rows: 0 });
    for (const step of steps) if (step.kind === 'reveal') learn(look.filler, step.window);
    for (const step of steps) {
      if (skipped.current) break;
      await show(step);
    }
    const rest = lastWindow(steps);
    // Without a window that fits there is nothing to land on; the result is told all the same.
    if (rest === undefined) adapt(round.view);
    else if (skipped.current) {
      reels.current?.rest(rest);
      setWindow(rest);
    }
    setPartial(!complete && !round.voided);
    const outcome = outcomeOf(round, money);
    setTelling(outcome);
    sounds.play(outcome.tone === 'win' ? 'win' : 'loss');
  }

  async function spin(stake: number): Promise<void> {
    if (spinning || seat.table === undefined) return;
    setSpinning(true);
    setLanded(false);
    setPartial(false);
    skipped.current = false;
    // The reels roll on the tap itself; the outcome only stops them.
    reels.current?.start();
    sounds.play('spin');
    setTelling({ tone: 'neutral', text: t('slot.spinning') });
    await behindVeil(stake, () => play(stake)).finally(() => setSpinning(false));
  }

  const skip = () => {
    skipped.current = true;
    reels.current?.hurry();
  };
  const { problem } = seat;
  const said: Telling = problem === undefined ? telling : { tone: 'problem', text: problem };
  return { seat, frame, spinning, landed, said, window, renderer, look, partial, spin, skip };
}

/** What a step says, if it says anything. */
function stepText(step: Step, money: (minor: number) => string): string | undefined {
  if (step.kind === 'total') return undefined;
  if (step.kind === 'reveal') {
    return step.freeGame > 0 ? t('slot.freeGame', { game: step.freeGame }) : undefined;
  }
  if (step.kind === 'free') {
    return t('slot.freeWon', { count: step.count, multiplier: step.multiplier });
  }
  if (step.kind === 'change') {
    const { multiplier } = step;
    return multiplier > 1 ? t('slot.cascadeTimes', { multiplier }) : t('slot.cascade');
  }
  if (step.kind === 'mark') return t(`slot.${step.event}`, { left: step.left });
  if (step.kind === 'paid') {
    return t('slot.paid', { count: step.count, amount: money(step.payout) });
  }
  const { line, ways, count, payout } = step;
  const values = { symbol: symbolName(step.symbol), count, amount: money(payout) };
  if (ways !== undefined) return t('slot.ways', { ...values, ways });
  return line === undefined ? t('slot.scatter', values) : t('slot.line', { ...values, line });
}
