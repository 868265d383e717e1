import type { BlackjackHand, Proof } from '@croupier/protocol';
import { times } from './amounts';
import { betsOf } from './bets';
import { type Draws, drawCard } from './draws';
import { forbidden, formOf, InputsError, onlyFields, type Replay, stakeOf, textOf } from './replay';
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

interface Seat {
  /** 0 where it has side bets alone: its hand is not played. */
  readonly stake: number;
  hands: Hand[];
  insurance: number | null;
}

/** What a seat decided. */
export interface Choice {
  readonly seat: number;
  readonly action: string;
}

/** A round, from the order of the cards in `docs/fairness.md` and the rules of the help. */
class Course {
  readonly dealer: number[];
  readonly seats: Seat[];
  private readonly counts: number[];
  private readonly choices: Choice[];
  /** The seat whose turn it is. */
  private turn = 0;

  constructor(
    private readonly shoe: Shoe,
    private readonly draws: Draws,
    stakes: readonly number[],
    choices: readonly Choice[],
  ) {
    this.choices = [...choices];
    this.counts = Array<number>(shoe.faces).fill(shoe.decks ?? 0);
    const first = stakes.map(() => this.card());
    const up = this.card();
    const second = stakes.map(() => this.card());
    this.dealer = shoe.peek ? [up, this.card()] : [up];
    const none = { doubled: false, surrendered: false, split: false };
    this.seats = stakes.map((stake, index) => {
      const cards = [first[index] ?? 0, second[index] ?? 0];
      return { stake, insurance: null, hands: [{ cards, stake, ...none, done: isNatural(cards) }] };
    });
  }

  play(): void {
    const playing = this.seats.filter(({ stake }) => stake > 0);
    if (playing.length > 0) {
      if (isAce(this.dealer[0]) && this.shoe.insurance) this.insure();
      if (!isNatural(this.dealer)) this.playSeats(playing);
    }
    if (this.choices.length > 0) throw new InputsError(`${this.choices.length} decisions too many`);
  }

  private insure(): void {
    for (const [index, seat] of this.seats.entries()) {
      if (seat.stake === 0) continue;
      this.turn = index;
      const action = this.decision();
      if (action !== 'insure' && action !== 'decline') throw forbidden(action);
      seat.insurance = action === 'insure' ? seat.stake / 2 : 0;
    }
  }

  private playSeats(playing: readonly Seat[]): void {
    for (const [index, seat] of this.seats.entries()) {
      this.turn = index;
      if (seat.stake > 0) this.playHands(seat.hands);
    }
    const hands = playing.flatMap((seat) => seat.hands);
    if (hands.some((hand) => this.stands(hand))) this.dealerPlays();
    else if (!this.shoe.peek && this.waitsForNatural(playing)) this.dealer.push(this.card());
  }

  private playHands(hands: Hand[]): void {
    for (let index = 0; index < hands.length; index += 1) this.playHand(hands, index);
  }

  private playHand(hands: Hand[], index: number): void {
    for (;;) {
      const hand = hands[index];
      if (hand === undefined || hand.done) return;
      if (hand.cards.length > 1) {
        this.decide(hands, hand, index);
        continue;
      }
      this.take(hand);
      if (isAce(hand.cards[0]) && !this.shoe.hitSplitAces) {
        // Split aces take one card, and only another ace can be split again.
        const again = this.shoe.resplitAces && isAce(hand.cards[1]);
        if (!again || hands.length >= this.shoe.maximumHands) hand.done = true;
      }
    }
  }

  private decide(hands: Hand[], hand: Hand, index: number): void {
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
      hands.length < shoe.maximumHands &&
      (!splitAces || frozen || shoe.resplitAces)
    ) {
      const halves = hand.cards.map((face): Hand => {
        return { ...hand, cards: [face], split: true };
      });
      hands.splice(index, 1, ...halves);
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
  private waitsForNatural(playing: readonly Seat[]): boolean {
    const waits = playing
      .flatMap((seat) => seat.hands)
      .some((hand) => {
        return hand.surrendered || (isNatural(hand.cards) && !hand.split);
      });
    const up = pointsOf(this.dealer[0] ?? 0);
    const insured = playing.some(({ insurance }) => (insurance ?? 0) > 0);
    return (up === 1 || up === 10) && (waits || insured);
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
    const choice = this.choices.shift();
    if (choice === undefined) throw new InputsError('the decisions do not end the round');
    if (choice.seat !== this.turn) throw new InputsError(`it is not the turn of ${choice.seat}`);
    return choice.action;
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
const MOST_SEATS = 7;

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

/** What each seat decided, in order. Where time had run out the platform stands or declines. */
function choicesOf({ decisions }: Proof): Choice[] {
  return decisions.map(({ seat, decision, platform }) => {
    onlyFields(decision, 'action');
    const action = textOf(decision.action, 'an action');
    if (platform && action !== 'stand' && action !== 'decline') {
      throw new InputsError(`the platform does not ${action}, only stand or decline`);
    }
    return { seat, action };
  });
}

/** Deal and play the round again, card by card, for all seats together. */
export function replayBlackjack(shoe: Shoe): Replay {
  return (proof, draws) => {
    if (proof.bets.length < 1 || proof.bets.length > MOST_SEATS) {
      throw new InputsError(`a table has 1 to ${MOST_SEATS} seats`);
    }
    if (proof.seat >= proof.bets.length) throw new InputsError('the seat has no bets');
    const placed = proof.bets.map((bets) => stakesOf({ ...proof, bets: [bets] }, shoe));
    const stakes = placed.map(({ stake }) => stake);
    const course = new Course(shoe, draws, stakes, choicesOf(proof));
    const [up = 0] = course.dealer;
    const side = placed.map((bets, index) => {
      const first = [...(course.seats[index]?.hands[0]?.cards ?? [])];
      return bets.side.map(({ bet, stake }) => {
        return sideBet(bet, stake, shoe.sideBets?.[bet] ?? {}, first, up);
      });
    });
    course.play();
    const ends = course.seats.map((seat, index) => {
      return endOf(seat, course.dealer, side[index] ?? [], shoe);
    });
    return told(ends, proof.seat, course.dealer);
  };
}

interface End {
  readonly hands: readonly BlackjackHand[];
  readonly insurance: number | null;
  readonly insurancePayout: number;
  readonly placed: readonly Placed[];
  readonly stake: number;
  readonly payout: number;
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

function endOf(seat: Seat, dealer: readonly number[], placed: readonly Placed[], shoe: Shoe): End {
  const { insurance } = seat;
  const hands = seat.hands.map((hand) => settled(hand, dealer, shoe.natural)) as BlackjackHand[];
  const insurancePayout = isNatural(dealer) ? 3 * (insurance ?? 0) : 0;
  const stakes = [...hands, ...placed].map((bet) => bet.stake);
  const payouts = [...hands, ...placed].map((bet) => bet.payout ?? 0);
  const stake = sum([...stakes, insurance ?? 0]);
  return {
    hands,
    insurance,
    insurancePayout,
    placed,
    stake,
    payout: sum([...payouts, insurancePayout]),
  };
}

const sideOf = ({ placed }: End) => (placed.length > 0 ? { side_bets: placed } : {});

/** The round as one seat saw its end, and what it got. */
function told(ends: readonly End[], seat: number, dealer: readonly number[]) {
  const mine = ends[seat] as End;
  const { hands, insurance, insurancePayout, stake, payout } = mine;
  const paid = hands.map((hand) => {
    return `${hand.total} ${hand.status}, staked ${hand.stake} and got ${hand.payout}`;
  });
  if (insurance) paid.push(`insurance staked ${insurance} and got ${insurancePayout}`);
  for (const bet of mine.placed) paid.push(`${bet.bet} staked ${bet.stake} and got ${bet.payout}`);
  const others = ends
    .map((end, index) => ({
      seat: index,
      hands: end.hands,
      insurance: end.insurance,
      payout: end.payout,
      side_bets: end.placed,
    }))
    .filter((other) => other.seat !== seat);
  return {
    outcome: {
      stage: 'settled',
      seat,
      dealer: { cards: dealer, ...totalOf(dealer) },
      hands,
      active: null,
      stake,
      insurance,
      insurance_payout: insurancePayout,
      payout,
      options: [],
      ...(others.length > 0 ? { others } : {}),
      ...sideOf(mine),
    },
    stake,
    payout,
    detail: `every card was dealt again in order: the dealer has ${totalOf(dealer).total}`,
    paid: paid.join('; '),
  };
}
