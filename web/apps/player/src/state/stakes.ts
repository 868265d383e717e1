import type { StakeRange } from '@croupier/protocol';

/** Moving along the stakes that a game offers, within what the table takes and the player has. */
export function offered(stakes: readonly number[], range: StakeRange): readonly number[] {
  const within = stakes.filter((stake) => stake >= range.minimum && stake <= range.maximum);
  if (within.length > 0) return within;
  return stakes.length > 0 ? stakes : [range.minimum];
}

/** The stake to begin with: the last one if it is still offered, else the lowest but one or two. */
export function firstStake(stakes: readonly number[], last: number | undefined): number {
  if (last !== undefined && stakes.includes(last)) return last;
  return stakes[Math.min(2, stakes.length - 1)] ?? 0;
}

/** The next stake up or down; the same at either end. */
export function nextStake(stakes: readonly number[], stake: number, direction: 1 | -1): number {
  const higher = stakes.filter((other) => (direction === 1 ? other > stake : other < stake));
  const next = direction === 1 ? higher[0] : higher.at(-1);
  return next ?? stake;
}
