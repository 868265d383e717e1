/** Which of two figures is the better one. */

/** Whether more is better, or less, or neither. */
export type Direction = 'more' | 'less' | 'neither';

/** How the second run did against the first. */
export type Verdict = 'better' | 'worse' | 'same';

/** Differences below this share are taken for chance. */
export const NOISE = 0.03;

/** Judge the second figure by the first. */
export function verdict(
  first: number | null,
  second: number | null,
  direction: Direction,
): Verdict {
  if (first === null || second === null || direction === 'neither' || first === second) {
    return 'same';
  }
  if (Math.abs(second - first) <= NOISE * Math.abs(first)) return 'same';
  return second > first === (direction === 'more') ? 'better' : 'worse';
}
