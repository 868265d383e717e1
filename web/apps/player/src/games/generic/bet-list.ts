import type { Choice, StakeRange } from '@croupier/protocol';

/** One bet of a list, as it goes to the server. */
export interface ListedBet {
  readonly bet: string;
  readonly stake: number;
}

/** Add a bet to the list; the same one again adds up. Above the table's maximum nothing changes. */
export function withBet(
  list: readonly ListedBet[],
  bet: string,
  stake: number,
  range: StakeRange,
): readonly ListedBet[] {
  if (sumOf(list) + stake > range.maximum) return list;
  const known = list.find((one) => one.bet === bet);
  if (known === undefined) return [...list, { bet, stake }];
  return list.map((one) => (one === known ? { bet, stake: one.stake + stake } : one));
}

/** Everything on the list together. */
export function sumOf(list: readonly ListedBet[]): number {
  return list.reduce((sum, one) => sum + one.stake, 0);
}

/** The kinds of bets that a game offers, in its own order. */
export function groupsOf(choices: readonly Choice[]): readonly string[] {
  return [...new Set(choices.map((choice) => choice.group))];
}

/** The server's own words for a round, and everything else that it told, for reading. */
export function readView(view: unknown): { readonly summary: string; readonly details: string } {
  const record = typeof view === 'object' && view !== null ? (view as Record<string, unknown>) : {};
  const summary = typeof record.summary === 'string' ? record.summary : '';
  return { summary, details: JSON.stringify(view, undefined, 2) ?? '' };
}
