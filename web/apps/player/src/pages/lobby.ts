import type { LobbyGame } from '@croupier/protocol';

/** Games whose title or name holds every word that is looked for, without regard to case. */
export function found(games: readonly LobbyGame[], query: string): readonly LobbyGame[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return games.filter((game) => {
    const text = plain(`${game.description.title} ${game.game}`);
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
