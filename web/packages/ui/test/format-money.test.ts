import { describe, expect, it } from 'vitest';
import { decimalString, formatMoney } from '../src/format-money';

const EURO = { code: 'EUR', exponent: 2 };

describe('amounts', () => {
  it('puts the point where the exponent says', () => {
    expect(decimalString(1234, 2)).toBe('12.34');
    expect(decimalString(5, 2)).toBe('0.05');
    expect(decimalString(-5, 2)).toBe('-0.05');
    expect(decimalString(1234, 0)).toBe('1234');
    expect(decimalString(1, 8)).toBe('0.00000001');
  });

  it('keeps every digit of the largest amount', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, EURO, 'en')).toBe('€90,071,992,547,409.91');
  });

  it('follows the exponent of the session rather than that of the currency', () => {
    expect(formatMoney(1500, { code: 'JPY', exponent: 0 }, 'en')).toBe('¥1,500');
    expect(formatMoney(1500, { code: 'KWD', exponent: 3 }, 'en')).toContain('1.500');
  });

  it('shows a sign where it is asked for one', () => {
    expect(formatMoney(150, EURO, 'en', 'exceptZero')).toBe('+€1.50');
    expect(formatMoney(-150, EURO, 'en')).toBe('-€1.50');
    expect(formatMoney(0, EURO, 'en', 'exceptZero')).toBe('€0.00');
  });

  it('shows no number for what is not an amount, and survives an unknown currency', () => {
    expect(formatMoney(Number.NaN, EURO, 'en')).toBe('–');
    expect(formatMoney(0.5, EURO, 'en')).toBe('–');
    expect(formatMoney(150, { code: '?', exponent: 2 }, 'en')).toBe('1.50');
  });
});
