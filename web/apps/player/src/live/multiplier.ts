import { multiplierAt } from '@croupier/sdk';

/** The multiplier at a time of a rising round, for reading: `3.07×`. */
export function multiplierText(milliseconds: number): string {
  const hundredths = multiplierAt(Math.max(0, Math.floor(milliseconds)));
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}×`;
}

/** The target that rides until the player says so. */
export const HIGHEST_TARGET = '10000.00';

/**
 * The multiplier that a player typed, as bets name it: `2` gives `2.00`. Nothing typed rides to the
 * highest; undefined for what is no multiplier from 1.01 to 10,000.
 */
export function targetOf(typed: string): string | undefined {
  const text = typed.trim().replace(',', '.').replace(/[x×]$/i, '').trim();
  if (text === '') return HIGHEST_TARGET;
  const match = /^(\d{1,5})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const whole = Number(match[1]);
  const cents = (match[2] ?? '').padEnd(2, '0');
  const hundredths = whole * 100 + Number(cents);
  return hundredths >= 101 && hundredths <= 1_000_000 ? `${whole}.${cents}` : undefined;
}
