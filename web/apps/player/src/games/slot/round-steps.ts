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

/**
 * Read the events of a round as steps. Nothing is evaluated: every amount is the server's. An event
 * of a kind that this page does not know is left out, since a later server may tell more.
 */
export function stepsOf(view: unknown): readonly Step[] {
  const events = (view as Partial<SlotView> | null)?.events;
  if (!Array.isArray(events)) return [];
  return events.flatMap((event: SlotEvent) => stepOf(event) ?? []);
}

function stepOf(event: SlotEvent): Step | undefined {
  switch (event.event) {
    case 'reveal':
      return { kind: 'reveal', window: event.window, freeGame: event.free_game ?? 0 };
    case 'line_win':
      return { ...winOf(event), line: event.line };
    case 'scatter_win':
      return { ...winOf(event), line: undefined };
    case 'free_games_won': {
      const { count, multiplier, positions } = event;
      return { kind: 'free', count, multiplier, positions };
    }
    case 'total':
      return { kind: 'total', payout: event.payout };
    default:
      return undefined;
  }
}

function winOf(event: Extract<SlotEvent, { event: 'line_win' | 'scatter_win' }>) {
  const { symbol, count, payout, positions } = event;
  return { kind: 'win', symbol, count, payout, positions } as const;
}

/** The last window of the reels, to rest on. */
export function lastWindow(steps: readonly Step[]): readonly (readonly string[])[] | undefined {
  return steps.findLast((step) => step.kind === 'reveal')?.window;
}
