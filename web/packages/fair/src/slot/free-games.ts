import type { Draws } from '../draws';
import type { Event, FreeGames, Machine } from './machine';
import { type Spin, spinOf } from './spin';
import { heldSymbol } from './wilds';

/** The free games of a round. */
export interface FreeGamesPlayed {
  readonly spins: readonly Spin[];
  readonly events: readonly Event[];
}

/** Play the free games that a paid spin has won, and those that they win. */
export function playFreeGames(
  machine: Machine,
  rules: FreeGames,
  paid: Spin,
  lineBet: number,
  draws: Draws,
): FreeGamesPlayed {
  const { multiplier, cap, reels } = rules;
  const unit = lineBet * multiplier;
  const spins: Spin[] = [];
  const events: Event[] = [];
  const won = (count: number, left: number, positions: readonly number[]) => {
    events.push({ event: 'free_games_won', count, left, multiplier, positions });
  };
  let awarded = rules.awards[paid.scatters.length] ?? 0;
  let held: readonly number[] = [];
  if (awarded > 0) won(awarded, awarded, paid.scatters);
  while (spins.length < awarded) {
    const freeGame = spins.length + 1;
    if (held.length > 0) {
      events.push({ event: 'wilds_held', symbol: heldSymbol(machine), positions: held });
    }
    const spin = spinOf(machine, { reels, freeGame, held, unit }, draws);
    spins.push(spin);
    events.push(...spin.events);
    ({ held } = spin);
    const more = Math.min(cap, awarded + (rules.retriggerAwards[spin.scatters.length] ?? 0));
    if (more > awarded) won(more - awarded, more - freeGame, spin.scatters);
    awarded = more;
  }
  return { spins, events };
}
