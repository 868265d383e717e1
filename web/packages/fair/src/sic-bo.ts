import { betsOf, settle, undecided } from './bets';
import type { Replay } from './replay';

/** What the bets of three dice pay to one; generated. */
export interface SicBoPays {
  readonly even: number;
  readonly totals: Readonly<Record<string, number>>;
  /** By how many dice show the number. */
  readonly single: readonly number[];
  readonly double: number;
  readonly triple: number;
  readonly anyTriple: number;
  readonly combination: number;
  /** The highest total that is small. */
  readonly small: number;
  /** Every bet of the layout. */
  readonly bets: readonly string[];
  readonly maximumBets: number;
}

/** What a bet pays to one on three dice; 0 if it loses. */
function paysOf(pays: SicBoPays, bet: string, dice: readonly number[]): number {
  const total = dice.reduce((sum, die) => sum + die, 0);
  const shown = (number: number) => dice.filter((die) => die === number).length;
  const triple = new Set(dice).size === 1;
  const [kind = '', ...parts] = bet.split('-');
  const [first = 0, second = 0] = parts.map(Number);
  if (bet === 'any-triple') return triple ? pays.anyTriple : 0;
  if (kind === 'total') return total === first ? (pays.totals[total] ?? 0) : 0;
  if (kind === 'single') return pays.single[shown(first)] ?? 0;
  if (kind === 'double') return shown(first) >= 2 ? pays.double : 0;
  if (kind === 'triple') return shown(first) === 3 ? pays.triple : 0;
  if (kind === 'combination') return shown(first) && shown(second) ? pays.combination : 0;
  const small = total <= pays.small;
  const odd = total % 2 === 1;
  const won = { small, big: !small, odd, even: !odd }[bet] ?? false;
  return won && !triple ? pays.even : 0;
}

/** Three draws below 6, each plus 1 a die. */
export function replaySicBo(pays: SicBoPays): Replay {
  const known = new Set(pays.bets);
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: pays.maximumBets,
      unit: (bet) => (known.has(bet) ? 1 : undefined),
    });
    const dice = [draws.below(6) + 1, draws.below(6) + 1, draws.below(6) + 1];
    const { wins, stake, payout, paid } = settle(bets, (bet) => {
      const won = paysOf(pays, bet, dice);
      return won > 0 ? won + 1 : 0;
    });
    const [first, second, third] = dice;
    const total = dice.reduce((sum, die) => sum + die, 0);
    const size = total <= pays.small ? 'small' : 'big';
    const word = new Set(dice).size === 1 ? 'triple' : size;
    const summary = `${first}, ${second} and ${third}: ${total}, ${word}`;
    const detail = `each draw plus 1 is a die: ${summary}`;
    return { outcome: { dice, wins, payout, summary }, stake, payout, detail, paid };
  };
}
