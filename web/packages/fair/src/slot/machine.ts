/** A reel: the symbols from top to bottom; the last is followed by the first. */
export interface Reel {
  readonly strip: readonly string[];
  /** How many drawn values land on each stop; null where it is one on each. */
  readonly weights: readonly number[] | null;
}

/** A row of a pay table: line bets for a run of 0, 1, 2 … reels. */
export interface Pay {
  readonly name: string;
  /** What continues the run, wilds included. */
  readonly symbols: readonly string[];
  readonly amounts: readonly number[];
}

/** A symbol that stands in for others. */
export interface Wild {
  readonly symbol: string;
  /** Of every win that the wild is part of. */
  readonly multiplier: number;
  /** Whether it fills its reel in paid spins, and in free games. */
  readonly expands: boolean;
  readonly expandsFree: boolean;
}

/** Spins without a stake, within the round that won them. */
export interface FreeGames {
  /** Games won for 0, 1, 2 … scatters in the paid spin, and in a free game. */
  readonly awards: readonly number[];
  readonly retriggerAwards: readonly number[];
  readonly multiplier: number;
  /** The most that a round can have. */
  readonly cap: number;
  readonly reels: readonly Reel[];
  /** Whether a wild stays for the rest of them. */
  readonly sticky: boolean;
}

/** Winning symbols vanish, those above fall, and the strip moves on. */
export interface Cascades {
  /** Of the window as it stopped, of the next one, and so on; the last one stays. */
  readonly multipliers: readonly number[];
  readonly most: number;
}

/** Hold and respin. */
export interface Respins {
  readonly symbol: string;
  /** So many coins start it. */
  readonly trigger: number;
  /** So many respins without a coin end it. */
  readonly respins: number;
  /** Of a coin on an empty place, as numerator and denominator. */
  readonly chance: readonly number[];
  /** What a coin is worth in total stakes, and how often that is drawn. */
  readonly values: readonly (readonly number[])[];
  /** Total stakes on top where every place holds a coin. */
  readonly full: number;
}

/** A bonus of hidden prizes. */
export interface Pick {
  readonly symbol: string;
  readonly trigger: number;
  /** In total stakes. */
  readonly prizes: readonly number[];
  readonly picks: number;
  /** Places that end the bonus. */
  readonly stops: number;
}

/** Red or black for all that was won. */
export interface Gamble {
  readonly steps: number;
  /** In total stakes: none is offered that could win more. */
  readonly maximum: number;
}

/** A slot machine; generated from the machine's file. */
export interface Machine {
  /** Rows that are seen of each reel. */
  readonly reelRows: readonly number[];
  /** Line bets in a total stake. */
  readonly units: number;
  readonly stakes: readonly number[];
  readonly reels: readonly Reel[];
  /** The row on each reel, 0 at the top; no line where ways pay. */
  readonly lines: readonly (readonly number[])[];
  readonly pays: readonly Pay[];
  readonly wilds: readonly Wild[];
  /** Empty where there is none, and so on no strip. */
  readonly scatter: string;
  /** Total stakes for 0, 1, 2 … scatters. */
  readonly scatterPays: readonly number[];
  readonly freeGames: FreeGames | null;
  readonly cascades: Cascades | null;
  readonly respins: Respins | null;
  readonly pick: Pick | null;
  readonly gamble: Gamble | null;
  readonly words: {
    readonly noWin: string;
    readonly freeGames: string;
    readonly respins: string;
    readonly coin: string;
    readonly pick: string;
  };
}

/** What a client is shown. */
export type Event = Readonly<Record<string, unknown>>;
