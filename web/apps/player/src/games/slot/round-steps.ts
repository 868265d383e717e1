import type { SlotView } from '@croupier/protocol';
import type { ReelForm } from '../views';

/** One thing to show, in order; the next begins when it is done. */
export type Step =
  | {
      readonly kind: 'reveal';
      readonly window: readonly (readonly string[])[];
      readonly freeGame: number;
    }
  /** What is in sight changes without a spin. */
  | {
      readonly kind: 'change';
      readonly window: readonly (readonly string[])[];
      readonly multiplier: number;
    }
  /** Cells of interest, and words about them. */
  | {
      readonly kind: 'mark';
      readonly event: 'held' | 'expanded' | 'respins' | 'respin';
      readonly positions: readonly number[];
      readonly left: number;
    }
  /** Held symbols pay together. */
  | { readonly kind: 'paid'; readonly count: number; readonly payout: number }
  | {
      readonly kind: 'win';
      readonly line: number | undefined;
      readonly ways: number | undefined;
      readonly symbol: string;
      readonly count: number;
      readonly payout: number;
      readonly positions: readonly number[];
    }
  | {
      readonly kind: 'free';
      readonly count: number;
      readonly multiplier: number;
      readonly positions: readonly number[];
    }
  | { readonly kind: 'total'; readonly payout: number };

/** A round as it is played: its steps, and whether that is all that the server told. */
export interface SlotRound {
  readonly steps: readonly Step[];
  /** False where something is not known here; the result is shown in the server's words as well. */
  readonly complete: boolean;
}

/**
 * Read the events of a round as steps. Nothing is evaluated: every amount is the server's. A later
 * server may tell of more than is known here: what is not known is left out, and so are wins behind
 * it until the next reveal, since they may be of a window that nobody showed.
 */
export function stepsOf(view: unknown, form: ReelForm): SlotRound {
  const events = (view as Partial<SlotView> | null)?.events;
  if (!Array.isArray(events)) return { steps: [], complete: false };
  const steps: Step[] = [];
  let complete = true;
  let certain = true;
  for (const event of events) {
    const step = stepOf(event);
    const shows = step?.kind === 'reveal' || step?.kind === 'change';
    if (step === undefined || (shows && !fits(step.window, form))) {
      complete = false;
      certain = false;
      continue;
    }
    if (step.kind === 'reveal') certain = true;
    if (certain || step.kind === 'total') steps.push(step);
  }
  return { steps, complete };
}

/** Every field of every event of a machine; each may be missing in what a server tells. */
interface Told {
  readonly event: string;
  readonly window: readonly (readonly string[])[];
  readonly free_game: number;
  readonly line: number;
  readonly ways: number;
  readonly symbol: string;
  readonly count: number;
  readonly left: number;
  readonly multiplier: number;
  readonly payout: number;
  readonly positions: readonly number[];
  readonly coins: readonly { readonly position: number }[] | number;
}

/** Read one event; undefined for one that is not known or not whole. */
function stepOf(event: unknown): Step | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const told = event as Partial<Told>;
  const { window, payout, count, left = 0, multiplier = 1 } = told;
  const positions = Array.isArray(told.positions) ? told.positions : undefined;
  switch (told.event) {
    case 'reveal':
      return window && { kind: 'reveal', window, freeGame: told.free_game ?? 0 };
    case 'cascade':
      return window && { kind: 'change', window, multiplier };
    case 'line_win':
    case 'ways_win':
    case 'scatter_win':
      return winOf(told, positions);
    case 'free_games_won':
      return positions && count !== undefined
        ? { kind: 'free', count, multiplier, positions }
        : undefined;
    case 'wilds_held':
      return positions && { kind: 'mark', event: 'held', positions, left };
    case 'wild_expanded':
      return positions && { kind: 'mark', event: 'expanded', positions, left };
    case 'respins_started':
    case 'respin': {
      if (!Array.isArray(told.coins)) return undefined;
      const places = told.coins.map((coin) => Number(coin?.position));
      const name = told.event === 'respin' ? 'respin' : 'respins';
      return { kind: 'mark', event: name, positions: places, left };
    }
    case 'respins_paid':
      return typeof told.coins === 'number' && payout !== undefined
        ? { kind: 'paid', count: told.coins, payout }
        : undefined;
    case 'total':
      return payout === undefined ? undefined : { kind: 'total', payout };
    default:
      return undefined;
  }
}

function winOf(told: Partial<Told>, positions: readonly number[] | undefined): Step | undefined {
  const { line, ways, symbol, count, payout } = told;
  if (positions === undefined || symbol === undefined) return undefined;
  if (count === undefined || payout === undefined) return undefined;
  return { kind: 'win', line, ways, symbol, count, payout, positions };
}

/** The form of a window, if it is one that reels can show at all. */
export function formOf(window: unknown): ReelForm | undefined {
  const reels = Array.isArray(window) ? window.length : 0;
  const rows = reels > 0 && Array.isArray(window) ? Number(window[0]?.length) : 0;
  const form = { reels, rows };
  return reels <= 8 && rows >= 1 && rows <= 8 && fits(window, form) ? form : undefined;
}

function fits(window: unknown, { reels, rows }: ReelForm): boolean {
  if (!Array.isArray(window) || window.length !== reels || reels === 0) return false;
  return window.every((reel) => {
    return (
      Array.isArray(reel) &&
      reel.length === rows &&
      reel.every((symbol) => typeof symbol === 'string')
    );
  });
}

/** The last window of the reels, to rest on. */
export function lastWindow(steps: readonly Step[]): readonly (readonly string[])[] | undefined {
  const shown = steps.findLast((step) => step.kind === 'reveal' || step.kind === 'change');
  return shown?.kind === 'reveal' || shown?.kind === 'change' ? shown.window : undefined;
}

/** The first window that a view tells of, in whatever form. */
export function firstWindow(view: unknown): unknown {
  const events = (view as Partial<SlotView> | null)?.events;
  if (!Array.isArray(events)) return undefined;
  return events.find((event) => (event as Partial<Told> | null)?.event === 'reveal')?.window;
}
