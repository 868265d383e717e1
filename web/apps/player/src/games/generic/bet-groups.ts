import type { Choice } from '@croupier/protocol';
import { partsOf } from './names';

/** Bets of one kind, as a game offers them. */
export interface BetGroup {
  readonly name: string;
  readonly choices: readonly Choice[];
  /** What each of them pays, where it is the same for all. */
  readonly pays: string | undefined;
  /** How wide a button has to be. */
  readonly size: 'number' | 'word' | 'words';
}

/** The kinds of bets of a game, in its own order. */
export function groupsOf(choices: readonly Choice[]): readonly BetGroup[] {
  const names = [...new Set(choices.map((choice) => choice.group))];
  return names.map((name) => {
    return groupOf(
      name,
      choices.filter((choice) => choice.group === name),
    );
  });
}

function groupOf(name: string, choices: readonly Choice[]): BetGroup {
  const pays = new Set(choices.map((choice) => choice.pays));
  const [only] = pays;
  const same = choices.length > 1 && pays.size === 1 && only !== '' ? only : undefined;
  return { name, choices, pays: same, size: sizeOf(choices, same !== undefined) };
}

function sizeOf(choices: readonly Choice[], samePays: boolean): BetGroup['size'] {
  const label = Math.max(...choices.map((choice) => choice.label.length));
  const pays = samePays ? 0 : Math.max(...choices.map((choice) => choice.pays.length));
  if (label <= 4 && pays <= 6) return 'number';
  return label <= 14 && pays <= 14 ? 'word' : 'words';
}

/** The bets that hold every word that is looked for, in their kind, label or name. */
export function found(choices: readonly Choice[], query: string): readonly Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return choices.filter((choice) => {
    const text = `${choice.group} ${choice.label} ${choice.bet}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The full name of a bet for reading; a bet that is not offered goes by its name. */
export function fullName(choices: readonly Choice[], bet: string): string {
  const choice = choices.find((one) => one.bet === bet);
  if (choice === undefined) return bet;
  const { group, label } = choice;
  return group === '' || label.toLowerCase().includes(group.toLowerCase())
    ? label
    : `${group} ${label}`;
}

/** A bet whose parameters the player chooses: any number, or a set of whole numbers. */
export type OpenBet =
  | { readonly form: 'name'; readonly example: string }
  | {
      readonly form: 'numbers';
      readonly stem: string;
      /** The highest number and the longest set that the presets show. */
      readonly highest: number;
      readonly most: number;
    };

/** Fewer numbers in one name are a bet of a layout, such as a corner. */
const LONG_SET = 5;

/**
 * What more than the presets a game takes, as far as their names tell: a decimal stands for any other
 * decimal, and sets of numbers of different lengths for any other set.
 */
export function openBets(choices: readonly Choice[]): readonly OpenBet[] {
  const stems = new Map<string, { bet: string; numbers: readonly number[]; decimal: boolean }[]>();
  for (const { bet } of choices) {
    const { stem, numbers, decimal } = partsOf(bet);
    if (numbers.length > 0)
      stems.set(stem, [...(stems.get(stem) ?? []), { bet, numbers, decimal }]);
  }
  return [...stems].flatMap(([stem, bets]): OpenBet[] => {
    const decimal = bets.find((one) => one.decimal);
    if (decimal !== undefined) return [{ form: 'name', example: decimal.bet }];
    const lengths = new Set(bets.map(({ numbers }) => numbers.length));
    const most = Math.max(...lengths);
    if (lengths.size < 2 || most < LONG_SET) return [];
    const highest = Math.max(...bets.flatMap(({ numbers }) => numbers));
    return [{ form: 'numbers', stem, highest, most }];
  });
}

/** How many numbers a set is drawn from: what the name of the game says (`keno-80-20`), or the presets. */
export function rangeOf(game: string, highest: number): number {
  const named = partsOf(game).numbers[0] ?? 0;
  return named >= highest && named <= 100 ? named : highest;
}

/** The name of a bet on a set of numbers. */
export function setName(stem: string, numbers: ReadonlySet<number>): string {
  return [stem, ...[...numbers].sort((one, other) => one - other)].join('-');
}

/** Whether a text can be the name of a bet at all; what is one, only the server knows. */
export function canBeName(text: string): boolean {
  return /^[a-z][a-z0-9.-]{0,127}$/.test(text);
}
