import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from './bytes';
import type { Boards } from './plinko';
import type { KnownRules } from './rules';

// A version of an instant game for a return that an operator chose is numbered by the rules that it
// was made from and by that return, so nothing else is needed to play its rounds again
// (docs/fairness.md).

/** A version's number is so many times that of the rules, and the return in steps. */
const SHIFT = 100_000;
/** Returns are whole numbers of one part in so many. */
const STEPS = 10_000;
const LEAST = 9_000;

/** The number of the rules that a version was made from; 0 where it was made from none. */
export function rulesOfVersion(version: number): number {
  return Math.floor(version / SHIFT);
}

/** The rules of a version made from those that are known, or undefined if there is none. */
export function withReturn(base: KnownRules, version: number): KnownRules | undefined {
  const steps = version % SHIFT;
  if (steps < LEAST || steps > STEPS) return undefined;
  const chosen = reduced(steps, STEPS);
  const text = `croupier/return/1:${base.digest}:${(steps / STEPS).toFixed(4)}`;
  const digest = toHex(sha256(new TextEncoder().encode(text)));
  const { dice, field, hiLo, plinko, targets } = base;
  const own = (dice ?? field ?? hiLo ?? plinko ?? targets)?.return;
  if (own === undefined || String(own) === String(chosen)) return undefined;
  if (dice !== undefined) return { digest, dice: { ...dice, return: chosen } };
  if (field !== undefined) return { digest, field: { ...field, return: chosen } };
  if (hiLo !== undefined) return { digest, hiLo: { ...hiLo, return: chosen } };
  if (targets !== undefined) return { digest, targets: { ...targets, return: chosen } };
  return plinko && { digest, plinko: scaled(plinko, chosen) };
}

function reduced(numerator: number, denominator: number): readonly number[] {
  let [divisor, rest] = [denominator, numerator];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return [numerator / divisor, denominator / divisor];
}

/** Every multiplier times the return over the greater of what the boards are made for and theirs. */
function scaled(boards: Boards, chosen: readonly number[]): Boards {
  const [over = 0n, under = 1n] = chosen.map(BigInt);
  const [tableOver = 0n, tableUnder = 1n] = boards.return.map(BigInt);
  const slots = Object.entries(boards.slots).map(([bet, multipliers]) => {
    const hundred = 100n << BigInt(multipliers.length - 1);
    const total = weighed(multipliers);
    const isAbove = total * tableUnder > tableOver * hundred;
    const [most, unit] = isAbove ? [total, hundred] : [tableOver, tableUnder];
    const parts = multipliers.map((each) => {
      return Number((BigInt(each) * over * unit) / (under * most));
    });
    return [bet, parts] as const;
  });
  return { ...boards, return: chosen, slots: Object.fromEntries(slots) };
}

/** Hundredths of all ways together; C(n, k) ways lead to slot k. */
function weighed(multipliers: readonly number[]): bigint {
  const rows = multipliers.length - 1;
  let ways = 1n;
  let total = 0n;
  for (const [slot, each] of multipliers.entries()) {
    total += ways * BigInt(each);
    ways = (ways * BigInt(rows - slot)) / BigInt(slot + 1);
  }
  return total;
}
