// Every kind of deal at the card tables: the hashes are those of the server's own rules, which
// `tests/protocol/schema/fair_deals.py` deals in the same order.

import { createHash } from 'node:crypto';
import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import type { Draws } from '../src/draws';
import { replayOf } from '../src/games';
import { knownRules } from '../src/rules';
import { bestHold } from '../src/video-poker-holds';
import deals from './deals.json';

/** Cards as they come, more of them than the round may take, and the decisions. */
type Deal = readonly [readonly number[], readonly string[]];

const STAKE = 100;
const RANKS = 13;
const SUITS = 4;
const HAND = 5;
const STEP = 37;
const HOLD_ALL = 'hold-1-2-3-4-5';
const UNDER_13 = [...Array(RANKS).keys()];
const UNDER_10 = UNDER_13.slice(0, 10);

/** Draws that deal these faces from a shoe of so many of each. */
function dealing(faces: readonly number[], copies: number): Draws {
  let at = 0;
  return {
    below() {
      const face = faces[at] ?? Number.NaN;
      const before = faces.slice(0, at).filter((each) => each < face).length;
      at += 1;
      return copies * face - before;
    },
  };
}

/** Every non-descending choice of so many of the numbers below a bound. */
function* choices(bound: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else {
    for (let first = from; first < bound; first += 1) {
      for (const rest of choices(bound, size - 1, first)) yield [first, ...rest];
    }
  }
}

/** So many faces of every set of ranks: if all differ of one suit, then of several. */
function* rankSets(size: number, faces = RANKS * SUITS): Generator<number[]> {
  for (const several of [0, 1]) {
    for (const chosen of choices(RANKS + faces - RANKS * SUITS, size)) {
      const kinds = [...new Set(chosen)];
      const count = (rank: number) => chosen.filter((each) => each === rank).length;
      if (kinds.some((rank) => count(rank) > (rank < RANKS ? SUITS : 1))) continue;
      yield chosen.map((rank, at) => {
        if (rank === RANKS) return RANKS * SUITS;
        const before = chosen.slice(0, at).filter((each) => each === rank).length;
        return rank + RANKS * ((before + several * kinds.indexOf(rank)) % SUITS);
      });
    }
  }
}

function* coups(): Generator<Deal> {
  const counting = (value: number, suit: number) => RANKS * suit + ((value + 11) % 12);
  for (const player of UNDER_10)
    for (const banker of UNDER_10)
      for (const third of UNDER_10)
        for (const last of UNDER_10) {
          const hands = [12, 25, counting(player, 0), counting(banker, 1)];
          yield [[...hands, counting(third, 2), counting(last, 3)], []];
        }
}

function* wars(): Generator<Deal> {
  for (const player of UNDER_13)
    for (const dealer of UNDER_13) {
      const first = [player, RANKS + dealer];
      yield [first, player === dealer ? ['surrender'] : []];
      if (player !== dealer) continue;
      for (const mine of UNDER_13)
        for (const its of UNDER_13) {
          yield [[...first, 2 * RANKS + mine, 3 * RANKS + its], ['war']];
        }
    }
}

function* threeCards(): Generator<Deal> {
  const mirrored = (face: number) =>
    (face % RANKS) + RANKS * (SUITS - 1 - Math.floor(face / RANKS));
  const hands = [...rankSets(3)];
  for (const [at, player] of hands.entries())
    for (const other of [at, 3 * at + 5, 11 * at + 1, 17 * at + 2]) {
      const dealer = (hands[other % hands.length] ?? []).map(mirrored);
      if (player.some((face) => dealer.includes(face))) continue;
      for (const action of ['play', 'fold']) yield [[...player, ...dealer], [action]];
    }
}

function* hands(game: string): Generator<Deal> {
  for (const cards of rankSets(HAND, machineOf(game).faces)) yield [cards, [HOLD_ALL]];
}

function machineOf(game: string) {
  const machine = knownRules(game, 1)?.videoPoker;
  if (machine === undefined) throw new Error(`${game} is no machine`);
  return machine;
}

/** A value as one line of JSON with sorted keys. */
function line(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted())
      : inner;
  return `${JSON.stringify(value, sorted)}\n`;
}

const MACHINES = ['jacks-or-better', 'deuces-wild', 'joker-poker'];
const TABLES: readonly (readonly [string, number, readonly string[], () => Generator<Deal>])[] = [
  ['baccarat', 8, ['banker', 'player', 'tie', 'banker-pair', 'player-pair'], coups],
  ['baccarat-nine-to-one', 8, ['banker', 'player', 'tie', 'banker-pair', 'player-pair'], coups],
  ['casino-war', 6, ['ante', 'tie'], wars],
  ['three-card-poker', 1, ['ante', 'pair-plus'], threeCards],
  ['three-card-poker-flush-four', 1, ['ante', 'pair-plus'], threeCards],
  ...MACHINES.map((game) => [game, 1, [], () => hands(game)] as const),
];

it.each(TABLES)('every kind of deal of %s', (game, copies, names, dealt) => {
  const rules = knownRules(game, 1);
  const replay = rules === undefined ? undefined : replayOf(rules);
  if (replay === undefined) throw new Error(`${game} is not known`);
  const listed = { bets: names.map((bet) => ({ bet, stake: STAKE })) };
  const bets = [names.length > 0 ? listed : { stake: STAKE }];
  const hash = createHash('sha256');
  for (const [faces, actions] of dealt()) {
    const decisions = actions.map((action) => {
      return { seat: 0, decision: { action }, platform: false };
    });
    const proof = { bets, decisions } as unknown as Proof;
    hash.update(line([faces, actions, replay(proof, dealing(faces, copies)).outcome]));
  }
  expect(hash.digest('hex')).toBe(deals[game as 'baccarat']);
});

describe('perfect play of video poker', () => {
  it.each(Object.entries(deals.holds))('%s', (game, expected) => {
    const machine = machineOf(game);
    const hash = createHash('sha256');
    let [at, place] = [0, 0];
    for (const ordered of rankSets(HAND, machine.faces)) {
      if (place % STEP === 0) {
        const cards = ordered.map((_, index) => ordered[(at + index) % HAND] ?? 0);
        hash.update(line([cards, bestHold(machine, cards)]));
        at += 1;
      }
      place += 1;
    }
    expect(hash.digest('hex')).toBe(expected);
  });
});
