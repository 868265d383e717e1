import type { Draws } from '../draws';
import type { Event, Machine, Respins } from './machine';
import { cellsOf, cellsWith, type Window } from './window';

/** A hold and respin, played to its end. */
export interface RespinsPlayed {
  /** How many coins started it, and how many each respin brought. */
  readonly coins: readonly number[];
  readonly full: boolean;
  /** Minor units. */
  readonly payout: number;
  readonly events: readonly Event[];
}

interface Coin {
  readonly position: number;
  readonly payout: number;
}

function worthOf({ values }: Respins, drawn: number): number {
  let left = drawn;
  for (const [value = 0, weight = 0] of values) {
    if (left < weight) return value;
    left -= weight;
  }
  throw new RangeError('the value lies beyond the weights');
}

/** Hold the coins of a window and draw all other places again, until no more come. */
export function playRespins(
  machine: Machine,
  rules: Respins,
  window: Window,
  stake: number,
  draws: Draws,
): RespinsPlayed | undefined {
  const start = cellsWith(machine, window, rules.symbol);
  if (start.length < rules.trigger) return undefined;
  const [chance = 0, outOf = 1] = rules.chance;
  const weight = rules.values.reduce((sum, [, each = 0]) => sum + each, 0);
  const coinOn = (position: number): Coin => {
    return { position, payout: worthOf(rules, draws.below(weight)) * stake };
  };
  const first = start.map(coinOn);
  let left = rules.respins;
  const events: Event[] = [{ event: 'respins_started', coins: first, left }];
  const steps = [first];
  let empty = cellsOf(machine).filter((cell) => !start.includes(cell));
  while (left > 0 && empty.length > 0) {
    const coins = empty.flatMap((cell) => (draws.below(outOf) < chance ? [coinOn(cell)] : []));
    const taken = new Set(coins.map(({ position }) => position));
    empty = empty.filter((cell) => !taken.has(cell));
    left = coins.length > 0 ? rules.respins : left - 1;
    if (empty.length === 0) left = 0;
    events.push({ event: 'respin', coins, left });
    steps.push(coins);
  }
  const full = empty.length === 0;
  const held = steps.flat();
  const payout = held.reduce((sum, coin) => sum + coin.payout, full ? rules.full * stake : 0);
  events.push({ event: 'respins_paid', coins: held.length, full, payout });
  return { coins: steps.map(({ length }) => length), full, payout, events };
}
