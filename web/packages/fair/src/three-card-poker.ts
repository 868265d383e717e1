import { times } from './amounts';
import { betsOf } from './bets';
import { dealt, fullShoe, labels, RANKS, rankName, rankOf, suitOf } from './cards';
import { actionsOf, forbidden, InputsError, type Replay } from './replay';

/** What a category of hands is called and pays. */
export interface Category {
  readonly name: string;
  /** To one on the ante, without it, where the hand is played. */
  readonly anteBonus: number;
  /** What pair plus brings back to one; 0 where it loses. */
  readonly pairPlus: number;
}

/** The hands of three card poker and what they pay; generated. */
export interface ThreeCards {
  readonly faces: number;
  /** Every bet, and what its stake is a multiple of. */
  readonly units: Readonly<Record<string, number>>;
  /** From the lowest: high card, pair, flush, straight, three of a kind, straight flush. */
  readonly categories: readonly Category[];
  /** Heights of the lowest hand with which the dealer qualifies, the highest first. */
  readonly qualifying: readonly number[];
}

/** What three cards make; of two hands the better one has the greater places, read in order. */
interface Hand {
  readonly category: number;
  readonly heights: readonly number[];
}

const [HIGH_CARD, PAIR, FLUSH, STRAIGHT, TRIPLE, STRAIGHT_FLUSH] = [0, 1, 2, 3, 4, 5] as const;
const PLAY = 'play';
const FOLD = 'fold';

/** A rank's height: 0 for a two to 12 for an ace. */
const heightOf = (face: number) => (rankOf(face) + RANKS - 1) % RANKS;

function handOf(cards: readonly number[]): Hand {
  const heights = cards.map(heightOf).toSorted((one, other) => other - one);
  const [high = 0, middle = 0, low = 0] = heights;
  const flush = new Set(cards.map(suitOf)).size === 1;
  if (high === low) return { category: TRIPLE, heights };
  if (high === middle) return { category: PAIR, heights };
  if (middle === low) return { category: PAIR, heights: [low, middle, high] };
  const straight = flush ? STRAIGHT_FLUSH : STRAIGHT;
  if (high === low + 2) return { category: straight, heights };
  // The ace is low beside a two and a three.
  if (high === RANKS - 1 && middle === 1) return { category: straight, heights: [1, 0, -1] };
  return { category: flush ? FLUSH : HIGH_CARD, heights };
}

/** Above 0 where the one hand is better, below where the other is. */
function compared(one: Hand, other: Hand): number {
  const places = [one.category, ...one.heights];
  const others = [other.category, ...other.heights];
  const at = places.findIndex((place, index) => place !== others[index]);
  return at < 0 ? 0 : (places[at] ?? 0) - (others[at] ?? 0);
}

function nameOf({ category, heights: [highest = 0] }: Hand, { categories }: ThreeCards): string {
  const name = rankName((highest + 1) % RANKS);
  if (category === HIGH_CARD) return `${name} high`;
  if (category === PAIR) return `pair of ${name}${name.endsWith('x') ? 'es' : 's'}`;
  return categories[category]?.name ?? '';
}

const capitalized = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Three draws for the player's cards, then three for the dealer's; a decision draws nothing. */
export function replayThreeCardPoker(rules: ThreeCards): Replay {
  const units = new Map(Object.entries(rules.units));
  const lowest: Hand = { category: HIGH_CARD, heights: rules.qualifying };
  return (proof, draws) => {
    const bets = betsOf(proof, { most: units.size, unit: (bet) => units.get(bet) });
    const placed = new Map(bets.map(({ bet, stake }) => [bet, stake]));
    const ante = placed.get('ante') ?? 0;
    const pairPlus = placed.get('pair-plus') ?? 0;
    const shoe = fullShoe(rules.faces);
    const player = dealt(draws, shoe, 3);
    const dealer = dealt(draws, shoe, 3);
    const decision = decisionOf(actionsOf(proof, FOLD), ante > 0);
    const hand = handOf(player);
    const other = handOf(dealer);
    const qualifies = compared(other, lowest) >= 0;
    const { anteBonus = 0, pairPlus: won = 0 } = rules.categories[hand.category] ?? {};
    const parts = [];
    if (ante > 0) {
      const against = compared(hand, other);
      const plays = decision === PLAY;
      // Both bets win, come back or lose together, but the play stake is at risk only if the
      // dealer qualifies.
      const back = against > 0 ? 2 : Number(against === 0);
      parts.push({
        bet: 'ante',
        stake: ante,
        payout: plays ? times(ante, qualifies ? back : 2) : 0,
      });
      if (plays) {
        parts.push({ bet: PLAY, stake: ante, payout: times(ante, qualifies ? back : 1) });
        const bonus = times(ante, anteBonus);
        if (bonus > 0) parts.push({ bet: 'ante-bonus', stake: 0, payout: bonus });
      }
    }
    if (pairPlus > 0) {
      parts.push({ bet: 'pair-plus', stake: pairPlus, payout: times(pairPlus, won) });
    }
    const stake = parts.reduce((sum, part) => sum + part.stake, 0);
    const payout = parts.reduce((sum, part) => sum + part.payout, 0);
    const [name, dealerName] = [nameOf(hand, rules), nameOf(other, rules)];
    const outcome = {
      player,
      dealer,
      player_hand: name,
      dealer_hand: dealerName,
      qualifies,
      decision,
      bets: parts,
      stake,
      payout,
      options: [],
      summary: summaryOf(decision, name, dealerName, qualifies),
    };
    const told = `player ${labels(player)} has ${name}, dealer ${labels(dealer)} has ${dealerName}`;
    const not = qualifies ? '' : ' and does not qualify';
    const detail = `every card was dealt again in order: ${told}${not}`;
    const paid = parts.map((part) => `${part.bet} staked ${part.stake} and got ${part.payout}`);
    return { outcome, stake, payout, detail, paid: paid.join(', ') };
  };
}

/** With an ante one decision is taken, else none. */
function decisionOf([action, ...more]: readonly string[], ante: boolean): string | null {
  if (!ante && action !== undefined) throw new InputsError('without an ante nothing is decided');
  if (!ante) return null;
  if (action === undefined) throw new InputsError('the decisions do not end the round');
  if (action !== PLAY && action !== FOLD) throw forbidden(action);
  if (more.length > 0) throw new InputsError(`${more.length} decisions too many`);
  return action;
}

function summaryOf(decision: string | null, hand: string, dealer: string, qualifies: boolean) {
  if (decision === FOLD) return `Folded ${hand}; dealer ${dealer}`;
  if (decision === null) return `Pair plus on ${hand}`;
  if (qualifies) return `${capitalized(hand)} against dealer's ${dealer}`;
  return `${capitalized(hand)}; dealer does not qualify with ${dealer}`;
}
