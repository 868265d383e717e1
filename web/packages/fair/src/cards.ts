import { type Draws, drawCard } from './draws';

/** A face is `suit * 13 + rank`: clubs, diamonds, hearts, spades, and an ace is rank 0. */
export const RANKS = 13;
const RANK_LABELS = ['A', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'J', 'Q', 'K'];
const SUIT_LABELS = '♣♦♥♠';
const JOKER = RANKS * SUIT_LABELS.length;
const LOW = ['ace', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const RANK_NAMES = [...LOW, 'jack', 'queen', 'king'];

export const rankOf = (face: number) => face % RANKS;
export const suitOf = (face: number) => Math.floor(face / RANKS);

/** A rank in words: `queen`. */
export const rankName = (rank: number) => RANK_NAMES[rank] ?? '';

/** Cards for reading: `K♠ 10♦`. */
export function labels(cards: readonly number[]): string {
  const label = (face: number) => `${RANK_LABELS[rankOf(face)]}${SUIT_LABELS[suitOf(face)]}`;
  return cards.map((face) => (face === JOKER ? 'Joker' : label(face))).join(' ');
}

/** A full shoe with so many cards of each face. */
export function fullShoe(faces: number, copies = 1): number[] {
  return Array<number>(faces).fill(copies);
}

/** The next cards of a shoe. */
export function dealt(draws: Draws, shoe: number[], count: number): number[] {
  return Array.from({ length: count }, () => drawCard(draws, shoe));
}
