import type { Welcome } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import {
  NO_SESSION,
  netPosition,
  newest,
  nextSession,
  type SessionEvent,
  type SessionState,
  sentence,
} from '../src/state/session';

const balance = (amount: number, version: number, held = 0) => ({ amount, held, version });
const welcome = (amount: number, version: number) =>
  ({ session: 's', balance: balance(amount, version) }) as Welcome;
const gone = (code?: number, terminal = true): SessionEvent => ({
  type: 'state',
  state: 'disconnected',
  terminal,
  ...(code === undefined ? {} : { code }),
});

function after(...events: readonly SessionEvent[]): SessionState {
  return events.reduce(nextSession, NO_SESSION);
}

const signedIn: readonly SessionEvent[] = [
  { type: 'open' },
  { type: 'welcome', welcome: welcome(1000, 5), resumed: false },
];

describe('the session', () => {
  it('is live behind the welcome and stays so while the connection comes and goes', () => {
    const state = after(...signedIn, { type: 'state', state: 'connecting', terminal: false });
    expect(state.phase).toBe('live');
    expect(state.connection).toBe('connecting');
    expect(state.balance?.amount).toBe(1000);
  });

  it('keeps the newest balance, whatever order they arrive in', () => {
    const state = after(
      ...signedIn,
      { type: 'balance', balance: balance(900, 7) },
      { type: 'balance', balance: balance(950, 6) },
    );
    expect(state.balance).toEqual(balance(900, 7));
    expect(newest(undefined, balance(1, 1))).toEqual(balance(1, 1));
  });

  it('does not carry a balance into another session', () => {
    const state = after(
      ...signedIn,
      { type: 'balance', balance: balance(1, 99) },
      { type: 'welcome', welcome: welcome(500, 2), resumed: false },
    );
    expect(state.balance).toEqual(balance(500, 2));
  });

  it('is elsewhere once it is replaced', () => {
    expect(after(...signedIn, gone(4500)).phase).toBe('elsewhere');
  });

  it('has ended where the server does not know it', () => {
    expect(after(...signedIn, gone(4506)).phase).toBe('ended');
  });

  it('says that the page is outdated, or why it was closed', () => {
    expect(after(...signedIn, gone(4504)).trouble).toBe('outdated');
    expect(after(...signedIn, gone(4599)).trouble).toBe('closed');
    expect(after(...signedIn, gone(1000)).trouble).toBeUndefined();
    expect(after(...signedIn, gone(4599, false)).trouble).toBeUndefined();
  });

  it('never forgets a failed proof of fairness', () => {
    const error = Object.assign(new Error('no'), { name: 'FairnessError' });
    const state = after(
      ...signedIn,
      { type: 'problem', error },
      { type: 'welcome', welcome: welcome(1, 9), resumed: true },
    );
    expect(state.trouble).toBe('fairness');
  });

  it('ignores an event that it does not know', () => {
    const event = { type: 'fireworks' } as unknown as SessionEvent;
    expect(nextSession(NO_SESSION, event)).toBe(NO_SESSION);
  });

  it('counts money in play as the player’s own', () => {
    const beginning = { session: 's', startedMs: 0, total: 1000 };
    expect(netPosition(beginning, balance(800, 2, 100))).toBe(-100);
  });
});

describe('a refusal', () => {
  const money = (minor: number) => `${minor / 100} €`;

  it('is a plain sentence with its amounts', () => {
    const error = { code: 'stake_below', details: { minimum: 20 }, message: 'x' };
    expect(sentence(error, money)).toBe('Stake at least 0.2 €.');
  });

  it('of an unknown code, or without its details, says what the server said', () => {
    expect(sentence({ code: 'new_rule', message: 'Stand up.' }, money)).toContain('Stand up.');
    const bare = { code: 'stake_below', details: {}, message: 'Too little.' };
    expect(sentence(bare, money)).toContain('Too little.');
    expect(sentence('odd', money)).toContain('odd');
  });
});
