// Every bet on every draw, for games of few draws: the hashes are those of the server's own rules.

import { createHash } from 'node:crypto';
import type { Proof } from '@croupier/protocol';
import { expect, it } from 'vitest';
import type { Draws } from '../src/draws';
import { replayOf } from '../src/games';
import { knownRules } from '../src/rules';
import laws from './laws.json';

/** The values of a round's draws, from all zeros up, the last one fastest. */
function valuesOf(place: number, bounds: readonly number[]): number[] {
  let left = place;
  return bounds.toReversed().reduce<number[]>((values, bound) => {
    values.unshift(left % bound);
    left = Math.floor(left / bound);
    return values;
  }, []);
}

function scripted(values: readonly number[]): Draws {
  const left = [...values];
  return { below: () => left.shift() ?? Number.NaN };
}

it.each(Object.entries(laws))('every bet of %s on its draws', (game, law) => {
  const { stake, bounds, step, rounds, sha256 } = law;
  const rules = knownRules(game, 1);
  const replay = rules === undefined ? undefined : replayOf(rules);
  if (replay === undefined) throw new Error(`${game} is not known`);
  const hash = createHash('sha256');
  const all = bounds.reduce((product, bound) => product * bound, 1);
  for (let place = 0; place < all; place += step) {
    const values = valuesOf(place, bounds);
    for (const names of rounds) {
      const bets = [{ bets: names.map((bet) => ({ bet, stake })) }];
      const proof = { bets, decisions: [] } as unknown as Proof;
      const replayed = replay(proof, scripted(values));
      const wins = replayed.outcome.wins as readonly { bet: string; payout: number }[];
      const won = new Map(wins.map(({ bet, payout }) => [bet, payout]));
      const paid = names.map((bet) => won.get(bet) ?? 0);
      hash.update(`${values.join(',')}|${replayed.stake}|${paid.join(',')}\n`);
    }
  }
  expect(hash.digest('hex')).toBe(sha256);
});
