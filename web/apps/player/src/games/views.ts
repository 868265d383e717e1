import type { Description } from '@croupier/protocol';

/** The views that are made for a kind of game; every other game is played at the generic table. */
export type ViewName = 'slot' | 'roulette' | 'blackjack' | 'generic';

/** Which view plays a game, by what its description says. A name alone decides nothing. */
export function viewFor(description: Description): ViewName {
  if (reelsOf(description) !== undefined) return 'slot';
  if (isRoulette(description)) return 'roulette';
  return isBlackjack(description) ? 'blackjack' : 'generic';
}

/** How many reels a machine has, and how many symbols of each are seen. */
export interface ReelForm {
  readonly reels: number;
  readonly rows: number;
}

/** The reels of a machine that spins for one stake without decisions; undefined for other games. */
export function reelsOf(description: Description): ReelForm | undefined {
  const { kind, stake_form, choices, actions } = description;
  if (kind !== 'instant' || stake_form !== 'one') return undefined;
  if (choices.length > 0 || actions.length > 0) return undefined;
  const form = formOfLines(description) ?? formOfWays(description);
  if (form === undefined) return undefined;
  const { reels, rows } = form;
  return reels >= 3 && reels <= 6 && rows >= 2 && rows <= 5 ? form : undefined;
}

/** The lines of the help tell the row on each reel. */
function formOfLines({ help }: Description): ReelForm | undefined {
  const lines = [...help.matchAll(/^\d+\. ((?:\d+ )+\d+)$/gm)].map(([, rows = '']) => {
    return rows.split(' ').map(Number);
  });
  const reels = lines[0]?.length ?? 0;
  const all = lines.flat();
  if (reels === 0 || lines.some((line) => line.length !== reels)) return undefined;
  return Math.min(...all) === 1 ? { reels, rows: Math.max(...all) } : undefined;
}

/** Without lines: the longest run that pays for each way, and how many ways there are at most. */
function formOfWays({ help, paytable }: Description): ReelForm | undefined {
  const runs = paytable.flatMap(([combination, pays]) => {
    const [, count] = / x (\d)$/.exec(combination) ?? [];
    return count !== undefined && pays.endsWith('for each way') ? [Number(count)] : [];
  });
  const [, ways] = /up to ([\d,]+)\s+ways/.exec(help) ?? [];
  if (runs.length === 0 || ways === undefined) return undefined;
  const reels = Math.max(...runs);
  const count = Number(ways.replaceAll(',', ''));
  const rows = Math.round(count ** (1 / reels));
  return rows ** reels === count ? { reels, rows } : undefined;
}

const ON_THE_FELT =
  /^(?:(?:straight|split|street|corner|line|trio|dozen|column)(?:-\d+)+|first-four|red|black|odd|even|low|high)$/;

/** A wheel with one zero, and no bet that has no place on the felt. */
function isRoulette({ kind, stake_form, choices }: Description): boolean {
  if (kind !== 'instant' || stake_form !== 'list') return false;
  const straights = choices.filter(({ bet }) => /^straight-\d+$/.test(bet));
  const numbers = new Set(straights.map(({ bet }) => Number(bet.slice(9))));
  if (numbers.size !== 37 || !numbers.has(0) || !numbers.has(36)) return false;
  return choices.every(({ bet }) => ON_THE_FELT.test(bet) && !bet.includes('-00'));
}

/** Decisions that the table has words for, and a single stake. */
function isBlackjack({ game, kind, stake_form, actions }: Description): boolean {
  return (
    game.startsWith('blackjack') &&
    kind === 'decisions' &&
    stake_form === 'one' &&
    actions.includes('hit') &&
    actions.includes('stand')
  );
}
