import { readFileSync } from 'node:fs';
import type { Description } from '@croupier/protocol';
import type { LiveState } from '@croupier/sdk';
import { describe, expect, it } from 'vitest';
import { awaited, landingOf } from '../src/live/use-reveal';
import { LANDING_MS, restAt, SPEED, type WheelPlan, wheelOf } from '../src/live/wheels';

const RULES = JSON.parse(
  readFileSync(new URL('../../../packages/fair/src/rules.json', import.meta.url), 'utf8'),
);

function planOf(...bets: readonly string[]): WheelPlan | undefined {
  const choices = bets.map((bet) => ({ bet, label: bet, group: '', pays: '' }));
  return wheelOf({ choices } as unknown as Description);
}

const numbers = Array.from({ length: 37 }, (_, number) => `straight-${number}`);
const oneZero = planOf(...numbers, 'red');
const twoZeros = planOf(...numbers, 'straight-00', 'red');
const bigSix = planOf('one', 'two', 'five', 'ten', 'twenty', 'joker', 'logo');

describe('the wheel of a live table', () => {
  it('has every number once, with the zeros where they belong', () => {
    const labels = (plan: WheelPlan | undefined) => plan?.pockets.map(({ label }) => label) ?? [];

    expect(labels(oneZero).length).toBe(37);
    expect(new Set(labels(oneZero)).size).toBe(37);
    expect(labels(twoZeros).length).toBe(38);
    expect(new Set(labels(twoZeros)).size).toBe(38);
    // 0 and 00 lie opposite each other, 1 beside 00 and 2 beside 0.
    expect(labels(twoZeros).indexOf('00')).toBe(19);
    expect(labels(twoZeros)[18]).toBe('1');
    expect(labels(twoZeros)[37]).toBe('2');
  });

  it('turns red and black about, but for the zeros', () => {
    for (const plan of [oneZero, twoZeros]) {
      const looks = plan?.pockets.map(({ look }) => look) ?? [];
      looks.forEach((look, index) => {
        const next = looks[(index + 1) % looks.length];
        if (look !== 'green') expect(next).not.toBe(look);
      });
    }
  });

  it('has the symbols of big six in the order of its rules', () => {
    const [version] = Object.values(RULES['big-six']) as { bigSix: { strip: string[] } }[];

    expect(bigSix?.pockets.map(({ look }) => look)).toEqual(version?.bigSix.strip);
  });

  it('comes to what the server tells, and to nothing else', () => {
    expect(oneZero?.pockets[oneZero.stopOf({ number: 17 }) ?? -1]?.label).toBe('17');
    expect(twoZeros?.pockets[twoZeros.stopOf({ number: 37 }) ?? -1]?.label).toBe('00');
    expect(bigSix?.stopOf({ stop: 53, symbol: 'two' })).toBe(53);
    for (const view of [null, undefined, {}, { number: 38 }, { number: '17' }, { stop: 54 }]) {
      expect(oneZero?.stopOf(view)).toBeUndefined();
      expect(bigSix?.stopOf(view)).toBeUndefined();
    }
  });

  it('is there for games with a wheel alone', () => {
    expect(planOf('small', 'big')).toBeUndefined();
    expect(planOf(...numbers.slice(1))).toBeUndefined();
    expect(planOf('one', 'two')).toBeUndefined();
  });

  it('rests with the pocket on top, about as far on as it rolls while it slows down', () => {
    const rolls = (SPEED * LANDING_MS) / 2000;
    for (const from of [0, 17.5, 359, 1234]) {
      for (let stop = 0; stop < 37; stop += 1) {
        const rest = restAt(from, stop, 37);
        const top = (((rest + (stop * 360) / 37) % 360) + 360) % 360;
        expect(Math.min(top, 360 - top)).toBeLessThan(1e-6);
        expect(Math.abs(rest - from - rolls)).toBeLessThanOrEqual(180);
        expect(rest).toBeGreaterThan(from);
      }
    }
  });
});

describe('what a wheel waits for', () => {
  const state = (changes: object) => ({ phase: 'closed', round: '7-1', ...changes }) as LiveState;
  const board = [{ round: '7-1', summary: '17 black', voided: false }];
  const result = state({ phase: 'result', round: null, view: { number: 17 }, board });

  it('is the draw of a round whose bets are closed', () => {
    expect(awaited(state({}))).toBe('7-1');
    expect(awaited(state({ phase: 'betting' }))).toBeUndefined();
    expect(awaited(state({ state: 'parked' }))).toBeUndefined();
    expect(awaited(result)).toBeUndefined();
    expect(awaited(undefined)).toBeUndefined();
  });

  it('is told by the result of the very round it turned for', () => {
    expect(landingOf(oneZero, '7-1', result)).toBe(oneZero?.stopOf({ number: 17 }));
    expect(landingOf(oneZero, '7-2', result)).toBeUndefined();
    expect(landingOf(oneZero, undefined, result)).toBeUndefined();
    expect(landingOf(oneZero, '7-1', state({}))).toBeUndefined();
    expect(landingOf(undefined, '7-1', result)).toBeUndefined();
  });

  it('never comes where the round was void, or the result was missed', () => {
    const voided = { ...result, board: [{ round: '7-1', summary: 'void', voided: true }] };

    expect(landingOf(oneZero, '7-1', voided)).toBeUndefined();
    expect(landingOf(oneZero, '7-1', { ...result, view: null })).toBeUndefined();
    expect(landingOf(oneZero, '7-1', { ...result, board: [] })).toBeUndefined();
  });
});
