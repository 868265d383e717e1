/** From counts by interval and counters by moment to what a chart shows. */

import type { Maybe, Series, ServerMetrics } from './data';

const LEAST_SHARE = 0.25;

/** Return the end of each interval: there its values are drawn. */
export function ends(series: Series): number[] {
  return series.at_s.map((at, index) => at + (series.length_s[index] ?? 0));
}

/** Whether an interval is too short for a rate to mean anything. */
function tooShort(series: Series, index: number): boolean {
  return (series.length_s[index] ?? 0) < LEAST_SHARE * Math.min(series.interval_s, 1);
}

/** Return counts a second. */
export function perSecond(series: Series, counts: readonly number[]): Maybe[] {
  return counts.map((count, index) =>
    tooShort(series, index) ? null : count / (series.length_s[index] ?? 1),
  );
}

/** Return a column without the intervals that are too short. */
export function steady(series: Series, values: readonly Maybe[]): Maybe[] {
  return values.map((value, index) => (tooShort(series, index) ? null : value));
}

/** Return how fast a counter grew up to each moment; a counter that fell was begun anew. */
export function growth(at: readonly number[], values: readonly Maybe[]): Maybe[] {
  return values.map((value, index) => {
    const before = values[index - 1];
    const span = (at[index] ?? 0) - (at[index - 1] ?? 0);
    if (value === null || before === undefined || before === null || span <= 0) return null;
    return value < before ? null : (value - before) / span;
  });
}

/** Return one counter's growth by another's, such as seconds by calls. */
export function mean(
  metrics: ServerMetrics,
  sum: string,
  count: string,
  factor: number,
): Maybe[] | null {
  const sums = metrics.values[sum];
  const counts = metrics.values[count];
  if (sums === undefined || counts === undefined) return null;
  const grown = growth(metrics.at_s, sums);
  return growth(metrics.at_s, counts).map((calls, index) => {
    const most = grown[index];
    return calls === null || calls === 0 || most === undefined || most === null
      ? null
      : (most / calls) * factor;
  });
}

/** Return the first and the last value that a column has. */
export function edges(values: readonly Maybe[]): readonly [Maybe, Maybe] {
  const known = values.filter((value) => value !== null);
  return [known[0] ?? null, known.at(-1) ?? null];
}
