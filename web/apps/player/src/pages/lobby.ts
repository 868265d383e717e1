import type { Description, LobbyGame } from '@croupier/protocol';
import { viewFor } from '../games/views';
import { t } from '../text/t';

/** What kinds of games the lobby tells apart, in its order. */
export const CATEGORIES = [
  'slots',
  'wheels',
  'cards',
  'poker',
  'dice',
  'instant',
  'other',
] as const;

/** A kind of game. Decides only where a game is found and how its card is drawn. */
export type Category = (typeof CATEGORIES)[number];

/** Words in the names of games, as the trade has them. The first kind with one of them counts. */
const WORDS: readonly (readonly [Category, RegExp])[] = [
  ['poker', /jacks|deuces|joker|video-poker|-or-better/],
  ['cards', /blackjack|baccarat|casino-war|poker|pontoon|red-dog|punto/],
  ['wheels', /roulette|big-six|wheel/],
  ['dice', /craps|sic-bo|keno|bingo|lotto/],
  ['instant', /crash|limbo|^dice|mines|plinko|hi-lo|hilo|tower/],
  ['slots', /slot|reels/],
];

/** A row of a slot's pay table: a symbol so many times. */
const RUN = /\bx [2-9]$/;

/** The kind of a game: by its form where that tells, else by its name. */
export function categoryOf(description: Description): Category {
  const view = viewFor(description);
  if (view === 'slot') return 'slots';
  if (view === 'roulette') return 'wheels';
  const named = WORDS.find(([, words]) => words.test(description.game));
  if (named !== undefined) return named[0];
  const runs = description.paytable.filter(([combination]) => RUN.test(combination));
  return description.stake_form === 'one' && runs.length >= 3 ? 'slots' : 'other';
}

/** The games by their kind, in the order of the lobby; kinds without a game are left out. */
export function byCategory(games: readonly LobbyGame[]) {
  const kinds = new Map(games.map((game) => [game.game, categoryOf(game.description)]));
  return CATEGORIES.flatMap((category) => {
    const among = games.filter((game) => kinds.get(game.game) === category);
    return among.length > 0 ? [{ category, games: among }] : [];
  });
}

/** Games whose title, name or kind holds every word that is looked for, without regard to case. */
export function found(games: readonly LobbyGame[], query: string): readonly LobbyGame[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return games.filter((game) => {
    const kind = t(`lobby.kind.${categoryOf(game.description)}`);
    const text = plain(`${game.description.title} ${game.game} ${kind}`);
    return words.every((word) => text.includes(word));
  });
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}

/** The games of these names, in the order of the names; unknown names are left out. */
export function named(games: readonly LobbyGame[], names: readonly string[]) {
  return names.flatMap((name) => games.find((game) => game.game === name) ?? []);
}

/** A published return such as 0.973 as a percentage, cut rather than rounded up. */
export function percentOf(decimal: string): string {
  const match = /^([01])\.(\d*)$/.exec(decimal);
  if (match === null) return decimal;
  const digits = `${match[1]}${(match[2] ?? '').padEnd(4, '0')}`;
  return `${Number(digits.slice(0, 3))}.${digits.slice(3, 5)} %`;
}
