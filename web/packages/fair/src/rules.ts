import type { Coup } from './baccarat';
import type { SymbolWheel } from './big-six';
import type { Shoe } from './blackjack';
import type { War } from './casino-war';
import type { CrapsRules } from './craps';
import type { DiceRules } from './dice';
import type { HiLoRules } from './hi-lo';
import type { KenoPays } from './keno';
import type { Field } from './mines';
import type { Boards } from './plinko';
import { rulesOfVersion, withReturn } from './returns';
import type { Wheel } from './roulette';
import data from './rules.json';
import type { SicBoPays } from './sic-bo';
import type { Machine } from './slot/machine';
import type { Targets } from './targets';
import type { ThreeCards } from './three-card-poker';
import type { VideoPokerMachine } from './video-poker-hands';

/** What a game's rules have in numbers, by the family of games that it is of; all generated. */
export interface Tables {
  readonly baccarat: Coup;
  readonly bigSix: SymbolWheel;
  readonly blackjack: Shoe;
  readonly casinoWar: War;
  readonly craps: CrapsRules;
  readonly dice: DiceRules;
  readonly field: Field;
  readonly hiLo: HiLoRules;
  readonly keno: KenoPays;
  readonly machine: Machine;
  readonly plinko: Boards;
  readonly sicBo: SicBoPays;
  readonly targets: Targets;
  readonly threeCardPoker: ThreeCards;
  readonly videoPoker: VideoPokerMachine;
  readonly wheel: Wheel;
}

/** Rules that this package knows: a game in one version. */
export interface KnownRules extends Partial<Tables> {
  readonly digest: string;
  /** Of the rules of a table that many share, where they are others. */
  readonly shared?: string;
}

const RULES: Readonly<Record<string, Readonly<Record<string, KnownRules>>>> = data;

/** The rules of a game in a version, or undefined. */
export function knownRules(game: string, version: number): KnownRules | undefined {
  if (!Object.hasOwn(RULES, game)) return undefined;
  const versions = RULES[game] ?? {};
  if (Object.hasOwn(versions, version)) return versions[version];
  const rules = rulesOfVersion(version);
  const base = Object.hasOwn(versions, rules) ? versions[rules] : undefined;
  return base && withReturn(base, version);
}

/** Whether a game is known here, in whatever version. */
export function isKnownGame(game: string): boolean {
  return Object.hasOwn(RULES, game);
}

/** Whether a digest is that of rules known here, whatever game they are of. */
export function isKnownDigest(digest: string, version: number): boolean {
  return Object.entries(RULES).some(([game, versions]) => {
    const known = [...Object.values(versions), knownRules(game, version)];
    return known.some((rules) => rules?.digest === digest || rules?.shared === digest);
  });
}
