import type {
  BetsPlaced,
  BoardEntry,
  CashedOut,
  LiveState,
  RoundOpened,
  SeatChanged,
  TableState,
} from '@croupier/protocol';

/** Any event of a live table. */
export type LiveEvent = Exclude<
  TableState['events'][number],
  { readonly type: 'chain_started' | 'round_ended' }
>;

/** Rounds that a client keeps on the board; the server tells fewer. */
export const BOARD_LENGTH = 50;
const VOID_SUMMARY = 'void';

/**
 * Where a live table stands behind an event; the same in every client, by the vectors of
 * `tests/client/live-states.json`. Clocks start with the event. What lies on the table stays there
 * with the result, until the next round opens. A void round leaves nothing there, its stage neither.
 */
export function after(state: LiveState, event: LiveEvent): LiveState {
  const changed = { ...state, epoch: event.epoch, seq: event.seq };
  switch (event.type) {
    case 'table_status':
      return { ...changed, state: event.state };
    case 'seat_changed':
      return { ...changed, players: playersAfter(state, event) };
    case 'round_opened':
      return opened(changed, event);
    case 'bets_placed':
      return event.round === state.round
        ? { ...changed, placed: placedAfter(state, event) }
        : changed;
    case 'bets_closed':
      return { ...changed, phase: 'closed', phase_ms: event.draws_ms ?? null };
    case 'turn': {
      const { round, step, acting, view, decide_ms: phase_ms } = event;
      return { ...changed, phase: 'playing', phase_ms, round, step, acting, view };
    }
    case 'rising':
      return { ...changed, phase: 'playing', phase_ms: null, round: event.round, elapsed_ms: 0 };
    case 'cashed_out':
      return event.round === state.round
        ? { ...changed, cash_outs: cashOutsAfter(state, event) }
        : changed;
    case 'round_result': {
      const { round, summary, view, next_ms: phase_ms } = event;
      return ended({ ...changed, view, phase_ms }, { round, summary, voided: false });
    }
    case 'round_voided': {
      const gone = { view: null, stage: null, placed: [], cash_outs: [] };
      const cleared = { ...changed, ...gone, phase_ms: null };
      const entry = { round: event.round, summary: VOID_SUMMARY, voided: true };
      return { ...ended(cleared, entry), phase: 'idle' };
    }
    default:
      return changed; // an event of tomorrow
  }
}

function opened(state: LiveState, event: RoundOpened): LiveState {
  return {
    ...state,
    phase: 'betting',
    phase_ms: event.closes_ms,
    chain: event.chain,
    round: event.round,
    client_seeds: event.client_seeds,
    placed: event.placed ?? [],
    stage: event.stage ?? null,
    step: 0,
    acting: null,
    view: null,
    elapsed_ms: null,
    cash_outs: [],
  };
}

/** Behind the end of a round, which stands on the board once. */
function ended(state: LiveState, entry: BoardEntry): LiveState {
  const board = [entry, ...state.board.filter(({ round }) => round !== entry.round)];
  return {
    ...state,
    phase: 'result',
    round: null,
    acting: null,
    elapsed_ms: null,
    board: board.slice(0, BOARD_LENGTH),
  };
}

/** In seat order, with a seat's newest bets in the place of its older ones. */
function placedAfter({ placed }: LiveState, event: BetsPlaced): LiveState['placed'] {
  const others = placed.filter(({ seat }) => seat !== event.placed.seat);
  return [...others, event.placed].sort((one, other) => one.seat - other.seat);
}

function cashOutsAfter(state: LiveState, { cash_out }: CashedOut): LiveState['cash_outs'] {
  return [...state.cash_outs.filter(({ seat }) => seat !== cash_out.seat), cash_out];
}

function playersAfter({ players }: LiveState, event: SeatChanged): LiveState['players'] {
  const { seat, taken, connected } = event;
  const others = players.filter((player) => player.seat !== seat);
  if (!taken) return others;
  return [...others, { seat, connected }].sort((one, other) => one.seat - other.seat);
}
