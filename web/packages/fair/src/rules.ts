import data from './rules.json';

/** A reel: the symbols from top to bottom, and how many drawn values land on each stop. */
export interface Reel {
  readonly strip: readonly string[];
  readonly weights: readonly number[];
}

/** A row of a pay table: line bets for a run of 0, 1, 2 … reels. */
export interface Pay {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly amounts: readonly number[];
}

/** A slot machine; generated from the machine's file. */
export interface Machine {
  readonly rows: number;
  readonly stakes: readonly number[];
  readonly reels: readonly Reel[];
  readonly lines: readonly (readonly number[])[];
  readonly pays: readonly Pay[];
  readonly scatter: string;
  readonly scatterPays: readonly number[];
  readonly freeGames: {
    readonly awards: readonly number[];
    readonly retriggerAwards: readonly number[];
    readonly multiplier: number;
    readonly cap: number;
    readonly reels: readonly Reel[];
  } | null;
  readonly words: { readonly noWin: string; readonly freeGames: string };
}

/** Rules that this package knows: a game in one version. */
export interface KnownRules {
  readonly digest: string;
  readonly machine?: Machine;
}

const RULES: Readonly<Record<string, Readonly<Record<string, KnownRules>>>> = data;

/** The rules of a game in a version, or undefined. */
export function knownRules(game: string, version: number): KnownRules | undefined {
  if (!Object.hasOwn(RULES, game)) return undefined;
  const versions = RULES[game] ?? {};
  return Object.hasOwn(versions, version) ? versions[version] : undefined;
}

/** Whether a digest is that of rules known here, whatever game they are of. */
export function isKnownDigest(digest: string): boolean {
  return Object.values(RULES).some((versions) => {
    return Object.values(versions).some((rules) => rules.digest === digest);
  });
}
