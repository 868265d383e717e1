import { betsOf, settle, undecided } from './bets';
import type { Draws } from './draws';
import type { Replay } from './replay';

/** How many numbers are drawn of how many, and what tickets pay; generated. */
export interface KenoPays {
  readonly numbers: number;
  readonly drawn: number;
  /** By picks, then by how many of them are drawn: what one staked brings back, in parts of unit. */
  readonly pays: Readonly<Record<string, readonly number[]>>;
  /** Every stake is a multiple of so many minor units. */
  readonly unit: number;
  readonly maximumBets: number;
}

const TICKET = /^numbers((?:-[1-9]\d?)+)$/;

/** The numbers that a ticket picks, or undefined where it is none. */
function picksOf(bet: string, { numbers, pays }: KenoPays): readonly number[] | undefined {
  const picks = TICKET.exec(bet)?.[1]?.slice(1).split('-').map(Number) ?? [];
  const ascending = picks.every((pick, place) => pick > (picks[place - 1] ?? 0));
  const known = Object.hasOwn(pays, picks.length) && ascending && (picks.at(-1) ?? 0) <= numbers;
  return known ? picks : undefined;
}

/** A partial shuffle: each draw is a place in what is left, and the last number moves there. */
function numbersOf({ numbers, drawn }: KenoPays, draws: Draws): number[] {
  const left = Array.from({ length: numbers }, (_, place) => place + 1);
  return Array.from({ length: drawn }, () => {
    const place = draws.below(left.length);
    const found = left[place] ?? 0;
    const last = left.pop() ?? 0;
    if (place < left.length) left[place] = last;
    return found;
  });
}

/** One draw for each number. */
export function replayKeno(table: KenoPays): Replay {
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), {
      most: table.maximumBets,
      unit: (bet) => (picksOf(bet, table) === undefined ? undefined : table.unit),
    });
    const drawn = numbersOf(table, draws);
    const among = new Set(drawn);
    const { wins, stake, payout, paid } = settle(
      bets,
      (bet) => {
        const picks = picksOf(bet, table) ?? [];
        return table.pays[picks.length]?.[picks.filter((pick) => among.has(pick)).length] ?? 0;
      },
      table.unit,
    );
    const summary = drawn.toSorted((one, other) => one - other).join(' ');
    const detail = `the numbers drawn are ${summary}`;
    return { outcome: { drawn, wins, payout, summary }, stake, payout, detail, paid };
  };
}
