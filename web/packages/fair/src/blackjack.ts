import type { BlackjackHand, Proof } from '@croupier/protocol';
import { times } from './amounts';
import { betsOf } from './bets';
import { type Draws, drawCard } from './draws';
import { actionsOf, forbidden, formOf, InputsError, type Replay, stakeOf } from './replay';
import { type Placed, type SidePays, sideBet } from './side-bets';

/** The rules of a blackjack table; generated. */
export interface Shoe {
  /** Null for an infinite deck: every card is drawn from all faces. */
  readonly decks: number | null;
  readonly faces: number;
  readonly hitsSoft17: boolean;
  /** Whether the dealer has a hole card and looks at it. */
  readonly peek: boolean;
  /** What a blackjack wins, as a pair: 3 for 2. */
  readonly natural: readonly number[];
  /** Hard totals that may be doubled; null where any two cards may. */
  readonly doubles: readonly number[] | null;
  readonly doubleAfterSplit: boolean;
  readonly maximumHands: number;
  readonly resplitAces: boolean;
  readonly hitSplitAces: boolean;
  readonly surrender: boolean;
  readonly insurance: boolean;
  /** Stakes are multiples of this. */
  readonly unit: number;
  /** By bet and by combination, to one; null at a table without them. */
  readonly sideBets: SidePays | null;
}

interface Hand {
  cards: number[];
  stake: number;
  doubled: boolean;
  surrendered: boolean;
  /** From a split: a 21 in two cards is no blackjack then. */
  split: boolean;
  done: boolean;
}

const pointsOf = (face: number) => Math.min((face % 13) + 1, 10);

function totalOf(cards: readonly number[]): { total: number; soft: boolean } {
  const hard = cards.reduce((sum, face) => sum + pointsOf(face), 0);
  const soft = cards.some((face) => pointsOf(face) === 1) && hard + 10 <= 21;
  return { total: soft ? hard + 10 : hard, soft };
}

const isNatural = (cards: readonly number[]) => cards.length === 2 && totalOf(cards).total === 21;
const isAce = (face: number | undefined) => face !== undefined && pointsOf(face) === 1;
const isPair = ([left = 0, right = 0]: readonly number[]) => pointsOf(left) === pointsOf(right);

/** One seat's round, from the order of the cards in `docs/fairness.md` and the rules of the help. */
class Course {
  readonly dealer: number[];
  readonly hands: Hand[];
  insurance: number | null = null;
  private readonly counts: number[];
  private readonly actions: string[];

  constructor(
    private readonly shoe: Shoe,
    private readonly draws: Draws,
    private readonly initialStake: number,
    actions: readonly string[],
  ) {
    this.actions = [...actions];
    this.counts = Array<number>(shoe.faces).fill(shoe.decks ?? 0);
    const first = this.card();
    const up = this.card();
    const second = this.card();
    this.dealer = shoe.peek ? [up, this.card()] : [up];
    const cards = [first, second];
    const done = isNatural(cards);
    const none = { doubled: false, surrendered: false, split: false };
    this.hands = [{ cards, stake: initialStake, ...none, done }];
  }

  play(): void {
    // A stake of 0 is a hand for side bets alone: nothing is played.
    if (this.initialStake > 0) {
      if (isAce(this.dealer[0]) && this.shoe.insurance) this.insure();
      if (!isNatural(this.dealer)) this.playHands();
    }
    if (this.actions.length > 0) throw new InputsError(`${this.actions.length} decisions too many`);
  }

  private insure(): void {
    const action = this.decision();
    if (action !== 'insure' && action !== 'decline') throw forbidden(action);
    this.insurance = action === 'insure' ? this.initialStake / 2 : 0;
  }

  private playHands(): void {
    for (let index = 0; index < this.hands.length; index += 1) this.playHand(index);
    if (this.hands.some((hand) => this.stands(hand))) this.dealerPlays();
    else if (!this.shoe.peek && this.waitsForNatural()) this.dealer.push(this.card());
  }

  private playHand(index: number): void {
    for (;;) {
      const hand = this.hands[index];
      if (hand === undefined || hand.done) return;
      if (hand.cards.length > 1) {
        this.decide(hand, index);
        continue;
      }
      this.take(hand);
      if (isAce(hand.cards[0]) && !this.shoe.hitSplitAces) {
        // Split aces take one card, and only another ace can be split again.
        const again = this.shoe.resplitAces && isAce(hand.cards[1]);
        if (!again || this.hands.length >= this.shoe.maximumHands) hand.done = true;
      }
    }
  }

  private decide(hand: Hand, index: number): void {
    const action = this.decision();
    const { shoe } = this;
    const two = hand.cards.length === 2;
    const splitAces = two && hand.split && isAce(hand.cards[0]);
    const frozen = splitAces && !shoe.hitSplitAces;
    if (action === 'stand') hand.done = true;
    else if (action === 'hit' && !frozen) this.take(hand);
    else if (action === 'double' && two && !frozen && this.mayDouble(hand)) {
      hand.stake *= 2;
      hand.doubled = true;
      this.take(hand);
      hand.done = true;
    } else if (action === 'surrender' && shoe.surrender && two && !hand.split) {
      hand.surrendered = true;
      hand.done = true;
    } else if (
      action === 'split' &&
      two &&
      isPair(hand.cards) &&
      this.hands.length < shoe.maximumHands &&
      (!splitAces || frozen || shoe.resplitAces)
    ) {
      const halves = hand.cards.map((face): Hand => {
        return { ...hand, cards: [face], split: true };
      });
      this.hands.splice(index, 1, ...halves);
    } else throw forbidden(action);
  }

  private mayDouble({ cards, split }: Hand): boolean {
    const { total, soft } = totalOf(cards);
    const { doubles, doubleAfterSplit } = this.shoe;
    if (split && !doubleAfterSplit) return false;
    return doubles === null || (!soft && doubles.includes(total));
  }

  private take(hand: Hand): void {
    hand.cards.push(this.card());
    if (totalOf(hand.cards).total >= 21) hand.done = true;
  }

  private stands(hand: Hand): boolean {
    const natural = isNatural(hand.cards) && !hand.split;
    return totalOf(hand.cards).total <= 21 && !natural && !hand.surrendered;
  }

  /** Without a hole card: whether only a dealer's blackjack is left to decide something. */
  private waitsForNatural(): boolean {
    const waits = this.hands.some((hand) => {
      return hand.surrendered || (isNatural(hand.cards) && !hand.split);
    });
    const up = pointsOf(this.dealer[0] ?? 0);
    return (up === 1 || up === 10) && (waits || (this.insurance ?? 0) > 0);
  }

  private dealerPlays(): void {
    for (;;) {
      const { total, soft } = totalOf(this.dealer);
      const draws = total < 17 || (this.shoe.hitsSoft17 && soft && total === 17);
      if (!draws) return;
      this.dealer.push(this.card());
    }
  }

  private card(): number {
    const { decks, faces } = this.shoe;
    return decks === null ? this.draws.below(faces) : drawCard(this.draws, this.counts);
  }

  private decision(): string {
    const action = this.actions.shift();
    if (action === undefined) throw new InputsError('the decisions do not end the round');
    return action;
  }
}

function settled(hand: Hand, dealer: readonly number[], [won = 3, each = 2]: readonly number[]) {
  const { total, soft } = totalOf(hand.cards);
  const { cards, stake, doubled } = hand;
  const told = { cards, total, soft, stake, doubled };
  if (stake === 0) return { ...told, status: 'no-bet', payout: 0 };
  if (hand.surrendered) {
    return { ...told, status: 'surrendered', payout: isNatural(dealer) ? 0 : stake / 2 };
  }
  const natural = isNatural(cards) && !hand.split;
  const payout = natural
    ? stake + (isNatural(dealer) ? 0 : times(stake, won, each))
    : payoutOf(stake, total, dealer);
  let status = natural ? 'blackjack' : 'won';
  if (total > 21) status = 'bust';
  else if (payout === stake) status = 'push';
  else if (payout === 0) status = 'lost';
  return { ...told, status, payout };
}

function payoutOf(stake: number, total: number, dealer: readonly number[]): number {
  const dealerTotal = totalOf(dealer).total;
  if (total > 21 || isNatural(dealer)) return 0;
  if (dealerTotal > 21 || total > dealerTotal) return 2 * stake;
  return total === dealerTotal ? stake : 0;
}

const MAIN = 'main';

/** The stake on the hand, 0 if there is none, and the side bets. */
function stakesOf(proof: Proof, { unit, sideBets }: Shoe) {
  if (sideBets === null) {
    const stake = stakeOf(formOf(proof, 'stake').stake);
    if (stake % unit !== 0) throw new InputsError(`the stake is a multiple of ${unit}`);
    return { stake, side: [] };
  }
  const bets = betsOf(proof, {
    most: 1 + Object.keys(sideBets).length,
    unit: (bet) => (bet === MAIN ? unit : Object.hasOwn(sideBets, bet) ? 1 : undefined),
  });
  const stake = bets.find(({ bet }) => bet === MAIN)?.stake ?? 0;
  return { stake, side: bets.filter(({ bet }) => bet !== MAIN) };
}

/** Deal and play the round again, card by card. */
export function replayBlackjack(shoe: Shoe): Replay {
  return (proof, draws) => {
    const { stake: initial, side } = stakesOf(proof, shoe);
    const course = new Course(shoe, draws, initial, actionsOf(proof, 'stand', 'decline'));
    const [hand] = course.hands;
    const [up = 0] = course.dealer;
    const first = [...(hand?.cards ?? [])];
    const placed = side.map(({ bet, stake }) => {
      return sideBet(bet, stake, shoe.sideBets?.[bet] ?? {}, first, up);
    });
    course.play();
    return endOf(course, placed, shoe);
  };
}

function endOf(course: Course, placed: readonly Placed[], { natural }: Shoe) {
  const { dealer, insurance } = course;
  const hands = course.hands.map((hand) => settled(hand, dealer, natural)) as BlackjackHand[];
  const insurancePayout = isNatural(dealer) ? 3 * (insurance ?? 0) : 0;
  const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);
  const stakes = [...hands, ...placed].map((bet) => bet.stake);
  const payouts = [...hands, ...placed].map((bet) => bet.payout ?? 0);
  const stake = sum([...stakes, insurance ?? 0]);
  const payout = sum([...payouts, insurancePayout]);
  const told = hands.map((hand) => {
    return `${hand.total} ${hand.status}, staked ${hand.stake} and got ${hand.payout}`;
  });
  if (insurance) told.push(`insurance staked ${insurance} and got ${insurancePayout}`);
  for (const bet of placed) told.push(`${bet.bet} staked ${bet.stake} and got ${bet.payout}`);
  return {
    outcome: {
      stage: 'settled',
      seat: 0,
      dealer: { cards: dealer, ...totalOf(dealer) },
      hands,
      active: null,
      stake,
      insurance,
      insurance_payout: insurancePayout,
      payout,
      options: [],
      ...(placed.length > 0 ? { side_bets: placed } : {}),
    },
    stake,
    payout,
    detail: `every card was dealt again in order: the dealer has ${totalOf(dealer).total}`,
    paid: told.join('; '),
  };
}
