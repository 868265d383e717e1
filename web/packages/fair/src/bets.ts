import type { Proof } from '@croupier/protocol';
import { counted, times, written } from './amounts';
import { formOf, InputsError, onlyFields, record, stakeOf, textOf } from './replay';

/** One of several bets that a round is opened with. */
export interface Bet {
  readonly bet: string;
  readonly stake: number;
}

/** A bet that something came back for. */
export interface Win extends Bet {
  readonly payout: number;
}

/** What became of the bets of a round. */
export interface Settled<W extends Win = Win> {
  readonly wins: readonly W[];
  readonly stake: number;
  readonly payout: number;
  /** What won and what that paid, for reading. */
  readonly paid: string;
}

/** Which bets the rules allow. */
export interface Allowed {
  /** How many in a round. */
  readonly most: number;
  /** What the stake of a bet is a multiple of; undefined where there is no bet of that name. */
  readonly unit: (bet: string) => number | undefined;
  readonly lowest?: number;
}

/** The bets of `{"bets": [{"bet": name, "stake": n}, …]}`, each of which the rules allow. */
export function betsOf(proof: Proof, { most, unit, lowest = 1 }: Allowed): readonly Bet[] {
  const { bets } = formOf(proof, 'bets');
  if (!Array.isArray(bets) || bets.length === 0 || bets.length > most) {
    throw new InputsError(`a round has 1 to ${most} bets`);
  }
  const seen = new Set<string>();
  return bets.map((each) => {
    const form = record(each, 'a bet');
    onlyFields(form, 'bet', 'stake');
    const bet = textOf(form.bet, 'the name of a bet');
    const stake = stakeOf(form.stake);
    const multiple = unit(bet);
    if (multiple === undefined) throw new InputsError(`there is no bet named ${bet}`);
    if (seen.has(bet)) throw new InputsError(`${bet} is bet on twice`);
    if (stake < lowest) throw new InputsError(`the stake on ${bet} is below ${lowest}`);
    if (stake % multiple !== 0) throw new InputsError(`${bet} takes multiples of ${multiple}`);
    seen.add(bet);
    return { bet, stake };
  });
}

/** A round without decisions. */
export function undecided(proof: Proof): Proof {
  if (proof.decisions.length > 0) throw new InputsError('such a round has no decisions');
  return proof;
}

/** Pay bets by what each brings back, its stake included, in parts of `unit` to one staked. */
export function settle(bets: readonly Bet[], parts: (bet: string) => number, unit = 1): Settled {
  const wins = bets.flatMap(({ bet, stake }): Win[] => {
    const won = parts(bet);
    return won > 0 ? [{ bet, stake, payout: times(stake, won, unit) }] : [];
  });
  return settled(bets, wins);
}

/** A win of a game that multiplies the stake. */
export interface Multiplied extends Win {
  readonly multiplier: string;
}

/** Pay bets by multipliers in parts of 1/scale, rounded down to whole minor units. */
export function multiply(
  bets: readonly Bet[],
  multiplier: (bet: string) => number,
  scale = 100,
): Settled<Multiplied> {
  const wins = bets.flatMap(({ bet, stake }): Multiplied[] => {
    const parts = multiplier(bet);
    if (parts === 0) return [];
    const payout = times(stake, parts, scale);
    return [{ bet, stake, multiplier: written(parts, scale), payout }];
  });
  return settled(bets, wins);
}

function settled<W extends Win>(bets: readonly Bet[], wins: readonly W[]): Settled<W> {
  const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);
  const told = wins.map(({ bet, stake, payout }) => `${bet} staked ${stake} and got ${payout}`);
  const lost = bets.length - wins.length;
  if (lost > 0) told.push(`${counted(lost, 'bet')} lost`);
  return {
    wins,
    stake: sum(bets.map(({ stake }) => stake)),
    payout: sum(wins.map(({ payout }) => payout)),
    paid: told.join(', '),
  };
}
