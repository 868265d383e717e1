import { describe, expect, it } from 'vitest';
import { readBeginning } from '../src/state/beginning';
import { readSettings, toggled, withRecent } from '../src/state/settings';
import { firstStake, nextStake, offered } from '../src/state/stakes';
import { safeStorage } from '../src/state/storage';
import { openDemoAccount, SignInError, signInFailure } from '../src/state/tickets';
import { clockErrorMinutes, elapsedText } from '../src/state/time';
import { t, tMaybe } from '../src/text/t';

describe('storage', () => {
  it('goes on in memory where the browser refuses', () => {
    const storage = safeStorage(() => {
      throw new Error('blocked');
    });
    storage.set('a', '1');
    expect(storage.lasting).toBe(false);
    expect(storage.get('a')).toBe('1');
    storage.remove('a');
    expect(storage.get('a')).toBeUndefined();
  });

  it('survives a browser that fills up later', () => {
    let full = false;
    const kept = new Map<string, string>();
    const storage = safeStorage(() => ({
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => {
        if (full) throw new Error('full');
        kept.set(key, value);
      },
      removeItem: (key) => void kept.delete(key),
    }));
    full = true;
    storage.set('a', '1');
    expect(storage.lasting).toBe(true);
    expect(storage.get('a')).toBe('1');
  });

  it('does not trust what it kept', () => {
    const storage = safeStorage(() => {
      throw new Error('blocked');
    });
    storage.set(
      'croupier.settings',
      '{"sound":"yes","volume":900,"theme":"pink","recent":[1,"a"]}',
    );
    const settings = readSettings(storage);
    expect(settings).toMatchObject({ sound: false, volume: 60, theme: 'system', recent: ['a'] });
    storage.set('croupier.settings', 'not json');
    expect(readSettings(storage).sound).toBe(false);
    expect(readBeginning('{"session":1}')).toBeUndefined();
    expect(readBeginning('nonsense')).toBeUndefined();
    expect(readBeginning('{"session":"s","startedMs":1,"total":2}')?.total).toBe(2);
  });
});

describe('settings', () => {
  it('keep the games played lately, newest first', () => {
    expect(withRecent(['a', 'b'], 'b')).toEqual(['b', 'a']);
    expect(withRecent(['1', '2', '3', '4', '5', '6'], '7')).toHaveLength(6);
  });

  it('add and remove favourites', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
    expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  });
});

describe('stakes', () => {
  const range = { minimum: 20, maximum: 200 };

  it('are those that the table takes', () => {
    expect(offered([10, 20, 100, 500], range)).toEqual([20, 100]);
    expect(offered([], range)).toEqual([20]);
  });

  it('move one up or down and stay at the ends', () => {
    expect(nextStake([20, 40, 100], 40, 1)).toBe(100);
    expect(nextStake([20, 40, 100], 20, -1)).toBe(20);
    expect(firstStake([20, 40], 40)).toBe(40);
    expect(firstStake([20, 40], 50)).toBe(40);
  });
});

describe('time', () => {
  it('counts hours, minutes and seconds', () => {
    expect(elapsedText(3_723_999)).toBe('1:02:03');
    expect(elapsedText(-5)).toBe('0:00:00');
  });

  it('tells a wrong clock and lets a small error pass', () => {
    expect(clockErrorMinutes(3_600_000)).toBe(60);
    expect(clockErrorMinutes(-3_600_000)).toBe(60);
    expect(clockErrorMinutes(40_000)).toBe(0);
  });
});

describe('texts', () => {
  it('say one of a thing as one', () => {
    const win = { symbol: 'Fern', count: 3, amount: '€1' };
    expect(t('slot.ways', { ...win, ways: 1 })).toBe('Fern ×3, 1 way, pays €1');
    expect(t('slot.ways', { ...win, ways: 12 })).toBe('Fern ×3, 12 ways, pays €1');
    expect(t('slot.paid', { count: 1, amount: '€1' })).toBe('1 held symbol pays €1');
    expect(t('roulette.placed', { count: 2, amount: '€3' })).toBe('2 bets, €3 in total.');
  });

  it('fill their gaps', () => {
    expect(t('game.won', { amount: '€1' })).toBe('You win €1.');
    expect(tMaybe('no.such.text')).toBeUndefined();
    expect(tMaybe('toString')).toBeUndefined();
  });
});

describe('signing in', () => {
  const answer = (status: number, body: unknown) => async () =>
    new Response(JSON.stringify(body), { status });

  it('returns the ticket of the account', async () => {
    const account = { player: '1', ticket: 't', gateway: 'ws://x', currency: 'EUR', balance: 1 };
    expect(await openDemoAccount('EUR', answer(200, account))).toEqual(account);
  });

  it('says in which way it failed', async () => {
    await expect(openDemoAccount('EUR', answer(429, {}))).rejects.toThrow('welcome.tooFast');
    await expect(openDemoAccount('EUR', answer(404, {}))).rejects.toThrow('welcome.refused');
    await expect(openDemoAccount('EUR', answer(200, 'hm'))).rejects.toThrow('welcome.failed');
    const nobody = () => Promise.reject(new TypeError('no network'));
    await expect(openDemoAccount('EUR', nobody)).rejects.toThrow('welcome.failed');
  });

  it('tells a refused session from a server out of reach', () => {
    const asked = new Error('ticket', { cause: new SignInError('welcome.tooFast') });
    expect(signInFailure(asked)).toBe('welcome.tooFast');
    expect(signInFailure(Object.assign(new Error('no'), { name: 'CroupierError' }))).toBe(
      'welcome.ended',
    );
    expect(signInFailure(new Error('no connection'))).toBe('welcome.failed');
    expect(signInFailure('odd')).toBe('welcome.failed');
  });
});
