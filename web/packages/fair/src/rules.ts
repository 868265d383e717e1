import type { SymbolWheel } from './big-six';
import type { Shoe } from './blackjack';
import type { CrapsRules } from './craps';
import type { DiceRules } from './dice';
import type { HiLoRules } from './hi-lo';
import type { KenoPays } from './keno';
import type { Field } from './mines';
import type { Boards } from './plinko';
import type { Wheel } from './roulette';
import data from './rules.json';
import type { SicBoPays } from './sic-bo';
import type { Machine } from './slot/machine';
import type { Targets } from './targets';

/** What a game's rules have in numbers, by the family of games that it is of; all generated. */
export interface Tables {
  readonly bigSix: SymbolWheel;
  readonly blackjack: Shoe;
  readonly craps: CrapsRules;
  readonly dice: DiceRules;
  readonly field: Field;
  readonly hiLo: HiLoRules;
  readonly keno: KenoPays;
  readonly machine: Machine;
  readonly plinko: Boards;
  readonly sicBo: SicBoPays;
  readonly targets: Targets;
  readonly wheel: Wheel;
}

/** Rules that this package knows: a game in one version. */
export interface KnownRules extends Partial<Tables> {
  readonly digest: string;
}

const RULES: Readonly<Record<string, Readonly<Record<string, KnownRules>>>> = data;

/** The rules of a game in a version, or undefined. */
export function knownRules(game: string, version: number): KnownRules | undefined {
  if (!Object.hasOwn(RULES, game)) return undefined;
  const versions = RULES[game] ?? {};
  return Object.hasOwn(versions, version) ? versions[version] : undefined;
}

/** Whether a game is known here, in whatever version. */
export function isKnownGame(game: string): boolean {
  return Object.hasOwn(RULES, game);
}

/** Whether a digest is that of rules known here, whatever game they are of. */
export function isKnownDigest(digest: string): boolean {
  return Object.values(RULES).some((versions) => {
    return Object.values(versions).some((rules) => rules.digest === digest);
  });
}
