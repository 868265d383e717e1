/** What the server tells operators; `protocol/schema/console*.py` says what each field means. */

export interface ConsoleSession {
  readonly operator: string;
  readonly name: string;
  readonly role: string;
  readonly permissions: readonly string[];
  readonly signed_in_ms: number;
  readonly ends_ms: number;
  readonly idle_ms: number;
  readonly recovery_codes: number;
  readonly previous_ms: number | null;
  readonly previous_address: string | null;
}

export interface TableRow {
  readonly id: string;
  readonly game: string;
  readonly title: string;
  readonly currency: string;
  readonly exponent: number;
  readonly state: string;
  readonly phase: string;
  readonly phase_ms_left: number | null;
  readonly round: string | null;
  readonly seats: number;
  readonly players: number;
  readonly watchers: number;
  readonly held: number;
  readonly last_result: string;
  readonly node: string;
  readonly alerts: readonly string[];
}

export interface PrivatePlay {
  readonly game: string;
  readonly title: string;
  readonly node: string;
  readonly players: number;
  readonly rounds: number;
}

/** One node that lives. */
export interface NodeRow {
  readonly node: string;
  readonly program: string;
  readonly state: string;
}

export interface Seat {
  readonly seat: number;
  readonly player: string;
  readonly connected: boolean;
  readonly held: number;
  readonly bets: readonly { readonly bet: string; readonly stake: number }[];
  readonly note: string;
}

export interface FinishedRound {
  readonly round: string;
  readonly ended_ms: number;
  readonly result: string;
  readonly staked: number;
  readonly paid: number;
  readonly voided: boolean;
}

export interface TableEvent {
  readonly kind: string;
  readonly text: string;
  readonly at_ms: number;
  readonly seat: number | null;
  readonly amount: number | null;
  readonly round: string | null;
}

export interface TableDetail {
  readonly row: TableRow;
  readonly seats: readonly Seat[];
  readonly rounds: readonly FinishedRound[];
}

/** A message of the stream of live tables. */
export type LiveMessage =
  | {
      readonly type: 'snapshot';
      readonly tables: readonly TableRow[];
      readonly private: readonly PrivatePlay[];
      /** Left out by a node of an older program; so are `configured` and `origins` of terms. */
      readonly nodes?: readonly NodeRow[];
    }
  | {
      readonly type: 'changes';
      readonly tables: readonly TableRow[];
      readonly gone: readonly string[];
      readonly private?: readonly PrivatePlay[];
      readonly nodes?: readonly NodeRow[];
    }
  | { readonly type: 'detail'; readonly id: string; readonly table: TableDetail | null }
  | {
      readonly type: 'events';
      readonly id: string;
      readonly events: readonly TableEvent[];
      readonly missed: number;
    }
  | { readonly type: 'ended'; readonly code: string };

export interface ActionDone {
  readonly record: string;
  readonly table: TableRow | null;
}

/** A game that live tables can have, and what is usual at one. */
export interface GameOffer {
  readonly name: string;
  readonly title: string;
  readonly style: string;
  readonly seats_max: number;
  readonly seats: number;
  readonly betting_ms: number;
  readonly decision_ms: number;
  readonly result_ms: number;
  readonly seat_hold_ms: number;
  readonly draw_ms: number;
}

export interface CurrencyOffer {
  readonly code: string;
  readonly exponent: number;
  readonly minimum: string;
  readonly maximum: string;
}

export interface TableOffer {
  readonly games: readonly GameOffer[];
  readonly currencies: readonly CurrencyOffer[];
}

/** What a table takes, as it is on record. */
export interface TableTerms {
  readonly id: string;
  readonly title: string;
  readonly game: string;
  readonly style: string;
  readonly currency: string;
  readonly exponent: number;
  readonly minimum: string;
  readonly maximum: string;
  readonly seats: number;
  readonly seats_max: number;
  readonly betting_ms: number;
  readonly decision_ms: number;
  readonly result_ms: number;
  readonly seat_hold_ms: number;
  /** Null: as is usual at the game. */
  readonly draw_ms: number | null;
  readonly origin: string;
  readonly made_ms: number;
  readonly changed_ms: number | null;
  /** Whether the server's settings list the table. */
  readonly configured?: boolean;
  readonly origins?: readonly ValueOrigin[];
}

/** Where a value of a table comes from; `config` is the server's settings. */
export interface ValueOrigin {
  readonly field: string;
  readonly origin: string;
  readonly at_ms: number | null;
  readonly reason: string | null;
  readonly record: string | null;
}

export interface TableMade {
  readonly record: string;
  readonly id: string;
  readonly table: TableRow | null;
}

export interface RecordedAction {
  readonly id: string;
  readonly at_ms: number;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly object: string;
  readonly reason: string;
  readonly address: string;
}

export interface RecordedAttempt {
  readonly id: string;
  readonly at_ms: number;
  readonly operator: string | null;
  readonly outcome: string;
  readonly address: string;
}

export interface OperatorEntry {
  readonly name: string;
  readonly role: string;
  readonly disabled: boolean;
  readonly created_ms: number;
  readonly password_ms: number;
  readonly signed_in_ms: number | null;
  readonly address: string | null;
  readonly open: number;
  readonly recovery_codes: number;
}

export interface ReplayStep {
  readonly kind: string;
  readonly text: string;
  readonly seat: number | null;
  readonly amount: number | null;
  readonly by_house: boolean;
}

export interface RoundReplay {
  readonly round: string;
  readonly game: string;
  readonly title: string;
  readonly currency: string;
  readonly exponent: number;
  readonly result: string;
  readonly staked: number;
  readonly paid: number;
  readonly void_cause: string | null;
  readonly agrees: boolean;
  readonly steps: readonly ReplayStep[];
  readonly proof: unknown;
}
