import { RANKS, rankOf, suitOf } from './cards';

/** A row of a pay table: what a hand is called and what it brings back to one, the stake included. */
export interface Row {
  readonly name: string;
  readonly label: string;
  readonly pays: number;
}

/** A video poker machine; generated. */
export interface VideoPokerMachine {
  readonly faces: number;
  readonly wild: readonly number[];
  /** Ranks of which a pair pays. */
  readonly pairs: readonly number[];
  /** Best first; the last one is what pays nothing. */
  readonly rows: readonly Row[];
}

export const HAND = 5;
/** A card's slot is its rank, or this for a wild card. */
export const WILD = RANKS;

const ROYAL = [0, 9, 10, 11, 12];
const LOWS = Array.from({ length: RANKS - HAND + 1 }, (_, low) => low);
const RUNS = [...LOWS.map((low) => [0, 1, 2, 3, 4].map((place) => low + place)), ROYAL];

/** A card's slot. */
export function slotOf(face: number, { wild }: VideoPokerMachine): number {
  return wild.includes(face) ? WILD : rankOf(face);
}

const within = (ranks: ReadonlySet<number>, run: readonly number[]) =>
  [...ranks].every((rank) => run.includes(rank));

/** What five slots make at best; `flush` tells whether the natural cards are of one suit. */
function nameOf(slots: readonly number[], flush: boolean, pairs: readonly number[]): string {
  const natural = slots.filter((slot) => slot !== WILD);
  const wild = HAND - natural.length;
  if (wild === 4) return 'four-deuces';
  const ranks = new Set(natural);
  const straight = ranks.size === natural.length && RUNS.some((run) => within(ranks, run));
  if (flush && straight) {
    if (!within(ranks, ROYAL)) return 'straight-flush';
    return wild > 0 ? 'wild-royal-flush' : 'royal-flush';
  }
  const count = (rank: number) => natural.filter((slot) => slot === rank).length;
  const alike = Math.max(...[...ranks].map(count)) + wild;
  if (alike >= 4) return alike === 4 ? 'four-of-a-kind' : 'five-of-a-kind';
  if (ranks.size === 2) return 'full-house';
  if (flush) return 'flush';
  if (straight) return 'straight';
  if (alike === 3) return 'three-of-a-kind';
  if (ranks.size === 3) return 'two-pair';
  return pairs.some((rank) => count(rank) + wild === 2) ? 'high-pair' : 'nothing';
}

/** The row of the pay table that five slots make. */
export function rowOf(machine: VideoPokerMachine, slots: readonly number[], flush: boolean): Row {
  const { rows, pairs } = machine;
  const name = nameOf(slots, flush, pairs);
  const row = rows.find((each) => each.name === name) ?? rows.at(-1);
  return row ?? { name, label: '', pays: 0 };
}

/** The row of the pay table that five cards make. */
export function handRow(machine: VideoPokerMachine, cards: readonly number[]): Row {
  const natural = cards.filter((face) => !machine.wild.includes(face));
  const slots = cards.map((face) => slotOf(face, machine));
  return rowOf(machine, slots, new Set(natural.map(suitOf)).size === 1);
}
