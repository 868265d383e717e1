import type { Choice } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { cardFace, totalText } from '../src/controls/cards';
import { outcomeOf } from '../src/controls/outcome';
import { tellRound } from '../src/games/blackjack/telling';
import { layOut, neighbour, type Spot, spotAt } from '../src/games/roulette/layout';
import { POCKET, turnTo, WHEEL } from '../src/games/roulette/wheel';
import { ratioOf } from '../src/games/slot/reels';
import { firstWindow, formOf, lastWindow, stepsOf } from '../src/games/slot/round-steps';
import { BLANK, learn, lookOf } from '../src/games/slot/symbols';
import { betsBody, NO_BETS, nextBets, totalOf } from '../src/state/bets';

const RANGE = { minimum: 10, maximum: 1000 };
const money = (minor: number) => String(minor);

describe('a slot round', () => {
  const FORM = { reels: 5, rows: 3 };
  const WINDOW = Array.from({ length: 5 }, () => ['moon', 'fern', 'rose']);
  const LATER = Array.from({ length: 5 }, () => ['moss', 'iris', 'mint']);
  const view = {
    events: [
      { event: 'reveal', stops: [1], window: WINDOW },
      { event: 'line_win', line: 3, symbol: 'fern', count: 4, payout: 25, positions: [0, 1] },
      { event: 'scatter_win', symbol: 'lamp', count: 3, payout: 60, positions: [1] },
      { event: 'free_games_won', count: 10, left: 10, multiplier: 2, positions: [1] },
      { event: 'reveal', stops: [2], window: LATER, free_game: 1 },
      { event: 'total', payout: 85 },
    ],
  };

  const kindsOf = (events: readonly unknown[]) => {
    const { steps, complete } = stepsOf({ ...view, events }, FORM);
    return { kinds: steps.map((step) => step.kind), complete };
  };

  it('is played in the order of its events', () => {
    const { kinds, complete } = kindsOf(view.events);
    expect(kinds).toEqual(['reveal', 'win', 'win', 'free', 'reveal', 'total']);
    expect(complete).toBe(true);
  });

  it('leaves out what is not known, and wins behind it until the next reveal', () => {
    const [reveal, line, scatter, free, later, total] = view.events;
    const flood = { event: 'flood', rows: [1, 2] };
    const { kinds, complete } = kindsOf([reveal, line, flood, scatter, free, later, line, total]);
    expect(kinds).toEqual(['reveal', 'win', 'reveal', 'win', 'total']);
    expect(complete).toBe(false);
  });

  it('tells of cascades, ways, held wilds and respins as well', () => {
    const coins = [{ position: 3, payout: 50 }];
    const { kinds, complete } = kindsOf([
      { event: 'reveal', window: WINDOW },
      { event: 'ways_win', symbol: 'fern', count: 3, ways: 8, payout: 40, positions: [1, 4, 7] },
      { event: 'cascade', removed: [1, 4, 7], window: LATER, multiplier: 2 },
      { event: 'wild_expanded', positions: [0, 1, 2] },
      { event: 'wilds_held', symbol: 'moon', positions: [0, 1, 2] },
      { event: 'respins_started', coins, left: 3 },
      { event: 'respin', coins: [], left: 2 },
      { event: 'respins_paid', coins: 6, full: false, payout: 300 },
      { event: 'total', payout: 340 },
    ]);
    expect(complete).toBe(true);
    expect(kinds).toEqual('reveal win change mark mark mark mark paid total'.split(' '));
    const changed = stepsOf({ events: [{ event: 'cascade', window: LATER }] }, FORM).steps;
    expect(lastWindow(changed)).toEqual(LATER);
  });

  it('shows the form of its first window, for reels that were set up otherwise', () => {
    expect(formOf(firstWindow(view))).toEqual(FORM);
    expect(formOf([['a'], ['b', 'c']])).toBeUndefined();
    expect(formOf([[1, 2]])).toBeUndefined();
    expect(formOf('abc')).toBeUndefined();
    expect(firstWindow({ events: [null, 'reveal'] })).toBeUndefined();
    expect(ratioOf({ window: WINDOW })).toBeCloseTo(668 / 388, 2);
  });

  it('takes no event that is not whole, and no window of another form', () => {
    const odd = [
      { event: 'reveal', window: [['moon'], ['fern']] },
      { event: 'reveal' },
      { event: 'line_win', line: 1 },
      { event: 'free_games_won' },
      null,
      'reveal',
      { event: 'total', payout: 5 },
    ];
    expect(kindsOf(odd)).toEqual({ kinds: ['total'], complete: false });
  });

  it('rests on its last reveal', () => {
    expect(lastWindow(stepsOf(view, FORM).steps)).toEqual(LATER);
    expect(lastWindow(stepsOf(null, FORM).steps)).toBeUndefined();
  });

  it('of another form has nothing to play', () => {
    expect(stepsOf(null, FORM)).toEqual({ steps: [], complete: false });
    expect(stepsOf({ events: 'none' }, FORM).steps).toEqual([]);
  });

  it('lets symbols that were seen roll past on a machine that is not drawn here', () => {
    const { window, filler } = lookOf('sunken-city', { reels: 3, rows: 4 });
    expect(window.map((reel) => reel.length)).toEqual([4, 4, 4]);
    expect(window.flat().every((symbol) => symbol === BLANK)).toBe(true);
    learn(filler, [['pearl', 'eel']]);
    learn(filler, [['pearl', 'coral']]);
    expect(filler).toEqual(['pearl', 'eel', 'coral']);
  });
});

describe('an outcome', () => {
  const round = { stake: 100, voided: false };

  it('is celebrated only where more came back than was staked', () => {
    expect(outcomeOf({ ...round, payout: 0 }, money).tone).toBe('neutral');
    expect(outcomeOf({ ...round, payout: 100 }, money).tone).toBe('neutral');
    expect(outcomeOf({ ...round, payout: 101 }, money).tone).toBe('win');
    expect(outcomeOf({ ...round, payout: 100, voided: true }, money).text).toContain('returned');
  });
});

describe('chips', () => {
  it('add up, and come back one by one', () => {
    let bets = nextBets(NO_BETS, { type: 'place', bet: 'red', chip: 100 }, RANGE);
    bets = nextBets(bets, { type: 'place', bet: 'red', chip: 100 }, RANGE);
    expect(betsBody(bets.chips)).toEqual({ bets: [{ bet: 'red', stake: 200 }] });
    bets = nextBets(bets, { type: 'undo' }, RANGE);
    expect(totalOf(bets.chips)).toBe(100);
    bets = nextBets(bets, { type: 'clear' }, RANGE);
    expect(totalOf(bets.chips)).toBe(0);
    bets = nextBets(bets, { type: 'undo' }, RANGE);
    expect(totalOf(bets.chips)).toBe(100);
  });

  it('stay within the limits of the table', () => {
    const below = nextBets(NO_BETS, { type: 'place', bet: 'red', chip: 5 }, RANGE);
    expect(below.refused).toBe('each');
    expect(below.chips.size).toBe(0);
    let bets = nextBets(NO_BETS, { type: 'place', bet: 'red', chip: 600 }, RANGE);
    bets = nextBets(bets, { type: 'double' }, RANGE);
    expect(bets.refused).toBe('all');
    expect(totalOf(bets.chips)).toBe(600);
    for (let count = 0; count < 60; count += 1) {
      bets = nextBets(bets, { type: 'place', bet: `b${count}`, chip: 10 }, RANGE);
    }
    expect(bets.refused).toBeDefined();
    expect(totalOf(bets.chips)).toBeLessThanOrEqual(1000);
  });

  it('can be bet again', () => {
    let bets = nextBets(NO_BETS, { type: 'place', bet: 'odd', chip: 50 }, RANGE);
    bets = nextBets(bets, { type: 'played' }, RANGE);
    expect(bets.chips.size).toBe(0);
    bets = nextBets(bets, { type: 'rebet' }, RANGE);
    expect(bets.chips.get('odd')).toBe(50);
    bets = nextBets(bets, { type: 'take', bet: 'odd' }, RANGE);
    expect(bets.chips.size).toBe(0);
  });
});

describe('the felt', () => {
  const choice = (bet: string, group: string, label = bet): Choice => {
    return { bet, group, label, pays: '1 to 1' };
  };
  const straights = Array.from({ length: 37 }, (_, n) => choice(`straight-${n}`, 'Straight'));
  const { spots, others } = layOut([
    ...straights,
    choice('split-17-18', 'Split'),
    choice('split-0-2', 'Split'),
    choice('corner-14-15-17-18', 'Corner'),
    choice('street-16-17-18', 'Street'),
    choice('line-13-18', 'Line'),
    choice('first-four', 'First four'),
    choice('trio-0-1-2', 'Trio'),
    choice('red', 'Even money'),
    choice('dozen-2', 'Dozen'),
    choice('column-3', 'Column'),
    choice('neighbours-of-zero', 'Announced'),
  ]);
  const of = (bet: string): Spot => {
    const found = spots.find((spot) => spot.choice.bet === bet);
    if (found === undefined) throw new Error(bet);
    return found;
  };

  it('has a place for every bet that it knows, and leaves the others', () => {
    expect(others.map((one) => one.bet)).toEqual(['neighbours-of-zero']);
    expect(of('straight-17')).toMatchObject({ x: 1.5, y: 5.5 });
    expect(of('split-17-18')).toMatchObject({ x: 2, y: 5.5 });
    expect(of('corner-14-15-17-18')).toMatchObject({ x: 2, y: 5 });
    expect(of('street-16-17-18')).toMatchObject({ x: 0, y: 5.5 });
    expect(of('line-13-18')).toMatchObject({ x: 0, y: 5 });
    expect(of('first-four')).toMatchObject({ x: 0, y: 0 });
    expect(of('trio-0-1-2')).toMatchObject({ x: 1, y: 0 });
    expect(of('split-0-2')).toMatchObject({ x: 1.5, y: 0 });
  });

  it('takes a touch for what lies under it', () => {
    expect(spotAt(spots, 1.5, 5.5, undefined)?.choice.bet).toBe('straight-17');
    expect(spotAt(spots, 1.95, 5.5, undefined)?.choice.bet).toBe('split-17-18');
    expect(spotAt(spots, 1.5, -0.7, undefined)?.choice.bet).toBe('straight-0');
    expect(spotAt(spots, -0.4, 6, undefined)?.choice.bet).toBe('dozen-2');
    expect(spotAt(spots, 9, 9, undefined)).toBeUndefined();
  });

  it('takes a touch for the nearest bet of the kind that is aimed at', () => {
    expect(spotAt(spots, 1.5, 5.4, 'Corner')?.choice.bet).toBe('corner-14-15-17-18');
    expect(spotAt(spots, -1.5, 5, 'Corner')?.choice.bet).toBe('red');
  });

  it('is walked with arrow keys, through the lines between the numbers', () => {
    expect(neighbour(spots, of('straight-17'), 1, 0)?.choice.bet).toBe('split-17-18');
    expect(neighbour(spots, of('split-17-18'), 1, 0)?.choice.bet).toBe('straight-18');
    expect(neighbour(spots, of('straight-36'), 0, 1)?.choice.bet).toBe('column-3');
    expect(neighbour(spots, of('straight-0'), 0, -1)).toBeUndefined();
  });
});

describe('the wheel', () => {
  it('holds every number once and brings the right one to the top', () => {
    expect(new Set(WHEEL).size).toBe(37);
    for (const number of WHEEL) {
      const angle = turnTo(number, 123.4, 2);
      expect(angle).toBeGreaterThan(123.4);
      const top = Math.round((((-angle % 360) + 360) % 360) / POCKET) % 37;
      expect(WHEEL[top]).toBe(number);
    }
  });
});

describe('cards', () => {
  it('are read as suit and rank', () => {
    expect(cardFace(0)).toMatchObject({ rank: 'A', suit: '♣', red: false });
    expect(cardFace(37)?.name).toBe('queen of hearts');
    expect(cardFace(52)).toBeUndefined();
    expect(totalText(17, true)).toBe('soft 17');
  });

  it('are told without amounts of the server’s own words', () => {
    const hand = { total: 12, soft: false, cards: [1, 2] };
    const view = { stage: 'hands', active: 0, hands: [hand], dealer: { total: 9, soft: false } };
    const round = { view, finished: false, stake: 200, payout: null, voided: false };
    expect(tellRound(round as never, money).text).toBe('Your turn: 12 against 9.');
    expect(tellRound(undefined, money).text).not.toBe('');
    expect(tellRound({ ...round, view: null } as never, money).text).toContain('open round');
  });
});
