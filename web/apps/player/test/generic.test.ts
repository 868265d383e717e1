import type { Choice, Option } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { nextIndex } from '../src/controls/ButtonGrid';
import {
  canBeName,
  found,
  fullName,
  groupsOf as kindsOf,
  openBets,
  rangeOf,
  setName,
} from '../src/games/generic/bet-groups';
import { partsOf, readable } from '../src/games/generic/names';
import { columnsOf, groupsOf, keyOf, knownNumbers } from '../src/games/generic/option-groups';
import { cardsOf, type Fact, readView } from '../src/games/generic/view-reader';

const choice = (bet: string, group: string, label = bet, pays = '1 to 1'): Choice => {
  return { bet, group, label, pays };
};
const option = (action: string, stake = 0): Option => ({ action, label: readable(action), stake });
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const STRAIGHTS = range(36).map((n) => choice(`straight-${n}`, 'Straight', `${n}`, '35 to 1'));
const ROULETTE = [
  ...STRAIGHTS,
  choice('split-1-2', 'Split', '1, 2', '17 to 1'),
  choice('corner-1-2-4-5', 'Corner', '1, 2, 4, 5', '8 to 1'),
  choice('red', 'Even money', 'Red'),
];
const LIMBO = [1.5, 2, 10, 100].map((at) => {
  return choice(`over-${at.toFixed(2)}`, 'Multiplier', `Over ${at}`, `${at} times the stake`);
});
const KENO = [1, 2, 5, 10].map((spots) => {
  return choice(
    `numbers-${range(spots)
      .map((n) => n * 7)
      .join('-')}`,
    `${spots} spots`,
  );
});
const CRAPS = ['pass', 'dont-pass', 'come', 'field'].map((bet) => choice(bet, ''));

/** All 32 ways to hold some of five cards. */
const HOLDS = range(32).map((mask) => {
  const held = range(5).filter((place) => ((mask - 1) >> (place - 1)) & 1);
  return option(held.length === 0 ? 'hold' : `hold-${held.join('-')}`);
});

describe('names', () => {
  it('are a stem and its parameters', () => {
    expect(partsOf('over-50.00')).toEqual({ stem: 'over', numbers: [50], decimal: true });
    expect(partsOf('numbers-3-17-22').numbers).toEqual([3, 17, 22]);
    expect(partsOf('dont-pass')).toEqual({ stem: 'dont-pass', numbers: [], decimal: false });
    expect(partsOf('odds-pass-200')).toMatchObject({ stem: 'odds-pass', numbers: [200] });
    expect(readable('free_games-won')).toBe('Free games won');
  });
});

describe('kinds of bets', () => {
  it('come in the order of the game, with what all of a kind pay', () => {
    const kinds = kindsOf(ROULETTE);
    expect(kinds.map(({ name }) => name)).toEqual(['Straight', 'Split', 'Corner', 'Even money']);
    expect(kinds[0]).toMatchObject({ pays: '35 to 1', size: 'number' });
    expect(kinds[3]?.pays).toBeUndefined();
    expect(kindsOf(CRAPS)).toHaveLength(1);
  });

  it('are as wide as their longest label', () => {
    expect(kindsOf([choice('a', 'A', 'Any triple', '30 to 1')])[0]?.size).toBe('word');
    expect(kindsOf(LIMBO)[0]?.size).toBe('words');
  });

  it('are searched by kind, label and name', () => {
    expect(found(ROULETTE, 'straight 17').map(({ bet }) => bet)).toEqual(['straight-17']);
    expect(found(ROULETTE, 'CORNER')).toHaveLength(1);
    expect(found(ROULETTE, 'nothing')).toHaveLength(0);
  });

  it('give a bet its full name, once', () => {
    expect(fullName(ROULETTE, 'straight-17')).toBe('Straight 17');
    expect(fullName([choice('s', 'Straight', 'Straight up')], 's')).toBe('Straight up');
    expect(fullName(ROULETTE, 'over-2.00')).toBe('over-2.00');
  });

  it('leave room for bets that are not listed only where there are some', () => {
    expect(openBets(ROULETTE)).toEqual([]);
    expect(openBets(CRAPS)).toEqual([]);
    expect(openBets(LIMBO)).toEqual([{ form: 'name', example: 'over-1.50' }]);
    expect(openBets(KENO)).toEqual([{ form: 'numbers', stem: 'numbers', highest: 70, most: 10 }]);
  });

  it('name a set of numbers in order, out of as many as the game has', () => {
    expect(setName('numbers', new Set([22, 3, 17]))).toBe('numbers-3-17-22');
    expect(rangeOf('keno-80-20', 70)).toBe(80);
    expect(rangeOf('lotto', 49)).toBe(49);
    expect(rangeOf('draw-6', 49)).toBe(49);
  });

  it('take no text that cannot be a name', () => {
    expect(canBeName('over-50.00')).toBe(true);
    for (const text of ['', '5', 'two words', '<b>', 'a'.repeat(200)]) {
      expect(canBeName(text)).toBe(false);
    }
  });
});

describe('decisions', () => {
  it('on every subset of the cards are toggles', () => {
    const [group, ...more] = groupsOf(HOLDS);
    expect(more).toEqual([]);
    if (group?.kind !== 'subsets') throw new Error('no toggles');
    expect(group.places).toEqual([1, 2, 3, 4, 5]);
    expect(group.decisions.get(keyOf([5, 1, 3]))?.action).toBe('hold-1-3-5');
    expect(group.decisions.get('')?.action).toBe('hold');
    const named = groupsOf([...HOLDS.slice(1), option('hold-none')]);
    expect(named).toHaveLength(1);
  });

  it('are not toggles where a subset is missing', () => {
    const kinds = groupsOf(HOLDS.slice(3)).map(({ kind }) => kind);
    expect(kinds).not.toContain('subsets');
  });

  it('on many numbers are a board, and the others buttons', () => {
    const reveals = range(25).map((tile) => option(`reveal-${tile}`));
    const groups = groupsOf([...reveals, option('cash-out')]);
    expect(groups.map(({ kind }) => kind)).toEqual(['numbers', 'buttons']);
    expect(columnsOf(25)).toBe(5);
    expect(columnsOf(24)).toBeUndefined();
    expect(columnsOf(4)).toBeUndefined();
  });

  it('on amounts stay buttons, each with what it costs, in the order of the server', () => {
    const odds = range(8).map((unit) => option(`odds-pass-${unit * 100}`, unit * 100));
    const options = [option('roll'), ...odds];
    expect(groupsOf(options)).toEqual([{ kind: 'buttons', options }]);
  });

  it('of a few are buttons', () => {
    const options = ['hit', 'stand', 'double'].map((action) => option(action));
    expect(groupsOf(options)).toEqual([{ kind: 'buttons', options }]);
    expect(groupsOf([])).toEqual([]);
  });

  it('know the numbers that the game lists', () => {
    expect(knownNumbers(['reveal-1', 'reveal-2', 'cash-out', 'other-3'], 'reveal')).toEqual([1, 2]);
  });
});

describe('a view of any form', () => {
  const shown = (facts: readonly Fact[], name: string) => {
    return facts.find((fact) => fact.name === name)?.shown;
  };

  it('is words first, then values by name, without what is shown elsewhere', () => {
    const view = {
      summary: 'A pair.',
      stage: 'first_deal',
      payout: 5,
      options: [{ action: 'a' }],
      nothing: null,
      empty: [],
      point_on: true,
    };
    const { summary, facts } = readView(view);
    expect(summary).toBe('A pair.');
    expect(facts.map(({ name }) => name)).toEqual(['Stage', 'Point on']);
    expect(shown(facts, 'Stage')).toEqual({ kind: 'text', text: 'first_deal' });
  });

  it('knows amounts, cards, rows and boards', () => {
    const { facts } = readView({
      side_payout: 250,
      cards: [0, null, 51, 52],
      drawn: [3, 17, 22],
      window: [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
      multipliers: [1.5, 2],
    });
    expect(shown(facts, 'Side payout')).toEqual({ kind: 'money', amount: 250 });
    expect(shown(facts, 'Cards')).toEqual({ kind: 'cards', cards: [0, null, 51, 52] });
    expect(shown(facts, 'Drawn')).toMatchObject({ kind: 'row', items: ['3', '17', '22'] });
    expect(shown(facts, 'Window')).toEqual({
      kind: 'board',
      rows: [
        ['a', 'c', 'e'],
        ['b', 'd', 'f'],
      ],
    });
    expect(shown(facts, 'Multipliers')).toMatchObject({ kind: 'row', items: ['1.5', '2'] });
  });

  it('shows the same cards once', () => {
    const { facts } = readView({ cards: [1, 2], dealt: [1, 2], held: [3] });
    expect(facts.map(({ name }) => name)).toEqual(['Cards', 'Held']);
  });

  it('lists what happened, each entry by what it is', () => {
    const { facts } = readView({ wins: [{ bet: 'red', stake: 100, payout: 200 }, { hand: 'x' }] });
    const list = shown(facts, 'Wins');
    if (list?.kind !== 'list') throw new Error('no list');
    expect(list.items.map(({ title }) => title)).toEqual(['Red', 'X']);
    expect(list.items[0]?.facts.map(({ shown: { kind } }) => kind)).toEqual(['money', 'money']);
  });

  it('is cut where it is endless, and never fails', () => {
    const { facts } = readView({ history: range(500) });
    expect(shown(facts, 'History')).toMatchObject({ kind: 'row', more: 440 });
    let deep: unknown = 'end';
    for (let level = 0; level < 50; level += 1) deep = { deep };
    expect(readView(deep).facts).toHaveLength(1);
    for (const odd of [undefined, null, 5, 'text', [1], [[]], [[null]], { a: [[1], 2] }]) {
      expect(() => readView(odd)).not.toThrow();
    }
    expect(readView(undefined)).toEqual({ summary: '', facts: [], details: '' });
  });

  it('shows the cards that a decision is about', () => {
    expect(cardsOf({ hand: [1, 2, 3, 4, 5], drawn: [9] }, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(cardsOf({ seat: { cards: [1, 2] } }, 2)).toEqual([1, 2]);
    expect(cardsOf({ hand: [1, null] }, 2)).toBeUndefined();
    expect(cardsOf({ numbers: [1, 2] }, 2)).toBeUndefined();
  });
});

describe('keys on a grid', () => {
  const boxes = range(6).map((n) => ({ left: ((n - 1) % 3) * 50, top: n > 3 ? 40 : 0, width: 50 }));

  it('lead to the neighbour, and nowhere beyond the edge', () => {
    expect(nextIndex('ArrowRight', 0, boxes)).toBe(1);
    expect(nextIndex('ArrowDown', 1, boxes)).toBe(4);
    expect(nextIndex('ArrowUp', 5, boxes)).toBe(2);
    expect(nextIndex('ArrowUp', 0, boxes)).toBeUndefined();
    expect(nextIndex('ArrowLeft', 0, boxes)).toBeUndefined();
    expect(nextIndex('End', 0, boxes)).toBe(5);
    expect(nextIndex('Home', 5, boxes)).toBe(0);
    expect(nextIndex('Enter', 0, boxes)).toBeUndefined();
  });
});
