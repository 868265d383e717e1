import { describe, expect, it } from 'vitest';
import { verdict } from '../src/compare';
import { type Figures, percentile, type Run, readRuns } from '../src/data';
import { bytes, figure, milliseconds, money, percentileName, ratio, seconds } from '../src/format';
import { nines, ninesLabel, ninesLine, ninesSplits } from '../src/nines';

const FIGURES: Figures = {
  bets: 10,
  bets_per_s: 5,
  latency_ms: { p50: 1, p90: 2, p99: 3, p999: 4, max: 5 },
  errors: {},
  players: 2,
  seconds: 2,
  games: {},
  started_ms: 0,
};

describe('the runs in the page', () => {
  it('are read', () => {
    const runs: readonly Run[] = [{ name: 'a', figures: FIGURES }];
    expect(readRuns(JSON.stringify({ form: 1, runs }))).toEqual(runs);
  });

  it.each([
    ['null', /No run/],
    ['', /damaged/],
    ['{}', /damaged/],
    ['7', /damaged/],
    ['{"form":2,"runs":[]}', /newer form/],
    ['{"form":1,"runs":[]}', /No run/],
    ['{"form":1,"runs":null}', /No run/],
  ])('are missed in a sentence: %s', (text, sentence) => {
    expect(readRuns(text)).toMatch(sentence);
  });

  it('tell a percentile from the finest source they have', () => {
    const corrected = { percentiles_ms: { p95: 2.5 }, distribution: [] };
    const detailed: Figures = { ...FIGURES, detail: { latency: { corrected, raw: null } } };
    expect(percentile(FIGURES, 'p50')).toBe(1);
    expect(percentile(FIGURES, 'p95')).toBeNull();
    expect(percentile(detailed, 'p95')).toBe(2.5);
  });
});

describe('a comparison', () => {
  it('takes small differences for chance', () => {
    expect(verdict(100, 102, 'more')).toBe('same');
    expect(verdict(100, 110, 'more')).toBe('better');
    expect(verdict(100, 110, 'less')).toBe('worse');
    expect(verdict(100, 90, 'less')).toBe('better');
    expect(verdict(100, 900, 'neither')).toBe('same');
    expect(verdict(null, 1, 'less')).toBe('same');
    expect(verdict(0, 10, 'less')).toBe('worse');
  });

  it('shows what the second is of the first', () => {
    expect(ratio(2, 3)).toBe('×1.50');
    expect(ratio(0, 0)).toBe('×1');
    expect(ratio(0, 3)).toBe('–');
    expect(ratio(null, 3)).toBe('–');
    expect(ratio(1, 12_345)).toBe('×12,345');
  });
});

describe('figures', () => {
  it('have as many digits as say something', () => {
    expect(figure(1234.56)).toBe('1,235');
    expect(figure(12.345)).toBe('12.3');
    expect(figure(0.12345)).toBe('0.123');
    expect(figure(null)).toBe('–');
    expect(milliseconds(12_500)).toBe('12.5 s');
    expect(seconds(-0.04)).toBe('0 s');
    expect(bytes(68_579_328)).toBe('68.6 MB');
    expect(percentileName('p999')).toBe('p99.9');
    expect(percentileName('p95')).toBe('p95');
    expect(percentileName('max')).toBe('max');
  });

  it('write amounts exactly, with the digits that the server told', () => {
    expect(money(123_456, 'EUR', 2)).toBe('€1,234.56');
    expect(money(7, 'JPY', 0)).toBe('¥7');
    expect(money(-5, 'EUR', 2)).toBe('-€0.05');
    expect(money(9_007_199_254_740_991, 'EUR', 2)).toBe('€90,071,992,547,409.91');
    expect(money(100, 'EUR', null)).toBe('100 minor units');
  });
});

describe('the axis of nines', () => {
  it('sets 90 %, 99 % and 99.9 % equally far apart', () => {
    expect(nines(0.9, 9)).toBeCloseTo(1);
    expect(nines(0.999, 9)).toBeCloseTo(3);
    expect(nines(1, 4.5)).toBe(4.5);
    expect(ninesSplits(3.2).map(ninesLabel)).toEqual(['0 %', '50 %', '90 %', '99 %', '99.9 %']);
  });

  it('ends a line a little behind the last share', () => {
    const line = ninesLine([
      [0, 1],
      [0.9, 2],
      [1, 3],
    ]);
    expect(line.y).toEqual([1, 2, 3]);
    expect(line.x[2]).toBeCloseTo(1.05);
    expect(ninesLine([]).x).toEqual([]);
    expect(ninesLine([[0, 0]]).y[0]).toBeGreaterThan(0);
  });
});
