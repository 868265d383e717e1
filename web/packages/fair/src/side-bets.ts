import { times } from './amounts';

/** What the combinations of each side bet of blackjack pay to one; generated. */
export type SidePays = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A side bet, decided by the first cards. */
export interface Placed {
  readonly bet: string;
  readonly stake: number;
  /** The line of the pay table that was made; empty if it lost. */
  readonly combination: string;
  readonly payout: number;
}

const RANKS = 13;
const suitOf = (face: number) => Math.floor(face / RANKS);
const isBlack = (face: number) => suitOf(face) === 0 || suitOf(face) === 3;

/** Two cards of one rank and suit, of one rank and colour, or of one rank. */
function pairOf(one: number, other: number): string {
  if (one % RANKS !== other % RANKS) return '';
  if (one === other) return 'perfect pair';
  return isBlack(one) === isBlack(other) ? 'coloured pair' : 'mixed pair';
}

/** The player's two cards and the dealer's up-card as a poker hand; an ace is low or high. */
function threeOf(cards: readonly number[]): string {
  const ranks = cards.map((face) => face % RANKS).toSorted((one, other) => one - other);
  const [low = 0, middle = 0, high = 0] = ranks;
  const suited = new Set(cards.map(suitOf)).size === 1;
  if (low === high) return suited ? 'suited three of a kind' : 'three of a kind';
  const row = middle === low + 1 && high === low + 2;
  const aceHigh = low === 0 && middle === RANKS - 2 && high === RANKS - 1;
  if (row || aceHigh) return suited ? 'straight flush' : 'straight';
  return suited ? 'flush' : '';
}

/** A side bet with what it brings back; `cards` are the player's first two. */
export function sideBet(
  bet: string,
  stake: number,
  pays: Readonly<Record<string, number>>,
  cards: readonly number[],
  up: number,
): Placed {
  const [one = 0, other = 0] = cards;
  const combination = bet === 'perfect-pairs' ? pairOf(one, other) : threeOf([one, other, up]);
  const payout = combination === '' ? 0 : times(stake, (pays[combination] ?? -1) + 1);
  return { bet, stake, combination, payout };
}
