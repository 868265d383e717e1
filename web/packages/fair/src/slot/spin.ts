import type { Draws } from '../draws';
import { type Fall, fallsOf } from './cascades';
import type { Event, Machine, Reel } from './machine';
import { expand, heldAfter, withHeld } from './wilds';
import { cellsWith, drawStops, type Window, windowAt } from './window';
import { winsOf } from './wins';

/** Which spin it is. */
export interface Kind {
  readonly reels: readonly Reel[];
  /** The number of a free game, from 1; 0 is the paid spin. */
  readonly freeGame: number;
  /** Cells of the wilds that stay. */
  readonly held: readonly number[];
  /** Minor units of a line bet, with the multiplier of free games. */
  readonly unit: number;
}

/** One spin with everything that it shows and pays. */
export interface Spin {
  readonly stops: readonly number[];
  /** The window that stopped and those after each cascade. */
  readonly falls: readonly Fall[];
  /** The window that is left in the end, wilds not expanded. */
  readonly last: Window;
  /** Cells that show the scatter in it. */
  readonly scatters: readonly number[];
  readonly scattersPay: boolean;
  /** Cells where wilds stay in the next free game. */
  readonly held: readonly number[];
  readonly events: readonly Event[];
  /** Minor units. */
  readonly payout: number;
}

/** Spin the reels and pay what they show. */
export function spinOf(machine: Machine, kind: Kind, draws: Draws): Spin {
  const { reels, freeGame, unit } = kind;
  const stops = drawStops(reels, draws);
  const window = withHeld(machine, windowAt(machine, reels, stops), kind.held);
  const shown = expand(machine, window, freeGame > 0);
  const falls = paid(machine, reels, stops, shown.window);
  const last = falls.length > 1 ? (falls.at(-1)?.window ?? []) : window;
  const scatters = cellsWith(machine, last, machine.scatter);
  const { length: count } = scatters;
  const scatterPay = (machine.scatterPays[count] ?? 0) * machine.units * unit;
  const reveal = { event: 'reveal', stops, window };
  const events: Event[] = [freeGame > 0 ? { ...reveal, free_game: freeGame } : reveal];
  if (shown.cells.length > 0) events.push({ event: 'wild_expanded', positions: shown.cells });
  events.push(...falls.flatMap((fall, number) => told(fall, number, unit)));
  if (scatterPay > 0) {
    const win = { event: 'scatter_win', symbol: machine.scatter, count, payout: scatterPay };
    events.push({ ...win, positions: scatters });
  }
  const payout = falls.reduce((sum, fall) => sum + payOf(fall, unit), scatterPay);
  const held = freeGame > 0 ? heldAfter(machine, shown.window) : [];
  return { stops, falls, last, scatters, scattersPay: scatterPay > 0, held, events, payout };
}

function paid(
  machine: Machine,
  reels: readonly Reel[],
  stops: readonly number[],
  window: Window,
): Fall[] {
  const { cascades } = machine;
  if (cascades !== null) return fallsOf(machine, cascades, reels, stops, window);
  return [{ window, wins: winsOf(machine, window), multiplier: 1, removed: [] }];
}

const payOf = ({ wins, multiplier }: Fall, unit: number): number =>
  wins.reduce((sum, { amount }) => sum + amount * multiplier * unit, 0);

function told({ window, wins, multiplier, removed }: Fall, number: number, unit: number): Event[] {
  const events = wins.map(({ amount, positions, told }): Event => {
    return { ...told, payout: amount * multiplier * unit, positions };
  });
  if (number > 0) events.unshift({ event: 'cascade', removed, window, multiplier });
  return events;
}
