import { InputsError } from './replay';

/** Stake times parts over unit, rounded down; exact, however long the product is. */
export function times(stake: number, parts: number, unit = 1): number {
  return amount((BigInt(stake) * BigInt(parts)) / BigInt(unit));
}

/** A whole number as a double, which must hold it exactly. */
export function amount(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new InputsError(`${value} is no amount`);
  return Number(value);
}

/** A multiplier in parts of 1/scale, a power of ten, as a decimal: 200 hundredths are `2.00`. */
export function written(parts: number, scale = 100): string {
  const places = String(scale).length - 1;
  return `${Math.floor(parts / scale)}.${String(parts % scale).padStart(places, '0')}`;
}

/** `1 bet`, `2 bets`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
