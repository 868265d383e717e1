import { describe, expect, it } from 'vitest';
import type { Series, ServerMetrics } from '../src/data';
import { edges, ends, growth, mean, perSecond, steady } from '../src/rates';
import { cautions } from '../src/summary';

const SERIES: Series = {
  interval_s: 1,
  phases: [],
  at_s: [-0.5, 0, 1, 2],
  length_s: [0.5, 1, 1, 0.01],
  bets: [5, 20, 30, 2],
  reconnects: [],
  dropped_sends: [],
  arrivals: [],
  answers: [],
  p50_ms: [],
  p90_ms: [],
  p95_ms: [],
  p99_ms: [],
  max_ms: [],
  connected: [],
  busy: [],
  generator_cpu: [],
  lag_ms: [],
  errors: {},
};

describe('rates', () => {
  it('are drawn at the end of their interval', () => {
    expect(ends(SERIES)).toEqual([0, 1, 2, 2.01]);
  });

  it('leave out an interval of some milliseconds', () => {
    expect(perSecond(SERIES, SERIES.bets)).toEqual([10, 20, 30, null]);
    expect(steady(SERIES, [1, null, 3, 4])).toEqual([1, null, 3, null]);
  });

  it('of a counter begin anew with its server', () => {
    expect(growth([0, 1, 3, 4, 5], [10, 12, 16, 1, null])).toEqual([null, 2, 2, null, null]);
  });

  it('of a sum by a count are a mean', () => {
    const metrics: ServerMetrics = {
      at_s: [0, 1, 2],
      failed: 0,
      kinds: {},
      values: { sum: [0, 1, 1], calls: [0, 4, 4] },
    };
    expect(mean(metrics, 'sum', 'calls', 1000)).toEqual([null, 250, null]);
    expect(mean(metrics, 'sum', 'none', 1)).toBeNull();
    expect(edges([null, 3, null, 5, null])).toEqual([3, 5]);
  });
});

describe('warnings', () => {
  const base = {
    ...{ bets: 1, bets_per_s: 1, latency_ms: {}, errors: {}, players: 2, seconds: 1 },
    ...{ games: {}, started_ms: 0 },
  };

  it('say when the generator was the bottleneck, and why', () => {
    const busy = { cpu: 0.97, lag_ms: { p99: 1 }, bottleneck: true };
    const late = { cpu: 0.3, lag_ms: { p99: 80 }, bottleneck: true };
    expect(cautions({ ...base, generator: busy })[0]).toContain('it used 97 % of a core');
    expect(cautions({ ...base, generator: late })[0]).toContain('it waited 80 ms for the CPU');
    expect(cautions({ ...base, generator: { ...busy, bottleneck: false } })).toEqual([]);
  });

  it('say what is missing from the figures', () => {
    const told = cautions({ ...base, seated: 1, dropped_sends: 3, unfinished: 1, broke: 1 });
    expect(told).toHaveLength(4);
    expect(cautions({ ...base, interrupted: true })).toHaveLength(1);
  });
});
