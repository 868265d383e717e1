import type { Proof } from '@croupier/protocol';
import { counted } from './amounts';
import type { Draws } from './draws';
import { InputsError, onlyFields, type Replay, type Replayed, record, stakeOf } from './replay';
import type { Machine, Reel } from './rules';

type Event = Readonly<Record<string, unknown>>;

interface Hit {
  readonly line: number;
  readonly symbol: string;
  readonly count: number;
  readonly amount: number;
  readonly positions: readonly number[];
}

interface Spin {
  readonly stops: readonly number[];
  readonly window: readonly (readonly string[])[];
  readonly hits: readonly Hit[];
  /** Cells that show the scatter. */
  readonly scatters: readonly number[];
  /** Line bets for the scatters. */
  readonly scatterPay: number;
}

/** The stop on which a drawn value lands: a stop takes as many values as it weighs. */
function stopOf(reel: Reel, value: number): number {
  let left = value;
  for (const [stop, weight] of reel.weights.entries()) {
    if (left < weight) return stop;
    left -= weight;
  }
  throw new RangeError('the value lies beyond the reel');
}

function spinOf(machine: Machine, reels: readonly Reel[], draws: Draws): Spin {
  const stops = reels.map((reel) => {
    return stopOf(reel, draws.below(reel.weights.reduce((sum, weight) => sum + weight, 0)));
  });
  const window = reels.map(({ strip }, index) => {
    return Array.from({ length: machine.rows }, (_, row) => {
      return strip[((stops[index] ?? 0) + row) % strip.length] ?? '';
    });
  });
  const hits = machine.lines.flatMap((line, index) => hitOf(machine, line, index + 1, window));
  const scatters = window.flat().flatMap((symbol, cell) => {
    return symbol === machine.scatter ? [cell] : [];
  });
  const scatterPay = (machine.scatterPays[scatters.length] ?? 0) * machine.lines.length;
  return { stops, window, hits, scatters, scatterPay };
}

/** The best pay of a line: the highest, of equals the longest, then the upper row of the table. */
function hitOf(
  machine: Machine,
  line: readonly number[],
  number: number,
  window: readonly (readonly string[])[],
): Hit[] {
  const symbols = line.map((row, reel) => window[reel]?.[row] ?? '');
  let best: Hit | undefined;
  for (const { name, symbols: members, amounts } of machine.pays) {
    const end = symbols.findIndex((symbol) => !members.includes(symbol));
    const count = end < 0 ? symbols.length : end;
    const amount = amounts[count] ?? 0;
    if (amount === 0) continue;
    const better =
      best === undefined || amount > best.amount || (amount === best.amount && count > best.count);
    if (!better) continue;
    const positions = line.slice(0, count).map((row, reel) => reel * machine.rows + row);
    best = { line: number, symbol: name, count, amount, positions };
  }
  return best === undefined ? [] : [best];
}

function shown(machine: Machine, spin: Spin, unit: number, freeGame: number): Event[] {
  const { stops, window, scatters } = spin;
  const reveal = { event: 'reveal', stops, window };
  const events: Event[] = [freeGame > 0 ? { ...reveal, free_game: freeGame } : reveal];
  for (const { amount, ...hit } of spin.hits) {
    events.push({ event: 'line_win', ...hit, payout: amount * unit });
  }
  if (spin.scatterPay > 0) {
    const payout = spin.scatterPay * unit;
    const { length: count } = scatters;
    const symbol = machine.scatter;
    events.push({ event: 'scatter_win', symbol, count, payout, positions: scatters });
  }
  return events;
}

/** Spin the machine again, free games and all. */
export function replayMachine(machine: Machine): Replay {
  return (proof, draws) => {
    const stake = betOf(proof);
    if (!machine.stakes.includes(stake)) throw new InputsError(`${stake} is no bet level`);
    const unit = stake / machine.lines.length;
    const paid = spinOf(machine, machine.reels, draws);
    const events = shown(machine, paid, unit, 0);
    const free = machine.freeGames;
    let awarded = free?.awards[paid.scatters.length] ?? 0;
    const games = awarded;
    let played = 0;
    if (free !== null && awarded > 0) {
      const { multiplier, cap } = free;
      const won = (count: number, left: number, positions: readonly number[]) => {
        events.push({ event: 'free_games_won', count, left, multiplier, positions });
      };
      won(awarded, awarded, paid.scatters);
      while (played < awarded) {
        played += 1;
        const spin = spinOf(machine, free.reels, draws);
        events.push(...shown(machine, spin, unit * multiplier, played));
        const more = Math.min(cap, awarded + (free.retriggerAwards[spin.scatters.length] ?? 0));
        if (more > awarded) won(more - awarded, more - played, spin.scatters);
        awarded = more;
      }
    }
    const payout = paysOf(events);
    events.push({ event: 'total', payout });
    const summary = payout || games ? summaryOf(machine, paid, played) : machine.words.noWin;
    const spins = played > 0 ? counted(1 + played, 'spin') : 'the spin';
    const detail = `${spins} made again on the machine's strips, and every line and scatter paid`;
    return { outcome: { events, payout, summary }, stake, payout, detail, paid: summary };
  };
}

function summaryOf(machine: Machine, paid: Spin, freeGames: number): string {
  const { length: hits } = paid.hits;
  const parts: string[] = [];
  if (hits > 0) parts.push(hits === 1 ? '1 line win' : `${hits} line wins`);
  if (paid.scatterPay > 0) parts.push(`${paid.scatters.length} scatters`);
  if (freeGames > 0) parts.push(`${freeGames} ${machine.words.freeGames}`);
  return parts.join(', ');
}

function betOf(proof: Proof): number {
  const form = record(proof.bets[0], 'the bets');
  onlyFields(form, 'stake');
  if (proof.decisions.length > 0) throw new InputsError('a spin has no decisions');
  return stakeOf(form.stake);
}

const paysOf = (events: readonly Event[]) =>
  events.reduce((sum, { event, payout }) => {
    return event === 'line_win' || event === 'scatter_win' ? sum + Number(payout) : sum;
  }, 0);

/**
 * A machine whose strips are not known here: the draws are the stops shown, the wins shown add up to
 * the payout, and the rest is taken from the outcome, to be compared with the machine's help.
 */
export function replayUnknownMachine(proof: Proof, draws: Draws): Replayed {
  const outcome = record(proof.outcome, 'the outcome');
  const stated = Array.isArray(outcome.events) ? outcome.events : [];
  const events = stated.map((event) => record(event, 'an event'));
  let next = 0;
  const seen = events.map((event) => {
    if (event.event !== 'reveal' || !Array.isArray(event.stops)) return event;
    const stops = event.stops.map(() => {
      const { below } = proof.draws[next] ?? { below: 1 };
      next += 1;
      return draws.below(Number(below));
    });
    return { ...event, stops };
  });
  const payout = paysOf(events);
  const total = { event: 'total', payout };
  const all = [...seen.slice(0, -1), total];
  return {
    outcome: { ...outcome, events: all, payout },
    stake: betOf(proof),
    payout,
    detail: 'the draws are the stops and the wins add up; the strips and pays are not known here',
  };
}
