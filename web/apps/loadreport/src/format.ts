/** How figures are written. */

const LOCALE = 'en';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const NOTHING = '–';

/** A count, or a rounded figure. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : whole.format(value);
}

/** A figure with as many digits as say something. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(value);
}

/** A duration in milliseconds. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return value >= 10_000 ? `${figure(value / 1000)} s` : `${figure(value)} ms`;
}

/** A time on the axis: seconds from the first bet. */
export function seconds(value: number): string {
  return `${figure(Math.round(value * 10) / 10 + 0)} s`;
}

/** A share as a percentage. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : `${figure(value * 100)} %`;
}

/** Bytes in the unit that fits. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${figure(size)} ${units[unit] ?? ''}`;
}

/** An amount of minor units; without the currency's digits they are called that. */
export function money(minor: number, currency?: string, exponent?: number | null): string {
  if (currency === undefined || exponent === undefined || exponent === null) {
    return `${whole.format(minor)} minor units`;
  }
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const split = digits.length - exponent;
  const text = `${minor < 0 ? '-' : ''}${digits.slice(0, split)}.${digits.slice(split)}0`;
  return new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  }).format(text as `${number}`);
}

/** A moment, in the reader's own time zone and named as such. */
export function moment(sinceEpochMs: number): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'long' }).format(
    sinceEpochMs,
  );
}

/** What one figure is of another, such as ×1.25. */
export function ratio(first: number | null, second: number | null): string {
  if (first === null || second === null || first === 0) {
    return first === 0 && second === 0 ? '×1' : NOTHING;
  }
  const value = second / first;
  return `×${value >= 100 ? whole.format(value) : value.toFixed(2)}`;
}

/** The name of a percentile: `p999` is written p99.9. */
export function percentileName(name: string): string {
  const digits = name.slice(1);
  return /^p\d{3,}$/.test(name) ? `p${digits.slice(0, 2)}.${digits.slice(2)}` : name;
}
