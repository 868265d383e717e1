import type { Balance, Option, Played } from '@croupier/protocol';
import { isRecord } from './codec';

/** A round as it stood when the reply was written; amounts in minor units. */
export interface Round {
  /** Which round it is: `chain-n`. */
  readonly id: string;
  readonly table: string;
  readonly game: string;
  /** What the next decision must name. */
  readonly step: number;
  readonly finished: boolean;
  /** Everything staked on it so far. */
  readonly stake: number;
  /** What it paid, null while it is open. */
  readonly payout: number | null;
  /** What this player may see, in the game's own form, decoded. */
  readonly view: unknown;
  /** The balance behind it. */
  readonly balance: Balance;
  /** Its seed, once it has ended. */
  readonly seed: Uint8Array | null;
  /** Whether it could not go on and every stake was returned. */
  readonly voided: boolean;
  /** The decisions that the rules allow now; empty for a round that has ended. */
  readonly options: readonly Option[];
}

/** The round that a reply tells of. */
export function roundOf(played: Played, game: string): Round {
  const { round, table, step, finished, stake, payout, view, balance, seed } = played;
  return {
    id: round,
    table,
    game,
    step,
    finished,
    stake,
    payout,
    view,
    balance,
    seed,
    voided: played.voided === true,
    options: finished ? [] : optionsOf(view),
  };
}

function optionsOf(view: unknown): readonly Option[] {
  if (!isRecord(view) || !Array.isArray(view.options)) return [];
  return view.options.filter(isRecord).map((option) => ({
    action: String(option.action),
    label: typeof option.label === 'string' ? option.label : String(option.action),
    stake: typeof option.stake === 'number' ? option.stake : 0,
  }));
}
