/** What an amount is counted in: the ISO 4217 code, and the digits behind the decimal point. */
export interface Currency {
  readonly code: string;
  readonly exponent: number;
}

/** Which sign is written: that of negative amounts only, or that of all but zero. */
export type SignDisplay = 'auto' | 'exceptZero';

const formatters = new Map<string, Intl.NumberFormat>();

/**
 * Write an amount of whole minor units for reading, with the digits that the session names.
 *
 * The digits are placed by hand and handed to `Intl` as a decimal string, so that no amount is
 * ever rounded by a floating-point division.
 */
export function formatMoney(
  minor: number,
  currency: Currency,
  locale?: string,
  sign: SignDisplay = 'auto',
): string {
  if (!Number.isSafeInteger(minor)) return '–';
  return formatter(currency, locale, sign).format(decimalString(minor, currency.exponent));
}

/** Write whole minor units as a decimal string of major units: 1234, 2 → "12.34". */
export function decimalString(minor: number, exponent: number): `${number}` {
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const part = exponent > 0 ? `.${digits.slice(digits.length - exponent)}` : '';
  return `${minor < 0 ? '-' : ''}${whole}${part}` as `${number}`;
}

function formatter(currency: Currency, locale: string | undefined, sign: SignDisplay) {
  const key = `${locale ?? ''}|${currency.code}|${currency.exponent}|${sign}`;
  let found = formatters.get(key);
  if (found === undefined) {
    found = make(currency, locale, sign);
    formatters.set(key, found);
  }
  return found;
}

function make(currency: Currency, locale: string | undefined, sign: SignDisplay) {
  const digits = {
    minimumFractionDigits: currency.exponent,
    maximumFractionDigits: currency.exponent,
    signDisplay: sign,
  } as const;
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: currency.code,
      currencyDisplay: 'narrowSymbol',
      ...digits,
    });
  } catch {
    // A code that the browser refuses: the bare number is still right.
    return new Intl.NumberFormat(locale, digits);
  }
}
