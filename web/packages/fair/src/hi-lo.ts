import { amount, times, written } from './amounts';
import type { Draws } from './draws';
import { actionsOf, forbidden, formOf, InputsError, type Replay, stakeOf } from './replay';

/** The deck and its guesses; generated. */
export interface HiLoRules {
  readonly faces: number;
  readonly rankNames: readonly string[];
  /** By guess and by the rank on the table: the first and the last rank that win. */
  readonly wins: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** The return as numerator and denominator. */
  readonly return: readonly number[];
  /** The highest multiplier, in hundredths. */
  readonly maximum: number;
  readonly maximumSteps: number;
  readonly minimumStake: number;
}

const SKIP = 'skip';
const CASH_OUT = 'cash-out';

/** A round as it goes on. The product of odds is over/under, exactly. */
class Course {
  readonly cards: number[] = [];
  readonly decisions: string[] = [];
  guesses = 0;
  ended = false;
  lost = false;
  private over = 1n;
  private under = 1n;
  private readonly ranks: number;
  private readonly numerator: bigint;
  private readonly denominator: bigint;

  constructor(
    private readonly rules: HiLoRules,
    private readonly draws: Draws,
  ) {
    this.ranks = rules.rankNames.length;
    [this.numerator = 0n, this.denominator = 1n] = rules.return.map(BigInt);
    this.turn();
  }

  get rank(): number {
    return (this.cards.at(-1) ?? 0) % this.ranks;
  }

  /** What cashing out pays, in hundredths. */
  get multiplier(): number {
    if (this.lost) return 0;
    if (this.guesses === 0) return 100;
    return amount((100n * this.numerator * this.over) / (this.denominator * this.under));
  }

  decide(action: string): void {
    if (this.ended) throw new InputsError('the round had ended before the last decision');
    if (action === CASH_OUT) this.ended = true;
    else if (action === SKIP) this.step(action);
    else this.guess(action);
  }

  private guess(action: string): void {
    const guesses = new Map(Object.entries(this.rules.wins));
    const [first = 0, last = -1] = guesses.get(action)?.[this.rank] ?? [];
    const ways = last - first + 1;
    if (ways <= 0 || this.isAbove(this.ranks, ways)) throw forbidden(action);
    this.guesses += 1;
    this.turn();
    this.lost = this.rank < first || this.rank > last;
    if (!this.lost) {
      this.over *= BigInt(this.ranks);
      this.under *= BigInt(ways);
    }
    this.decisions.push(action);
    this.ended = this.lost || this.isOver();
  }

  private step(action: string): void {
    this.turn();
    this.decisions.push(action);
    this.ended = this.isOver();
  }

  private turn(): void {
    this.cards.push(this.draws.below(this.rules.faces));
  }

  /** Whether the multiplier would be above the highest after a guess with these odds. */
  private isAbove(over: number, under: number): boolean {
    const product = 100n * this.numerator * this.over * BigInt(over);
    const highest = BigInt(this.rules.maximum) * this.denominator * this.under * BigInt(under);
    return product > highest;
  }

  /** Whether no step is left, or no guess on any card. */
  private isOver(): boolean {
    const ways = Object.values(this.rules.wins).flatMap((ranks) => {
      return ranks.map(([first = 0, last = -1]) => last - first + 1);
    });
    const { maximumSteps } = this.rules;
    return this.decisions.length === maximumSteps || this.isAbove(this.ranks, Math.max(...ways));
  }
}

/** One draw for the first card, and for each guess and each skip. */
export function replayHiLo(rules: HiLoRules): Replay {
  return (proof, draws) => {
    const stake = stakeOf(formOf(proof, 'stake').stake);
    if (stake < rules.minimumStake) throw new InputsError(`a stake below ${rules.minimumStake}`);
    const course = new Course(rules, draws);
    for (const action of actionsOf(proof, CASH_OUT)) course.decide(action);
    if (!course.ended) throw new InputsError('the decisions do not end the round');
    const { cards, decisions, guesses, lost, rank } = course;
    const multiplier = written(course.multiplier);
    const payout = times(stake, course.multiplier, 100);
    const name = (face: number) => rules.rankNames[face % rules.rankNames.length] ?? '';
    const summary = lost
      ? `Wrong on ${name(rank)} after ${guesses - 1} right`
      : `${multiplier}x after ${guesses} right`;
    const outcome = { cards, decisions, multiplier, stake, payout, options: [], summary };
    const end = lost ? 'then one wrong' : 'then cashed out';
    const right = `${guesses - Number(lost)} right, ${end}`;
    const detail = `the cards were ${cards.map(name).join(', ')}; ${right}`;
    const paid = lost ? `the stake of ${stake} was lost` : `${stake} times ${multiplier}`;
    return { outcome, stake, payout, detail, paid };
  };
}
