import type { CurrencyOffer, GameOffer, TableTerms } from '../types';

/** The clocks of a table; the form shows seconds, the server counts milliseconds. */
export const CLOCKS = [
  'betting_ms',
  'draw_ms',
  'decision_ms',
  'result_ms',
  'seat_hold_ms',
] as const;

export type TermsName = 'minimum' | 'maximum' | 'seats' | (typeof CLOCKS)[number];

/** What a table takes, as it stands in a form. */
export type TermsText = Readonly<Record<TermsName, string>>;

/** What the form begins with for a game in a currency. */
export function usual(game: GameOffer, currency: CurrencyOffer): TermsText {
  return textOf({ ...game, minimum: currency.minimum, maximum: currency.maximum });
}

/** What a table takes, as text. */
export function textOf(terms: Pick<TableTerms, TermsName>): TermsText {
  return {
    minimum: terms.minimum,
    maximum: terms.maximum,
    seats: String(terms.seats),
    betting_ms: secondsText(terms.betting_ms),
    decision_ms: secondsText(terms.decision_ms),
    result_ms: secondsText(terms.result_ms),
    seat_hold_ms: secondsText(terms.seat_hold_ms),
    draw_ms: terms.draw_ms === null ? '' : secondsText(terms.draw_ms),
  };
}

/** What stays as it was typed, and what becomes usual at another game or in another currency. */
export function retyped(
  text: TermsText,
  before: TermsText | undefined,
  after: TermsText,
): TermsText {
  const kept = Object.entries(text).filter(
    ([name, value]) => before !== undefined && value !== before[name as TermsName],
  );
  return { ...after, ...Object.fromEntries(kept) };
}

/** What the server is told. What is no number goes as it is: the server says what is wrong. */
export function said(text: TermsText): Partial<Record<TermsName, string | number>> {
  return {
    ...(text.draw_ms.trim() === '' ? {} : { draw_ms: milliseconds(text.draw_ms) }),
    minimum: text.minimum.trim(),
    maximum: text.maximum.trim(),
    seats: /^\d{1,6}$/.test(text.seats.trim()) ? Number(text.seats) : text.seats,
    betting_ms: milliseconds(text.betting_ms),
    decision_ms: milliseconds(text.decision_ms),
    result_ms: milliseconds(text.result_ms),
    seat_hold_ms: milliseconds(text.seat_hold_ms),
  };
}

function secondsText(ms: number): string {
  return String(ms / 1000);
}

function milliseconds(text: string): string | number {
  return /^\d{1,8}(\.\d{1,3})?$/.test(text.trim()) ? Math.round(Number(text) * 1000) : text;
}
