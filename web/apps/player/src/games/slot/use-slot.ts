import type { LobbyGame } from '@croupier/protocol';
import { useMoney } from '@croupier/ui';
import { useEffect, useRef, useState } from 'react';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { sounds } from '../../sound/sounds';
import { useCasino } from '../../state/casino';
import { reducedMotion } from '../../state/settings';
import { useSeat } from '../../state/table';
import { t } from '../../text/t';
import { mountReels } from './mount-reels';
import type { MountedReels, Reels, Window } from './reels';
import { lastWindow, type Step, stepsOf } from './round-steps';
import { FILLER, IDLE, symbolName } from './symbols';

/** What the player is told of the round. */
export interface Telling {
  readonly tone: Tone;
  readonly text: string;
}

/** A slot machine as its view needs it: the reels, what is said, and how to spin. */
export function useSlot(game: LobbyGame) {
  const seat = useSeat(game);
  const money = useMoney();
  const frame = useRef<HTMLDivElement>(null);
  const mounted = useRef<MountedReels>(undefined);
  const reels = useRef<Reels>(undefined);
  const skipped = useRef(false);
  const [spinning, setSpinning] = useState(false);
  // What follows the first landing may be cut short; the spin itself may not.
  const [landed, setLanded] = useState(false);
  const [telling, setTelling] = useState<Telling>({ tone: 'neutral', text: t('slot.ready') });
  const [window, setWindow] = useState<Window>(IDLE);
  const [renderer, setRenderer] = useState<Reels['renderer']>();

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let here = true;
    const model = {
      window: IDLE,
      filler: FILLER,
      reducedMotion,
      landed: () => sounds.play('stop'),
    };
    const made = mountReels(element, model);
    mounted.current = made;
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
  }, []);

  async function show(step: Step): Promise<void> {
    const tell = (text: string) => setTelling({ tone: 'neutral', text });
    if (step.kind === 'reveal') {
      if (step.freeGame > 0) {
        tell(t('slot.freeGame', { game: step.freeGame }));
        reels.current?.start();
      }
      await reels.current?.stop(step.window);
      setWindow(step.window);
      setLanded(true);
    } else if (step.kind === 'win') {
      tell(winText(step, money));
      await reels.current?.highlight(step.positions);
    } else if (step.kind === 'free') {
      tell(t('slot.freeWon', { count: step.count, multiplier: step.multiplier }));
      await reels.current?.highlight(step.positions);
    }
  }

  async function spin(stake: number): Promise<void> {
    if (spinning || seat.table === undefined) return;
    setSpinning(true);
    setLanded(false);
    skipped.current = false;
    // The reels roll on the tap itself; the outcome only stops them.
    reels.current?.start();
    sounds.play('spin');
    setTelling({ tone: 'neutral', text: t('slot.spinning') });
    const free = useCasino.getState().balance?.amount ?? 0;
    useCasino.setState({ veiled: Math.max(0, free - stake) });
    try {
      const round = await seat.play({ stake });
      if (round === undefined) {
        reels.current?.cancel();
        return;
      }
      const steps = stepsOf(round.view);
      for (const step of steps) {
        if (skipped.current) break;
        await show(step);
      }
      const rest = lastWindow(steps);
      if (rest !== undefined && skipped.current) {
        reels.current?.rest(rest);
        setWindow(rest);
      }
      const outcome = outcomeOf(round, money);
      setTelling(outcome);
      sounds.play(outcome.tone === 'win' ? 'win' : 'loss');
    } finally {
      useCasino.setState({ veiled: null });
      setSpinning(false);
    }
  }

  function skip(): void {
    skipped.current = true;
    reels.current?.hurry();
  }

  const said: Telling =
    seat.problem === undefined ? telling : { tone: 'problem', text: seat.problem };
  return { seat, frame, spinning, landed, said, window, renderer, spin, skip };
}

function winText(step: Extract<Step, { kind: 'win' }>, money: (minor: number) => string): string {
  const { line, count, payout } = step;
  const values = { symbol: symbolName(step.symbol), count, amount: money(payout) };
  return line === undefined ? t('slot.scatter', values) : t('slot.line', { ...values, line });
}
