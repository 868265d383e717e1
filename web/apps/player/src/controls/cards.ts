import { t, tMaybe } from '../text/t';

/** A card for the eye and for the ear. */
export interface CardFace {
  readonly rank: string;
  readonly suit: string;
  readonly red: boolean;
  /** Such as `queen of hearts`. */
  readonly name: string;
}

const RANKS = ['A', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'J', 'Q', 'K'];
const SUITS = ['♣', '♦', '♥', '♠'];

/** Read a face of the protocol: suit times thirteen plus rank. Anything else is no card. */
export function cardFace(face: number): CardFace | undefined {
  const place = Math.floor(face / 13);
  const rank = RANKS[face % 13];
  const suit = SUITS[place];
  if (rank === undefined || suit === undefined) return undefined;
  const rankName = tMaybe(`blackjack.rank.${face % 13}`) ?? rank;
  const suitName = tMaybe(`blackjack.suit.${place}`) ?? suit;
  const name = t('blackjack.card', { rank: rankName, suit: suitName });
  return { rank, suit, red: place === 1 || place === 2, name };
}

/** A total as it is spoken of: `soft 17`, or `17`. */
export function totalText(total: number, soft: boolean): string {
  return t(soft ? 'blackjack.soft' : 'blackjack.total', { total });
}
