import type { BlackjackView, CrapsTableView } from '@croupier/protocol';
import type { LiveEvent, LiveState, TableList } from '@croupier/sdk';
import { describe, expect, it } from 'vitest';
import { multiplierText, targetOf } from '../src/live/multiplier';
import { choicesNow, nameOf, pointOf, standingOf } from '../src/live/rolls';
import { phaseText, tellLive } from '../src/live/telling';
import { handsOf, viewOf, yourTurn } from '../src/live/turns';
import { chipsOf, chipsOfOthers, takesBets } from '../src/state/live-bets';
import { watchCards } from '../src/state/live-cards';

const money = (minor: number) => `€${(minor / 100).toFixed(2)}`;

const STATE: LiveState = {
  table: '600',
  title: 'Roulette',
  game: 'roulette',
  version: 1,
  digest: '00',
  style: 'window',
  epoch: 1,
  seq: 5,
  stakes: { minimum: 10, maximum: 1000 },
  state: 'open',
  phase: 'betting',
  phase_ms: 9000,
  chain: null,
  round: '7001-1',
  client_seeds: [],
  seats: 7,
  seat: 2,
  players: [],
  watchers: 0,
  placed: [],
  step: 0,
  acting: null,
  view: null,
  elapsed_ms: null,
  cash_outs: [],
  board: [],
  stage: null,
};
const AT = { table: '600', epoch: 1, seq: 6, round: '7001-1' };
const SEED = new Uint8Array(32);

const event = (type: string, fields: object) => ({ ...AT, type, ...fields }) as LiveEvent;

describe('what is told of a live table', () => {
  it('is the result, and the money where the player had any on it', () => {
    const told = { seed: SEED, summary: '17 black', view: {}, next_ms: 1 };
    const watched = event('round_result', { ...told, stake: null, payout: null, balance: null });
    const won = event('round_result', { ...told, stake: 100, payout: 3600 });

    expect(tellLive(STATE, watched, money)).toEqual({ tone: 'neutral', text: '17 black.' });
    expect(tellLive(STATE, won, money)).toEqual({ tone: 'win', text: '17 black. You win €36.00.' });
  });

  it('is plainly that a round was void, why, and what came back', () => {
    const voided = event('round_voided', { seed: null, reason: 'The wheel broke', returned: 100 });
    const text = 'The round was void. The wheel broke. Your stake of €1.00 was returned.';

    expect(tellLive(STATE, voided, money)).toEqual({ tone: 'neutral', text });
  });

  it('is whose turn it is, and that the house decided where time was up', () => {
    const acting = { ...STATE, phase: 'playing', acting: 3 };
    const turn = event('turn', { step: 1, acting: 3, decided: 2, platform: true, decide_ms: 1 });

    expect(tellLive(acting, turn, money).text).toBe(
      'Time was up: the house decided for seat 2. Seat 3 decides.',
    );
    expect(phaseText({ ...acting, acting: 2 })).toBe('Your turn.');
  });

  it('is a cash-out of the own seat alone', () => {
    const rising = { ...STATE, phase: 'playing', elapsed_ms: 0 };
    const out = (seat: number) => {
      return event('cashed_out', { cash_out: { seat, at_ms: 5000, payout: 141 } });
    };

    expect(tellLive(rising, out(2), money).text).toBe('You cashed out at 1.41×: €1.41.');
    expect(tellLive(rising, out(3), money).text).toBe('The multiplier rises.');
  });

  it('is the phase where nothing else has happened, and that a table is paused', () => {
    expect(phaseText(STATE)).toBe('Place your bets.');
    expect(phaseText({ ...STATE, seat: null })).toBe('Bets are open. Sit down to bet.');
    expect(phaseText({ ...STATE, phase: 'closed' })).toBe('No more bets.');
    expect(phaseText({ ...STATE, phase: 'idle', state: 'paused' })).toContain('paused');
    expect(phaseText({ ...STATE, phase: 'closed', state: 'parked' })).toContain('stay on hold');
  });
});

describe('chips of a live table', () => {
  const placed = [
    { seat: 1, stake: 50, bets: { bets: [{ bet: 'red', stake: 50 }] } },
    { seat: 2, stake: 100, bets: { bets: [{ bet: 'red', stake: 100 }] } },
    {
      seat: 4,
      stake: 70,
      bets: {
        bets: [
          { bet: 'red', stake: 20 },
          { bet: 'odd', stake: 50 },
        ],
      },
    },
  ] as LiveState['placed'];

  it('are told apart: the own, and those of all others together', () => {
    expect(chipsOf(placed[1])).toEqual(new Map([['red', 100]]));
    expect(chipsOfOthers({ ...STATE, placed })).toEqual(
      new Map([
        ['red', 70],
        ['odd', 50],
      ]),
    );
    expect(chipsOf({ seat: 1, stake: 5, bets: { stake: 5 } } as (typeof placed)[0])).toEqual(
      new Map([['', 5]]),
    );
  });

  it('are taken from a seat while bets are open, and at no other time', () => {
    expect(takesBets(STATE)).toBe(true);
    for (const other of [{ seat: null }, { phase: 'closed' }, { round: null }]) {
      expect(takesBets({ ...STATE, ...other })).toBe(false);
    }
  });
});

describe('hands of a live table', () => {
  const hand = { cards: [1, 2], total: 14, soft: false, stake: 100, status: 'playing' };
  const view = {
    stage: 'hands',
    seat: 1,
    dealer: { cards: [9, null], total: 10, soft: false },
    hands: [hand],
    active: 0,
    payout: null,
    options: [],
    others: [{ seat: 0, hands: [hand], insurance: null, payout: null }],
  } as unknown as BlackjackView;

  it('lie in seat order under the numbers of the seats that bet', () => {
    const placed = [2, 5].map((seat) => ({ seat, stake: 100, bets: { stake: 100 } }));
    const hands = handsOf(view, { ...STATE, placed: placed as LiveState['placed'] });

    expect(hands.map(({ index, seat }) => [index, seat])).toEqual([
      [0, 2],
      [1, 5],
    ]);
  });

  it('are asked about in words', () => {
    expect(yourTurn(view)).toBe('Your turn: 14 against 10.');
    expect(yourTurn({ ...view, stage: 'insurance' })).toContain('Insurance');
    expect(viewOf(STATE)).toBeUndefined();
  });
});

describe('a target', () => {
  it.each([
    ['', '10000.00'],
    ['2', '2.00'],
    ['1,5', '1.50'],
    ['3.07x', '3.07'],
    ['10000', '10000.00'],
    ['1', undefined],
    ['1.001', undefined],
    ['10000.01', undefined],
    ['two', undefined],
  ])('%j is %j', (typed, target) => {
    expect(targetOf(typed)).toBe(target);
  });

  it('is reached by the multiplier that is shown', () => {
    expect(multiplierText(0)).toBe('1.00×');
    expect(multiplierText(10_000)).toBe('2.00×');
  });
});

describe('the cards of the lobby', () => {
  const list = { tables: [], every_ms: 50 } as TableList;

  it('are asked for again as often as the server says, until it is over', async () => {
    const waits: number[] = [];
    let again: (() => void) | undefined;
    let told = 0;
    const stop = watchCards(
      { listLiveTables: async () => list },
      () => {
        told += 1;
      },
      (call, ms) => {
        waits.push(ms);
        again = call;
        return 0 as unknown as ReturnType<typeof setTimeout>;
      },
    );
    await new Promise((resolve) => setTimeout(resolve));
    again?.();
    await new Promise((resolve) => setTimeout(resolve));
    expect([told, waits]).toEqual([2, [1000, 1000]]);
    stop();
    again?.();
    await new Promise((resolve) => setTimeout(resolve));
    expect(told).toBe(2);
  });

  it('are not asked for again where the server does not know the question', async () => {
    const told: unknown[] = [];
    const unknown = Object.assign(new Error('no'), { code: 'unknown_type' });
    watchCards(
      { listLiveTables: () => Promise.reject(unknown) },
      (cards) => told.push(cards),
      () => {
        throw new Error('it was asked again');
      },
    );
    await new Promise((resolve) => setTimeout(resolve));
    expect(told).toEqual([[]]);
  });
});

describe('a table of rolls', () => {
  const choices = [
    { bet: 'pass', label: 'Pass', group: 'Line', pays: '1 to 1' },
    { bet: 'dont-pass', label: 'Don’t pass', group: 'Line', pays: '1 to 1' },
    { bet: 'field', label: 'Field', group: 'Field', pays: '' },
  ];
  const wager = (bet: string, point: number) => {
    return { bet, stake: 30, point, odds: 0, status: 'standing' as const, payout: 0 };
  };
  const names = (point: number, ...standing: ReturnType<typeof wager>[]) =>
    choicesNow(choices, point, standing).map(({ bet }) => bet);

  it('offers the line before a come-out roll, coming while there is a point', () => {
    expect(names(0, wager('pass', 0))).toEqual(['pass', 'dont-pass', 'field']);
    expect(names(6)).toEqual(['come', 'dont-come', 'field']);
  });

  it('offers odds behind the bets that have their point', () => {
    const offered = names(6, wager('pass', 6), wager('come', 8), wager('come', 0));

    expect(offered.slice(0, 2)).toEqual(['odds-pass', 'odds-come-8']);
    expect(nameOf(choices, wager('come', 8))).toBe('Come on 8');
  });

  it('has the point of the roll that lies there, else of the round in play', () => {
    const placed = [{ seat: 2, stake: 30, bets: { bets: [wager('pass', 6)], point: 6 } }];
    const state = { ...STATE, stage: { point: 6 }, placed };

    expect(pointOf(state, undefined)).toBe(6);
    expect(pointOf(STATE, undefined)).toBe(0);
    expect(pointOf(state, { point: 0 } as CrapsTableView)).toBe(0);
    expect(standingOf(state)).toEqual([wager('pass', 6)]);
    expect(standingOf({ ...state, seat: 3 })).toEqual([]);
  });
});
