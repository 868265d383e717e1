import type { Proof } from '@croupier/protocol';
import type { Draws } from './draws';
import { InputsError, onlyFields, type Replayed, record, stakeOf } from './replay';

const POCKETS = 37;
const MAXIMUM_BETS = 50;
const RED = new Set([1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36]);
const NUMBERS = Array.from({ length: POCKETS }, (_, number) => number);

/** Every bet of the layout and the numbers that it covers. */
const SPOTS = spots();

function spots(): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  const inside = (kind: string, ...numbers: number[]) => {
    found.set(`${kind}-${numbers.join('-')}`, numbers);
  };
  const where = (name: string, covers: (number: number) => boolean) => {
    found.set(
      name,
      NUMBERS.filter((number) => number > 0 && covers(number)),
    );
  };
  for (const number of NUMBERS) inside('straight', number);
  for (const other of [1, 2, 3]) inside('split', 0, other);
  for (const number of NUMBERS.slice(1)) {
    const inRow = number % 3 !== 0;
    if (inRow) inside('split', number, number + 1);
    if (number <= 33) inside('split', number, number + 3);
    if (inRow && number <= 32) inside('corner', number, number + 1, number + 3, number + 4);
    if (number % 3 === 1) inside('street', number, number + 1, number + 2);
    if (number % 3 === 1 && number <= 31) {
      where(`line-${number}-${number + 5}`, (each) => each >= number && each < number + 6);
    }
  }
  inside('trio', 0, 1, 2);
  inside('trio', 0, 2, 3);
  found.set('first-four', [0, 1, 2, 3]);
  for (const part of [1, 2, 3]) {
    where(`column-${part}`, (number) => number % 3 === part % 3);
    where(`dozen-${part}`, (number) => Math.ceil(number / 12) === part);
  }
  where('red', (number) => RED.has(number));
  where('black', (number) => !RED.has(number));
  where('odd', (number) => number % 2 === 1);
  where('even', (number) => number % 2 === 0);
  where('low', (number) => number <= 18);
  where('high', (number) => number >= 19);
  return found;
}

/** One draw below 37 is the number; a bet on k numbers pays 36/k times its stake. */
export function replayRoulette(proof: Proof, draws: Draws): Replayed {
  const [first] = proof.bets;
  const form = record(first, 'the bets');
  onlyFields(form, 'bets');
  const bets = Array.isArray(form.bets) ? form.bets : [];
  if (bets.length === 0 || bets.length > MAXIMUM_BETS || proof.decisions.length > 0) {
    throw new InputsError('a round has 1 to 50 bets and no decisions');
  }
  const number = draws.below(POCKETS);
  const seen = new Set<string>();
  const wins: { bet: string; stake: number; payout: number }[] = [];
  let stake = 0;
  let payout = 0;
  for (const each of bets) {
    const bet = record(each, 'a bet');
    onlyFields(bet, 'bet', 'stake');
    const name = String(bet.bet);
    const covered = SPOTS.get(name);
    if (covered === undefined || seen.has(name)) throw new InputsError(`no bet: ${name}`);
    seen.add(name);
    const staked = stakeOf(bet.stake);
    stake += staked;
    if (!covered.includes(number)) continue;
    const paid = staked * Math.floor(36 / covered.length);
    payout += paid;
    wins.push({ bet: name, stake: staked, payout: paid });
  }
  const colour = number === 0 ? 'green' : RED.has(number) ? 'red' : 'black';
  const summary = `${number} ${colour}`;
  return {
    outcome: { number, colour, wins, payout, summary },
    stake,
    payout,
    detail: `the one draw is ${summary}; a bet on k numbers pays 36/k`,
  };
}
