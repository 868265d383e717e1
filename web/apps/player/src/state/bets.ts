import type { StakeRange } from '@croupier/protocol';

/** One bet of a list, as it goes to the server. */
export interface ListedBet {
  readonly bet: string;
  readonly stake: number;
}

/** Bets on the felt: how much on which, in the order in which they were first placed. */
export type Chips = ReadonlyMap<string, number>;

/** What lies on the felt, what lay there before, and what was bet last. */
export interface BetsState {
  readonly chips: Chips;
  readonly before: readonly Chips[];
  readonly last: Chips;
  /** Why the last move was refused; the felt is then as it was. */
  readonly refused: Refusal | undefined;
}

/** A limit of the table that a move would break. */
export type Refusal = 'each' | 'all' | 'count';

/** What the player can do with chips. */
export type BetsMove =
  | { readonly type: 'place'; readonly bet: string; readonly chip: number }
  | { readonly type: 'take'; readonly bet: string }
  | { readonly type: 'undo' }
  | { readonly type: 'clear' }
  | { readonly type: 'rebet' }
  | { readonly type: 'double' }
  | { readonly type: 'played' };

/** An empty felt. */
export const NO_BETS: BetsState = {
  chips: new Map(),
  before: [],
  last: new Map(),
  refused: undefined,
};

/** The server takes so many bets in a round. */
export const MOST_BETS = 50;
const UNDO_KEPT = 100;

/** Return the felt after a move, within the table's limits. Pure. */
export function nextBets(state: BetsState, move: BetsMove, range: StakeRange): BetsState {
  switch (move.type) {
    case 'place': {
      const stake = (state.chips.get(move.bet) ?? 0) + move.chip;
      return moved(state, new Map(state.chips).set(move.bet, stake), range);
    }
    case 'take': {
      if (!state.chips.has(move.bet)) return state;
      const chips = new Map(state.chips);
      chips.delete(move.bet);
      return moved(state, chips, range);
    }
    case 'undo': {
      const chips = state.before.at(-1);
      if (chips === undefined) return state;
      return { ...state, chips, before: state.before.slice(0, -1), refused: undefined };
    }
    case 'clear':
      return state.chips.size === 0 ? state : moved(state, new Map(), range);
    case 'rebet':
      return state.last.size === 0 ? state : moved(state, state.last, range);
    case 'double': {
      const doubled = [...state.chips].map(([bet, stake]) => [bet, stake * 2] as const);
      return moved(state, new Map(doubled), range);
    }
    case 'played':
      return { chips: new Map(), before: [], last: state.chips, refused: undefined };
  }
}

function moved(state: BetsState, chips: Chips, range: StakeRange): BetsState {
  const refused = refusal(chips, range);
  if (refused !== undefined) return { ...state, refused };
  const before = [...state.before, state.chips].slice(-UNDO_KEPT);
  return { ...state, chips, before, refused: undefined };
}

function refusal(chips: Chips, range: StakeRange): Refusal | undefined {
  if (chips.size > MOST_BETS) return 'count';
  if ([...chips.values()].some((stake) => stake < range.minimum)) return 'each';
  return totalOf(chips) > range.maximum ? 'all' : undefined;
}

/** Everything on the felt together. */
export function totalOf(chips: Chips): number {
  let total = 0;
  for (const stake of chips.values()) total += stake;
  return total;
}

/** The bets as the game takes them. */
export function betsBody(chips: Chips): { readonly bets: readonly ListedBet[] } {
  return { bets: [...chips].map(([bet, stake]) => ({ bet, stake })) };
}
