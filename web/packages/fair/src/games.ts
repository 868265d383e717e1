import { replayBaccarat } from './baccarat';
import { replayBigSix } from './big-six';
import { replayBlackjack } from './blackjack';
import { replayCasinoWar } from './casino-war';
import { replayCraps } from './craps';
import { replayCrapsTable } from './craps-table';
import { replayDice } from './dice';
import { replayHiLo } from './hi-lo';
import { replayKeno } from './keno';
import { replayMines } from './mines';
import { replayPlinko } from './plinko';
import type { Replay } from './replay';
import { replayRoulette } from './roulette';
import type { KnownRules, Tables } from './rules';
import { replaySicBo } from './sic-bo';
import { replayMachine } from './slot/replay';
import { replayTargets } from './targets';
import { replayThreeCardPoker } from './three-card-poker';
import { replayVideoPoker } from './video-poker';

/** For each family of games, how the tables of one of them make its replay. */
const FAMILIES: { readonly [Family in keyof Tables]: (tables: Tables[Family]) => Replay } = {
  baccarat: replayBaccarat,
  bigSix: replayBigSix,
  blackjack: replayBlackjack,
  casinoWar: replayCasinoWar,
  craps: replayCraps,
  dice: replayDice,
  field: replayMines,
  hiLo: replayHiLo,
  keno: replayKeno,
  machine: replayMachine,
  plinko: replayPlinko,
  sicBo: replaySicBo,
  targets: replayTargets,
  threeCardPoker: replayThreeCardPoker,
  videoPoker: replayVideoPoker,
  wheel: replayRoulette,
};

/** How rounds under these rules are played again; undefined if this package cannot. */
export function replayOf(rules: KnownRules): Replay | undefined {
  for (const [family, make] of Object.entries(FAMILIES)) {
    const tables = rules[family as keyof Tables];
    if (tables !== undefined) return (make as (tables: unknown) => Replay)(tables);
  }
  return undefined;
}

/** The same of rounds at a table that many share, where that has rules of its own. */
export function replayOfShared(rules: KnownRules): Replay | undefined {
  return rules.craps && replayCrapsTable(rules.craps);
}
