/** The axis of nines: 90 %, 99 % and 99.9 % stand equally far apart. */

const LEAST_MS = 0.001;

/** Place a share of 0 to 1; the longest of so many stands where the last of them does. */
export function nines(share: number, most: number): number {
  return Math.min(-Math.log10(Math.max(1 - share, Number.MIN_VALUE)), most);
}

/** Return where the axis is marked, up to the end of what it shows. */
export function ninesSplits(most: number): number[] {
  const splits = [0, Math.log10(2)];
  for (let count = 1; count <= Math.min(most, 9); count += 1) splits.push(count);
  return splits;
}

/** Write a mark of the axis. */
export function ninesLabel(at: number): string {
  if (at < 1) return at === 0 ? '0 %' : '50 %';
  return at < 2 ? '90 %' : `99${at > 2 ? `.${'9'.repeat(Math.round(at) - 2)}` : ''} %`;
}

/** Turn a distribution into the two columns of a line. */
export function ninesLine(distribution: readonly (readonly [number, number])[]): {
  x: number[];
  y: number[];
} {
  const below = distribution.filter(([share]) => share < 1);
  const last = below.at(-1);
  const most = last === undefined ? 0 : nines(last[0], Number.POSITIVE_INFINITY) + 0.05;
  return {
    x: distribution.map(([share]) => nines(share, most)),
    y: distribution.map(([, duration]) => Math.max(duration, LEAST_MS)),
  };
}
