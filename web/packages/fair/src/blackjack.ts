import type { BlackjackHand } from '@croupier/protocol';
import { type Draws, drawCard } from './draws';
import { actionsOf, forbidden, formOf, InputsError, type Replay, stakeOf } from './replay';

/** What the rules of a blackjack table have in numbers; generated. */
export interface Shoe {
  readonly decks: number;
  readonly faces: number;
  readonly maximumHands: number;
}

interface Hand {
  cards: number[];
  stake: number;
  doubled: boolean;
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
    this.counts = Array<number>(shoe.faces).fill(shoe.decks);
    const first = this.card();
    const up = this.card();
    const second = this.card();
    this.dealer = [up, this.card()];
    const cards = [first, second];
    const done = isNatural(cards);
    this.hands = [{ cards, stake: initialStake, doubled: false, split: false, done }];
  }

  play(): void {
    const [up = 0] = this.dealer;
    if (pointsOf(up) === 1) this.insure();
    if (!isNatural(this.dealer)) {
      for (let index = 0; index < this.hands.length; index += 1) this.playHand(index);
      if (this.hands.some((hand) => this.stands(hand))) this.dealerPlays();
    }
    if (this.actions.length > 0) throw new InputsError(`${this.actions.length} decisions too many`);
  }

  private insure(): void {
    const action = this.decision();
    if (action !== 'insure' && action !== 'decline') throw forbidden(action);
    this.insurance = action === 'insure' ? this.initialStake / 2 : 0;
  }

  private playHand(index: number): void {
    for (;;) {
      const hand = this.hands[index];
      if (hand === undefined || hand.done) return;
      if (hand.cards.length === 1) {
        const onlyOne = hand.cards.every((face) => pointsOf(face) === 1);
        this.take(hand);
        if (onlyOne) hand.done = true;
        continue;
      }
      this.decide(hand, index);
    }
  }

  private decide(hand: Hand, index: number): void {
    const action = this.decision();
    const [left = 0, right = 0] = hand.cards;
    const two = hand.cards.length === 2;
    if (action === 'stand') hand.done = true;
    else if (action === 'hit') this.take(hand);
    else if (action === 'double' && two) {
      hand.stake *= 2;
      hand.doubled = true;
      this.take(hand);
      hand.done = true;
    } else if (
      action === 'split' &&
      two &&
      pointsOf(left) === pointsOf(right) &&
      this.hands.length < this.shoe.maximumHands
    ) {
      const halves = [left, right].map((face): Hand => {
        return { cards: [face], stake: hand.stake, doubled: false, split: true, done: false };
      });
      this.hands.splice(index, 1, ...halves);
    } else throw forbidden(action);
  }

  private take(hand: Hand): void {
    hand.cards.push(this.card());
    if (totalOf(hand.cards).total >= 21) hand.done = true;
  }

  private stands(hand: Hand): boolean {
    return totalOf(hand.cards).total <= 21 && !(isNatural(hand.cards) && !hand.split);
  }

  private dealerPlays(): void {
    while (totalOf(this.dealer).total < 17) this.dealer.push(this.card());
  }

  private card(): number {
    return drawCard(this.draws, this.counts);
  }

  private decision(): string {
    const action = this.actions.shift();
    if (action === undefined) throw new InputsError('the decisions do not end the round');
    return action;
  }
}

function settled(hand: Hand, dealer: readonly number[]): BlackjackHand {
  const { total, soft } = totalOf(hand.cards);
  const natural = isNatural(hand.cards) && !hand.split;
  const { cards, stake, doubled } = hand;
  const payout = payoutOf(stake, total, natural, dealer);
  let status = natural ? 'blackjack' : 'won';
  if (total > 21) status = 'bust';
  else if (payout === stake) status = 'push';
  else if (payout === 0) status = 'lost';
  return { cards, total, soft, stake, doubled, status, payout };
}

function payoutOf(
  stake: number,
  total: number,
  natural: boolean,
  dealer: readonly number[],
): number {
  const dealerTotal = totalOf(dealer).total;
  if (natural) return isNatural(dealer) ? stake : stake + (stake * 3) / 2;
  if (total > 21 || isNatural(dealer)) return 0;
  if (dealerTotal > 21 || total > dealerTotal) return 2 * stake;
  return total === dealerTotal ? stake : 0;
}

/** Deal and play the round again, card by card. */
export function replayBlackjack(shoe: Shoe): Replay {
  return (proof, draws) => {
    const initial = stakeOf(formOf(proof, 'stake').stake);
    if (initial % 2 !== 0) throw new InputsError('the stake is an even number of minor units');
    const course = new Course(shoe, draws, initial, actionsOf(proof, 'stand', 'decline'));
    course.play();
    const { dealer, insurance } = course;
    const hands = course.hands.map((hand) => settled(hand, dealer));
    const insurancePayout = isNatural(dealer) ? 3 * (insurance ?? 0) : 0;
    const stake = hands.reduce((sum, hand) => sum + hand.stake, insurance ?? 0);
    const payout = hands.reduce((sum, hand) => sum + (hand.payout ?? 0), insurancePayout);
    const told = hands.map(({ total, stake, status, payout }) => {
      return `${total} ${status}, staked ${stake} and got ${payout}`;
    });
    if (insurance) told.push(`insurance staked ${insurance} and got ${insurancePayout}`);
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
      },
      stake,
      payout,
      detail: `every card was dealt again in order: the dealer has ${totalOf(dealer).total}`,
      paid: told.join('; '),
    };
  };
}
