import type { Proof } from '@croupier/protocol';
import {
  type CrapsRules,
  type Dice,
  Layout,
  paidOf,
  type Status,
  standing,
  sum,
  type Wager,
} from './craps';
import { formOf, InputsError, onlyFields, type Replay, record, stakeOf, textOf } from './replay';

const LINE = /^(?:dont-)?pass$/;
const COME = /^(?:dont-)?come$/;
const NAMES = ['bet', 'stake', 'point', 'odds', 'status', 'payout'];

/** A number that may be 0. */
function counted(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InputsError(`${what} is no whole number`);
}

/** The bets of one seat on one roll at a table that many share, each of which may stand there. */
class Standing {
  readonly point: number;
  readonly wagers: readonly Wager[];

  constructor(
    private readonly rules: CrapsRules,
    private readonly layout: Layout,
    proof: Proof,
  ) {
    const { bets, point } = formOf(proof, 'bets', 'point');
    this.point = counted(point, 'the point');
    if (this.point !== 0 && !rules.points.includes(this.point)) {
      throw new InputsError(`${this.point} is no point`);
    }
    if (!Array.isArray(bets) || bets.length === 0) throw new InputsError('there is no bet');
    this.wagers = bets.map((each) => this.wager(each));
    const places = this.wagers.map(({ bet, point: its }) => `${bet} ${its}`);
    if (new Set(places).size < places.length) throw new InputsError('a bet stands twice');
  }

  private wager(value: unknown): Wager {
    const form = record(value, 'a bet');
    onlyFields(form, ...NAMES);
    const wager: Wager = {
      bet: textOf(form.bet, 'the name of a bet'),
      stake: stakeOf(form.stake),
      point: counted(form.point, 'a point'),
      odds: 0,
      status: textOf(form.status, 'what became of a bet') as Status,
      payout: counted(form.payout, 'a payout'),
    };
    const { bet, stake, status, payout } = wager;
    const unit = COME.test(bet) ? 1 : this.rules.units[bet];
    if (unit === undefined) throw new InputsError(`there is no bet named ${bet}`);
    if (stake % unit !== 0) throw new InputsError(`${bet} takes multiples of ${unit}`);
    if (!this.fits(wager) || status !== 'standing' || payout !== 0) {
      throw new InputsError(`${bet} cannot stand there`);
    }
    const odds = counted(form.odds, 'the odds');
    if (odds === 0) return wager;
    if (wager.point === 0) throw new InputsError('odds lie behind a bet that has its point');
    return this.layout.laid(wager, odds);
  }

  /** Whether a bet may have its point, with this point on the table. */
  private fits({ bet, point }: Wager): boolean {
    if (LINE.test(bet)) return point === this.point;
    if (!COME.test(bet)) return point === 0;
    return point === 0 ? this.point !== 0 : this.rules.points.includes(point);
  }
}

function summaryOf([first, second]: Dice, before: number, after: number): string {
  const total = first + second;
  const text = `${total} (${first} ${second})`;
  if (before === 0) return `${text}, ${after === 0 ? 'come-out' : 'the point'}`;
  if (after !== 0) return text;
  return `${text}, ${total === 7 ? 'seven out' : 'point made'}`;
}

/** One roll for one seat: two draws. What it does not decide stands for the next round. */
export function replayCrapsTable(rules: CrapsRules): Replay {
  const layout = new Layout(rules);
  return (proof, draws) => {
    if (proof.decisions.length > 0) throw new InputsError('a roll has no decisions');
    const { point: before, wagers } = new Standing(rules, layout, proof);
    const dice: Dice = [draws.below(6) + 1, draws.below(6) + 1];
    const total = sum(dice);
    const held = total !== 7 && total !== before;
    const made = rules.points.includes(total) ? total : 0;
    const after = before === 0 ? made : held ? before : 0;
    const bets = wagers.map((wager) => layout.after(wager, dice));
    const decided = bets.filter((wager) => !standing(wager));
    const stake = sum(decided.map((wager) => wager.stake + wager.odds));
    const payout = sum(decided.map((wager) => wager.payout));
    const summary = summaryOf(dice, before, after);
    return {
      outcome: { dice, point_before: before, point: after, bets, stake, payout, summary },
      stake,
      payout,
      detail: summary,
      paid: decided.length > 0 ? paidOf(decided) : 'no bet decided',
    };
  };
}
