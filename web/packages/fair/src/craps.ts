import { counted, times } from './amounts';
import { betsOf } from './bets';
import type { Draws } from './draws';
import { actionsOf, forbidden, InputsError, type Replay } from './replay';

type ByTotal<T> = Readonly<Record<string, T>>;

/** The bets of craps, what they pay and how far a round goes; generated. */
export interface CrapsRules {
  readonly points: readonly number[];
  /** What odds pay on each point, to one part staked, as a pair. */
  readonly trueOdds: ByTotal<readonly number[]>;
  /** How many times the bet the odds taken on each point may be. */
  readonly oddsLimit: ByTotal<number>;
  readonly layLimit: number;
  readonly placePays: ByTotal<readonly number[]>;
  readonly hardPays: ByTotal<number>;
  /** By bet, then by total. */
  readonly oneRollPays: Readonly<Record<string, ByTotal<number>>>;
  /** Every bet that a round can begin with, and what its stake is a multiple of. */
  readonly units: Readonly<Record<string, number>>;
  readonly maximumBets: number;
  readonly maximumRolls: number;
  /** Come and don't-come bets of a round together. */
  readonly maximumComes: number;
}

export type Status = 'standing' | 'won' | 'lost' | 'returned';
export type Dice = readonly [number, number];

export interface Wager {
  readonly bet: string;
  readonly stake: number;
  readonly point: number;
  readonly odds: number;
  readonly status: Status;
  readonly payout: number;
}

const ROLL = 'roll';
const COME = /^(come|dont-come)-([1-9]\d{0,15})$/;
const ODDS = /^odds-(?:(pass|dont-pass)|(come|dont-come)-(4|5|6|8|9|10))-([1-9]\d{0,15})$/;
const SIDES = [1, 2, 3, 4, 5, 6];
const ROLLS = SIDES.flatMap((first) => SIDES.map((second): Dice => [first, second]));

const isRight = ({ bet }: Wager) => bet === 'pass' || bet === 'come';
const isLine = (wager: Wager) => isRight(wager) || /^dont-(?:pass|come)$/.test(wager.bet);
const isCome = ({ bet }: Wager) => bet === 'come' || bet === 'dont-come';
export const standing = ({ status }: Wager) => status === 'standing';
const placed = (bet: string, stake: number): Wager => {
  return { bet, stake, point: 0, odds: 0, status: 'standing', payout: 0 };
};

const won = (wager: Wager, winnings: number): Wager => {
  return { ...wager, status: 'won', payout: wager.stake + wager.odds + winnings };
};
const lost = (wager: Wager): Wager => ({ ...wager, status: 'lost', payout: 0 });

/** What the rules do to one bet. */
export class Layout {
  constructor(readonly rules: CrapsRules) {}

  /** The bet after a roll. */
  after(wager: Wager, [first, second]: Dice): Wager {
    const total = first + second;
    if (!standing(wager)) return wager;
    if (isLine(wager))
      return wager.point === 0 ? this.first(wager, total) : this.line(wager, total);
    const [kind, number] = wager.bet.split('-');
    const oneRoll = this.rules.oneRollPays[wager.bet];
    if (oneRoll !== undefined) {
      const pays = oneRoll[total];
      return pays === undefined ? lost(wager) : won(wager, times(wager.stake, pays));
    }
    if (total === Number(number) && (kind === 'place' || first === second)) {
      return won(wager, this.winnings(wager, kind === 'place', total));
    }
    const decided = total === 7 || (kind === 'hard' && total === Number(number));
    return decided ? lost(wager) : wager;
  }

  private winnings({ stake }: Wager, place: boolean, total: number): number {
    const [pays = 0, unit = 1] = this.rules.placePays[total] ?? [];
    return place ? times(stake, pays, unit) : times(stake, this.rules.hardPays[total] ?? 0);
  }

  /** A pass or come bet, or its reverse, on its first roll. */
  private first(wager: Wager, total: number): Wager {
    if (this.rules.points.includes(total)) return { ...wager, point: total };
    const right = isRight(wager);
    if (total === 12 && !right) return { ...wager, status: 'returned', payout: wager.stake };
    return (total === 7 || total === 11) === right ? won(wager, wager.stake) : lost(wager);
  }

  /** The same with its point. */
  private line(wager: Wager, total: number): Wager {
    if (total !== 7 && total !== wager.point) return wager;
    const right = isRight(wager);
    if ((total === wager.point) !== right) return lost(wager);
    const [more = 0, less = 0] = this.rules.trueOdds[wager.point] ?? [];
    const [pays, unit] = right ? [more, less] : [less, more];
    return won(wager, wager.stake + times(wager.odds, pays, unit));
  }

  /** The bet with more odds behind it. */
  laid(wager: Wager, odds: number): Wager {
    const { trueOdds, oddsLimit, layLimit } = this.rules;
    const [more = 1, less = 1] = trueOdds[wager.point] ?? [];
    const right = isRight(wager);
    const most = wager.stake * (right ? (oddsLimit[wager.point] ?? 0) : layLimit);
    const unit = right ? less : more;
    if (odds % unit !== 0) throw new InputsError(`odds there are a multiple of ${unit}`);
    if (wager.odds + odds > most) throw new InputsError(`odds there are at most ${most}`);
    return { ...wager, odds: wager.odds + odds };
  }
}

/** A round as it goes on. */
class Course {
  readonly rolls: Dice[] = [];
  rollsLeft: number;
  private readonly smallest: number;
  private readonly largest: number;

  constructor(
    private readonly layout: Layout,
    private readonly draws: Draws,
    public wagers: readonly Wager[],
  ) {
    const stakes = wagers.map(({ stake }) => stake);
    this.smallest = Math.min(...stakes);
    this.largest = Math.max(...stakes);
    this.rollsLeft = layout.rules.maximumRolls;
    this.roll();
  }

  get ended(): boolean {
    return !this.wagers.some(standing);
  }

  decide(action: string): void {
    if (this.ended) throw new InputsError('the round had ended before the last decision');
    const [, come, stake] = COME.exec(action) ?? [];
    const [, pass, other, point, odds] = ODDS.exec(action) ?? [];
    if (action === ROLL) this.roll();
    else if (come !== undefined) this.come(come, Number(stake));
    else if (odds !== undefined) this.odds(pass ?? other ?? '', Number(point ?? 0), Number(odds));
    else throw forbidden(action);
  }

  private roll(): void {
    this.land([this.draws.below(6) + 1, this.draws.below(6) + 1]);
    this.rollsLeft -= 1;
    if (this.rollsLeft > 0) return;
    // After the last roll those that decide nothing are left out, until no bet stands.
    for (let left = this.deciding(); left.length > 0; left = this.deciding()) {
      this.land(left[this.draws.below(left.length)] ?? [0, 0]);
    }
  }

  private land(dice: Dice): void {
    this.rolls.push(dice);
    this.wagers = this.wagers.map((wager) => this.layout.after(wager, dice));
  }

  private deciding(): Dice[] {
    return ROLLS.filter((dice) => {
      return this.wagers.some((wager) => this.layout.after(wager, dice) !== wager);
    });
  }

  private come(bet: string, stake: number): void {
    const comes = this.wagers.filter(isCome);
    const waits = comes.some((wager) => {
      return wager.bet === bet && standing(wager) && wager.point === 0;
    });
    const full = comes.length >= this.layout.rules.maximumComes;
    if (waits || full || stake < this.smallest || stake > this.largest) {
      throw forbidden(`${bet}-${stake}`);
    }
    this.wagers = [...this.wagers, placed(bet, stake)];
  }

  private odds(bet: string, point: number, odds: number): void {
    const place = this.wagers.findIndex((wager) => {
      const its = wager.point !== 0 && (point === 0 || point === wager.point);
      return wager.bet === bet && standing(wager) && its;
    });
    const wager = this.wagers[place];
    if (wager === undefined) throw forbidden(`lay odds behind ${bet}`);
    this.wagers = this.wagers.with(place, this.layout.laid(wager, odds));
  }
}

export const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

function summaryOf(rolls: readonly Dice[], stake: number, payout: number): string {
  const [first, second] = rolls.at(-1) ?? [0, 0];
  const text = `Roll ${rolls.length}: ${first} and ${second}, ${first + second}.`;
  if (payout === stake) return `${text} ${payout} back, as much as was staked.`;
  const won = payout > stake;
  return `${text} ${won ? 'Won' : 'Lost'} ${won ? payout - stake : stake - payout}.`;
}

/** What won, for reading; of bets that are decided. */
export function paidOf(wagers: readonly Wager[]): string {
  const back = wagers.filter(({ payout }) => payout > 0);
  const told = back.map(({ bet, stake, point, odds, payout }) => {
    const behind = odds > 0 ? ` with odds of ${odds}` : '';
    return `${bet}${point > 0 ? ` on ${point}` : ''} staked ${stake}${behind} and got ${payout}`;
  });
  const lost = wagers.length - back.length;
  if (lost > 0) told.push(`${counted(lost, 'bet')} lost`);
  return told.join(', ');
}

/** Two draws for each roll; after the last one, one draw among the rolls that decide a bet. */
export function replayCraps(rules: CrapsRules): Replay {
  const layout = new Layout(rules);
  const units = new Map(Object.entries(rules.units));
  return (proof, draws) => {
    const bets = betsOf(proof, { most: rules.maximumBets, unit: (bet) => units.get(bet) });
    const wagers = bets.map(({ bet, stake }) => placed(bet, stake));
    const course = new Course(layout, draws, wagers);
    for (const action of actionsOf(proof, ROLL)) course.decide(action);
    if (!course.ended) throw new InputsError('the decisions do not end the round');
    const { rolls, rollsLeft } = course;
    const stake = sum(course.wagers.map((wager) => wager.stake + wager.odds));
    const payout = sum(course.wagers.map((wager) => wager.payout));
    const outcome = {
      rolls,
      rolls_left: rollsLeft,
      bets: course.wagers,
      stake,
      payout,
      options: [],
      summary: summaryOf(rolls, stake, payout),
    };
    const dice = rolls.map(([first, second]) => `${first}+${second}`).join(', ');
    const detail = `${counted(rolls.length, 'roll')}: ${dice}`;
    return { outcome, stake, payout, detail, paid: paidOf(course.wagers) };
  };
}
