import { rankOf, suitOf } from './cards';
import { HAND, rowOf, slotOf, type VideoPokerMachine, WILD } from './video-poker-hands';

/*
 * What perfect play holds. For a set of cards S let W(S) be what all hands of the full deck that
 * have S pay together. The draws to a hold bring none of the cards thrown away back, so by
 * inclusion and exclusion they pay the sum over every part T of those of (-1)^|T| W(hold + T). W
 * depends on the slots of S, and if its natural cards are of one suit on what they add as a flush.
 */

const SUITS = 4;
const SLOTS = WILD + 1;
const HOLDS = 1 << HAND;

/** Sets of slots are counted in base 8: fourteen digits, which a double holds. */
const unit = (slot: number) => 8 ** slot;

interface Sums {
  /** By set of slots: what all hands with it pay, were there no flushes. */
  readonly plain: ReadonlyMap<number, number>;
  /** By set of slots whose natural cards are of one suit: what flushes add. */
  readonly flush: ReadonlyMap<number, number>;
}

const SUMS = new WeakMap<VideoPokerMachine, Sums>();

function sumsOf(machine: VideoPokerMachine): Sums {
  const known = SUMS.get(machine);
  if (known !== undefined) return known;
  const copies = Array<number>(SLOTS).fill(0);
  for (let face = 0; face < machine.faces; face += 1) {
    const slot = slotOf(face, machine);
    copies[slot] = (copies[slot] ?? 0) + 1;
  }
  const plain = new Map<number, number>();
  const flush = new Map<number, number>();
  // Each set after all that have one card more, of which it is the sum.
  for (let size = HAND; size >= 0; size -= 1) {
    for (const slots of setsOf(copies, size)) fill(machine, copies, slots, plain, flush);
  }
  for (let wild = 0; wild <= (copies[WILD] ?? 0) && wild < HAND; wild += 1) {
    const key = wild * unit(WILD);
    flush.set(key, (flush.get(key) ?? 0) * SUITS);
  }
  SUMS.set(machine, { plain, flush });
  return { plain, flush };
}

/** Every set of so many slots that the deck has, each in ascending order. */
function* setsOf(copies: readonly number[], size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  if (size === 0 || from === SLOTS) return;
  for (let count = Math.min(size, copies[from] ?? 0); count >= 0; count -= 1) {
    for (const rest of setsOf(copies, size - count, from + 1)) {
      yield [...Array<number>(count).fill(from), ...rest];
    }
  }
}

function fill(
  machine: VideoPokerMachine,
  copies: readonly number[],
  slots: readonly number[],
  plain: Map<number, number>,
  flush: Map<number, number>,
): void {
  const key = slots.reduce((sum, slot) => sum + unit(slot), 0);
  const natural = slots.filter((slot) => slot !== WILD);
  const suited = new Set(natural).size === natural.length;
  if (slots.length === HAND) {
    const { pays } = rowOf(machine, slots, false);
    plain.set(key, pays);
    if (suited) flush.set(key, rowOf(machine, slots, true).pays - pays);
    return;
  }
  let total = 0;
  let more = 0;
  for (const [slot, number] of copies.entries()) {
    const left = number - slots.filter((each) => each === slot).length;
    if (left <= 0) continue;
    const larger = key + unit(slot);
    total += left * (plain.get(larger) ?? 0);
    if (suited && !natural.includes(slot)) {
      more += (slot === WILD ? left : 1) * (flush.get(larger) ?? 0);
    }
  }
  // Every hand was reached once for each of its cards that the set has not.
  const missing = HAND - slots.length;
  plain.set(key, total / missing);
  if (suited) flush.set(key, more / missing);
}

/** What all hands of the full deck with these cards pay together. */
function paidWith(machine: VideoPokerMachine, cards: readonly number[]): number {
  const { plain, flush } = sumsOf(machine);
  const key = cards.reduce((sum, face) => sum + unit(slotOf(face, machine)), 0);
  const natural = cards.filter((face) => !machine.wild.includes(face));
  const suits = new Set(natural.map(suitOf));
  return (plain.get(key) ?? 0) + (suits.size <= 1 ? (flush.get(key) ?? 0) : 0);
}

/** How many draws of so many cards there are. */
function drawsOf(left: number, drawn: number): number {
  let ways = 1;
  for (let place = 0; place < drawn; place += 1) ways = (ways * (left - place)) / (place + 1);
  return ways;
}

/**
 * The hold that pays most on average, bit i for the card at place i + 1. Of equal ones that with the
 * lowest number when the cards are sorted by rank and suit, ace low and joker high.
 */
export function bestHold(machine: VideoPokerMachine, deal: readonly number[]): number {
  const places = deal.map((_, place) => place);
  const order = (place: number) => {
    const face = deal[place] ?? 0;
    return suitOf(face) === SUITS ? machine.faces : rankOf(face) * SUITS + suitOf(face);
  };
  places.sort((one, other) => order(one) - order(other));
  const sorted = places.map((place) => deal[place] ?? 0);
  const sums = Array.from({ length: HOLDS }, (_, set) => {
    return paidWith(
      machine,
      sorted.filter((_, bit) => (set >> bit) & 1),
    );
  });
  for (let bit = 1; bit < HOLDS; bit *= 2) {
    for (let set = 0; set < HOLDS; set += 1) {
      if ((set & bit) === 0) sums[set] = (sums[set] ?? 0) - (sums[set | bit] ?? 0);
    }
  }
  const ways = (set: number) => {
    const kept = sorted.filter((_, bit) => (set >> bit) & 1).length;
    return drawsOf(machine.faces - HAND, HAND - kept);
  };
  let best = 0;
  for (let set = 1; set < HOLDS; set += 1) {
    // Averages are compared as fractions: the products stay below 2^53.
    if ((sums[set] ?? 0) * ways(best) > (sums[best] ?? 0) * ways(set)) best = set;
  }
  return places.reduce((hold, place, bit) => hold + (((best >> bit) & 1) << place), 0);
}
