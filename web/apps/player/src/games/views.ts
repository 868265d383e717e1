import type { Description } from '@croupier/protocol';

/** The views that are made for a kind of game; every other game is played at the generic table. */
export type ViewName = 'slot' | 'roulette' | 'blackjack' | 'generic';

const REELS = 5;
const ROWS = 3;

/** Which view plays a game, by what its description says. A name alone decides nothing. */
export function viewFor(description: Description): ViewName {
  if (isLineSlot(description)) return 'slot';
  if (isRoulette(description)) return 'roulette';
  return isBlackjack(description) ? 'blackjack' : 'generic';
}

/** One stake, no decisions, and lines over five reels of three rows, as the help lists them. */
function isLineSlot({ kind, stake_form, choices, actions, help }: Description): boolean {
  if (kind !== 'instant' || stake_form !== 'one') return false;
  if (choices.length > 0 || actions.length > 0) return false;
  const lines = [...help.matchAll(/^\d+\. ((?:\d+ )+\d+)$/gm)].map(([, rows = '']) => {
    return rows.split(' ').map(Number);
  });
  const all = lines.flat();
  return (
    lines.length > 0 &&
    lines.every((line) => line.length === REELS) &&
    Math.min(...all) === 1 &&
    Math.max(...all) === ROWS
  );
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
