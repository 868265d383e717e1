import type { LiveState } from '@croupier/sdk';
import { useEffect, useRef, useState } from 'react';
import { sounds } from '../sound/sounds';
import { useCasino } from '../state/casino';
import type { Live } from '../state/live';
import { reducedMotion } from '../state/settings';
import { LANDING_MS, type WheelPlan } from './wheels';

/** How a wheel moves now. */
export interface WheelMove {
  readonly plan: WheelPlan;
  /** It turns while nothing is drawn, and lands on what the server has told. */
  readonly motion: 'still' | 'turning' | 'landing';
  /** Where it lands, or lies. */
  readonly stop: number | undefined;
  /** Show what is there at once. */
  readonly skip: () => void;
}

/** A live table as it may be shown: a result waits until the wheel has come to rest. */
export interface Revealed {
  readonly live: Live;
  readonly wheel: WheelMove | undefined;
}

/** The round that a table waits to draw, undefined in any other phase and where it is parked. */
export function awaited(state: LiveState | undefined): string | undefined {
  if (state?.state === 'parked') return undefined;
  return state?.phase === 'closed' ? (state.round ?? undefined) : undefined;
}

/**
 * Where a wheel that was turning for a round has to land now: only once the result of that round,
 * which is paid by then, was told.
 */
export function landingOf(
  plan: WheelPlan | undefined,
  round: string | undefined,
  state: LiveState | undefined,
): number | undefined {
  if (round === undefined || state?.phase !== 'result') return undefined;
  const [newest] = state.board;
  if (newest?.round !== round || newest.voided) return undefined;
  return plan?.stopOf(state.view);
}

/**
 * Let a table's wheel turn in the pause before the draw, and land when the result has come. Until
 * then eye and ear are told nothing of it: not by the line of news, the board, or the balance.
 */
export function useReveal(live: Live, plan: WheelPlan | undefined): Revealed {
  const { state } = live;
  const connected = useCasino((casino) => casino.connection === 'connected');
  const shown = useRef<Live>(undefined);
  const [over, setOver] = useState<string>();
  const waiting = awaited(state);
  const turned = awaited(shown.current?.state);
  const calm = over === (waiting ?? turned) || reducedMotion();
  const target = landingOf(plan, turned, state);
  const landing = target !== undefined && !calm;

  useVeil(live, landing || waiting !== undefined, (round, view) => {
    const due = round === awaited(shown.current?.state) && round !== over && !reducedMotion();
    return due && plan?.stopOf(view) !== undefined;
  });
  useEffect(() => {
    if (!landing) shown.current = live;
  });
  // Without a connection nobody knows whether it still turns.
  const turning = waiting !== undefined && !calm && connected && plan !== undefined;
  useEffect(() => {
    if (turning) sounds.play('spin');
  }, [turning]);
  useEffect(() => {
    if (!landing) return;
    const timer = setTimeout(() => setOver(turned), LANDING_MS);
    return () => clearTimeout(timer);
  }, [landing, turned]);

  if (plan === undefined) return { live, wheel: undefined };
  const motion = landing ? 'landing' : turning ? 'turning' : 'still';
  const stop = landing ? target : state?.phase === 'result' ? plan.stopOf(state.view) : undefined;
  const skip = () => setOver(waiting ?? turned);
  return {
    live: landing ? held(shown.current, live) : live,
    wheel: { plan, motion, stop, skip },
  };
}

/** Show the balance without what a round has paid until its wheel, which moves, has landed. */
function useVeil(
  { table }: Live,
  moving: boolean,
  lands: (round: string, view: unknown) => boolean,
): void {
  const client = useCasino((casino) => casino.client);
  const asked = useRef(lands);
  const veiled = useRef(false);
  useEffect(() => {
    asked.current = lands;
    if (moving || !veiled.current) return;
    veiled.current = false;
    useCasino.setState({ veiled: null });
  });
  useEffect(() => {
    // The balance changes with the event, so the veil must be there before anything is drawn.
    const unsubscribe = client?.subscribe((news) => {
      if (news.type !== 'live' || news.table !== table) return;
      const { event } = news;
      if (event?.type !== 'round_result' || event.balance === null) return;
      if (!asked.current(event.round, event.view)) return;
      veiled.current = true;
      useCasino.setState({ veiled: event.balance.amount - (event.payout ?? 0) });
    });
    return () => {
      unsubscribe?.();
      if (veiled.current) useCasino.setState({ veiled: null });
    };
  }, [client, table]);
}

/** A table as it was before its result, without its clock. */
function held(before: Live | undefined, live: Live): Live {
  if (before?.state === undefined) return live;
  const { state, event } = before;
  return { ...live, state: { ...state, phase_ms: null }, event };
}
