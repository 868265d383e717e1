import type { SlotView } from '@croupier/protocol';

type SlotEvent = SlotView['events'][number];

/** One thing to show, in order; the next begins when it is done. */
export type Step =
  | {
      readonly kind: 'reveal';
      readonly window: readonly (readonly string[])[];
      readonly freeGame: number;
    }
  | {
      readonly kind: 'win';
      readonly line: number | undefined;
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
export function stepsOf(view: unknown, reels = 5, rows = 3): SlotRound {
  const events = (view as Partial<SlotView> | null)?.events;
  if (!Array.isArray(events)) return { steps: [], complete: false };
  const steps: Step[] = [];
  let complete = true;
  let certain = true;
  for (const event of events) {
    const step = stepOf(event as Partial<SlotEvent> | null);
    const fits = step?.kind !== 'reveal' || isWindow(step.window, reels, rows);
    if (step === undefined || !fits) {
      complete = false;
      certain = false;
      continue;
    }
    if (step.kind === 'reveal') certain = true;
    if (certain || step.kind === 'total') steps.push(step);
  }
  return { steps, complete };
}

/** Read one event; undefined for one that is not known or not whole. */
function stepOf(told: Partial<SlotEvent> | null): Step | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const event = told as SlotEvent;
  switch (event.event) {
    case 'reveal':
      return { kind: 'reveal', window: event.window, freeGame: event.free_game ?? 0 };
    case 'line_win':
      return isWin(event) ? { ...winOf(event), line: event.line } : undefined;
    case 'scatter_win':
      return isWin(event) ? { ...winOf(event), line: undefined } : undefined;
    case 'free_games_won': {
      const { count, multiplier, positions } = event;
      return Array.isArray(positions) ? { kind: 'free', count, multiplier, positions } : undefined;
    }
    case 'total':
      return { kind: 'total', payout: event.payout };
    default:
      return undefined;
  }
}

function isWin(event: { readonly payout: unknown; readonly positions: unknown }): boolean {
  return typeof event.payout === 'number' && Array.isArray(event.positions);
}

function isWindow(window: unknown, reels: number, rows: number): boolean {
  if (!Array.isArray(window) || window.length !== reels) return false;
  return window.every((reel) => {
    return (
      Array.isArray(reel) &&
      reel.length === rows &&
      reel.every((symbol) => typeof symbol === 'string')
    );
  });
}

function winOf(event: Extract<SlotEvent, { event: 'line_win' | 'scatter_win' }>) {
  const { symbol, count, payout, positions } = event;
  return { kind: 'win', symbol, count, payout, positions } as const;
}

/** The last window of the reels, to rest on. */
export function lastWindow(steps: readonly Step[]): readonly (readonly string[])[] | undefined {
  return steps.findLast((step) => step.kind === 'reveal')?.window;
}
