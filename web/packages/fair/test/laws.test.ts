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

interface Law {
  readonly stake: number;
  readonly bounds: readonly number[] | null;
  readonly step: number | null;
  /** The draws, where they are not all that there are. */
  readonly values: readonly number[] | null;
  readonly rounds: readonly (readonly string[])[];
  readonly sha256: string;
}

function* drawsOf({ bounds, step, values }: Law): Generator<readonly number[]> {
  for (const value of values ?? []) yield [value];
  const all = bounds?.reduce((product, bound) => product * bound, 1) ?? 0;
  for (let place = 0; place < all; place += step ?? 1) yield valuesOf(place, bounds ?? []);
}

const LAWS = Object.entries(laws as Readonly<Record<string, Law>>);

it.each(LAWS)('every bet of %s on its draws', (game, law) => {
  const rules = knownRules(game, 1);
  const replay = rules === undefined ? undefined : replayOf(rules);
  if (replay === undefined) throw new Error(`${game} is not known`);
  const hash = createHash('sha256');
  for (const values of drawsOf(law)) {
    for (const names of law.rounds) {
      const bets = [{ bets: names.map((bet) => ({ bet, stake: law.stake })) }];
      const proof = { bets, decisions: [] } as unknown as Proof;
      const { stake, outcome } = replay(proof, scripted(values));
      const wins = outcome.wins as readonly { bet: string; payout: number }[];
      const won = new Map(wins.map(({ bet, payout }) => [bet, payout]));
      const paid = names.map((bet) => won.get(bet) ?? 0).join(',');
      const more = 'duration' in outcome ? `|${outcome.duration}` : '';
      hash.update(`${values.join(',')}|${stake}|${paid}|${outcome.summary}${more}\n`);
    }
  }
  expect(hash.digest('hex')).toBe(law.sha256);
});
