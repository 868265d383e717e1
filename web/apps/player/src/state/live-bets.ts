import type { LiveState, LiveTable, LobbyGame, PlacedBets } from '@croupier/sdk';
import { useEffect, useReducer, useRef, useState } from 'react';
import { type BetsMove, type BetsState, betsBody, type Chips, NO_BETS, nextBets } from './bets';
import { useAsking } from './live';

/** What a seat stakes on what, whatever form its bets have; a single stake goes by no name. */
export function chipsOf(placed: PlacedBets | undefined): Chips {
  const bets = placed?.bets as { readonly bets?: unknown; readonly stake?: unknown } | undefined;
  if (placed === undefined || bets === undefined) return new Map();
  if (!Array.isArray(bets.bets)) return new Map([['', placed.stake]]);
  const chips = new Map<string, number>();
  for (const { bet, stake } of bets.bets as readonly { bet: unknown; stake: unknown }[]) {
    if (typeof bet === 'string' && typeof stake === 'number') {
      chips.set(bet, (chips.get(bet) ?? 0) + stake);
    }
  }
  return chips;
}

/** The chips of all other seats together. */
export function chipsOfOthers({ placed, seat }: LiveState): Chips {
  const chips = new Map<string, number>();
  for (const one of placed) {
    if (one.seat === seat) continue;
    for (const [bet, stake] of chipsOf(one)) chips.set(bet, (chips.get(bet) ?? 0) + stake);
  }
  return chips;
}

/** Whether a seat takes part in the round in play. */
export function takesBets(state: LiveState): boolean {
  return state.phase === 'betting' && state.round !== null && state.seat !== null;
}

/** The bets of a player at a live table: those in hand, those on their way, those accepted. */
export interface LiveBets {
  /** In hand, or on their way where `pending`. */
  readonly bets: BetsState;
  readonly pending: boolean;
  /** Accepted by the table for the round in play. */
  readonly accepted: Chips;
  readonly problem: string | undefined;
  readonly change: (move: BetsMove) => void;
  /** Send what is in hand, or a bet of another form; false if it was refused. */
  readonly place: (body?: object) => Promise<boolean>;
}

/** Keep a player's chips at a live table. A chip counts as placed only once the table says so. */
export function useLiveBets(table: LiveTable, state: LiveState, game: LobbyGame): LiveBets {
  const { description } = game;
  const range = state.stakes;
  const [bets, move] = useReducer(
    (before: BetsState, step: BetsMove) => nextBets(before, step, range),
    NO_BETS,
  );
  const { problem, moving, ask, setProblem } = useAsking();
  const [sent, setSent] = useState(false);
  const { round } = state;
  const told = useRef(round);

  // What was said of the round before would confuse in the next.
  useEffect(() => {
    if (told.current !== round && round !== null) setProblem(undefined);
    told.current = round;
  }, [round, setProblem]);

  return {
    bets,
    pending: moving && sent,
    accepted: chipsOf(table.mine),
    problem,
    change: (step) => {
      setProblem(undefined);
      move(step);
    },
    place: async (body) => {
      setSent(true);
      const listed = body === undefined && description.stake_form === 'list';
      const taken = await ask(async () => {
        await table.bet(body ?? betsBody(bets.chips));
        if (listed) move({ type: 'played' });
      });
      setSent(false);
      return taken;
    },
  };
}
