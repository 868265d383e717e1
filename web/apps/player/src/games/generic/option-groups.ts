import type { Option } from '@croupier/protocol';
import { partsOf } from './names';

/** Decisions that belong together, and how they are offered. */
export type OptionGroup =
  | { readonly kind: 'buttons'; readonly options: readonly Option[] }
  | {
      /** One decision for every subset of some places, such as the cards to hold. */
      readonly kind: 'subsets';
      readonly stem: string;
      readonly places: readonly number[];
      /** The decision of a subset, by `keyOf`. */
      readonly decisions: ReadonlyMap<string, Option>;
    }
  | {
      /** One decision for each of many numbers, such as a field to open. */
      readonly kind: 'numbers';
      readonly stem: string;
      readonly decisions: ReadonlyMap<number, Option>;
    };

const LEAST_NUMBERS = 6;
/** What an empty subset may be called, behind the stem or by itself. */
const NOTHING = /^(?:(?:hold|keep)-(?:none|nothing)|discard-all|draw-all)$/;

interface Named {
  readonly option: Option;
  readonly numbers: readonly number[];
}

/** Sort the decisions of a step into groups; those of no pattern stay in the order of the server. */
export function groupsOf(options: readonly Option[]): readonly OptionGroup[] {
  const stems = new Map<string, Named[]>();
  for (const option of options) {
    const { stem, numbers, decimal } = partsOf(option.action);
    const named = { option, numbers };
    if (!decimal) stems.set(stem, [...(stems.get(stem) ?? []), named]);
  }
  const groups: OptionGroup[] = [];
  const taken = new Set<Option>();
  for (const [stem, named] of stems) {
    const group = subsetsOf(stem, named, options) ?? numbersOf(stem, named);
    if (group === undefined) continue;
    groups.push(group);
    for (const option of group.decisions.values()) taken.add(option);
  }
  const rest = options.filter((option) => !taken.has(option));
  return rest.length > 0 ? [...groups, { kind: 'buttons', options: rest }] : groups;
}

/** The key of a subset: its places, ascending. */
export function keyOf(places: Iterable<number>): string {
  return [...places].sort((one, other) => one - other).join('-');
}

function subsetsOf(
  stem: string,
  named: readonly Named[],
  options: readonly Option[],
): Extract<OptionGroup, { kind: 'subsets' }> | undefined {
  const places = [...new Set(named.flatMap(({ numbers }) => numbers))].sort((a, b) => a - b);
  if (places.length < 2 || places.length > 10) return undefined;
  const decisions = new Map(named.map(({ option, numbers }) => [keyOf(numbers), option]));
  if (decisions.size !== named.length) return undefined;
  if (!decisions.has('')) {
    const nothing = options.find(({ action }) => {
      return action === `${stem}-none` || NOTHING.test(action);
    });
    if (nothing !== undefined) decisions.set('', nothing);
  }
  const all = 2 ** places.length;
  if (decisions.size !== all && decisions.size !== all - 1) return undefined;
  return { kind: 'subsets', stem, places, decisions };
}

function numbersOf(
  stem: string,
  named: readonly Named[],
): Extract<OptionGroup, { kind: 'numbers' }> | undefined {
  if (named.length < LEAST_NUMBERS) return undefined;
  // A number that costs its own amount is a stake, and is told in full on a button of its own.
  if (named.some(({ option, numbers }) => numbers.length !== 1 || option.stake > 0)) {
    return undefined;
  }
  const decisions = new Map(named.map(({ option, numbers }) => [numbers[0] ?? 0, option]));
  return { kind: 'numbers', stem, decisions };
}

/** The numbers that the game's own list of decisions names behind a stem. */
export function knownNumbers(actions: readonly string[], stem: string): readonly number[] {
  return actions.flatMap((action) => {
    const { stem: other, numbers } = partsOf(action);
    return other === stem && numbers.length === 1 ? numbers : [];
  });
}

/** A square board has as many columns as rows; anything else takes what room there is. */
export function columnsOf(count: number): number | undefined {
  const side = Math.round(Math.sqrt(count));
  return side >= 3 && side <= 10 && side * side === count ? side : undefined;
}
