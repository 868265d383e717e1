import { describe, expect, it } from 'vitest';
import { retyped, said, usual } from '../src/state/terms';
import type { CurrencyOffer, GameOffer } from '../src/types';

const ROULETTE: GameOffer = {
  name: 'roulette',
  title: 'European roulette',
  style: 'window',
  seats_max: 500,
  seats: 50,
  betting_ms: 15_000,
  decision_ms: 15_000,
  result_ms: 2_500,
  seat_hold_ms: 60_000,
  draw_ms: 3_000,
};
const BLACKJACK: GameOffer = { ...ROULETTE, name: 'blackjack', seats: 7, result_ms: 5_000 };
const EUR: CurrencyOffer = { code: 'EUR', exponent: 2, minimum: '0.10', maximum: '500.00' };
const JPY: CurrencyOffer = { code: 'JPY', exponent: 0, minimum: '10', maximum: '50000' };

describe('what a table takes, in a form', () => {
  it('begins with what is usual, in seconds and in the units of the currency', () => {
    expect(usual(ROULETTE, JPY)).toMatchObject({
      minimum: '10',
      maximum: '50000',
      seats: '50',
      betting_ms: '15',
      result_ms: '2.5',
    });
  });

  it('follows another game or currency, except in what was typed', () => {
    const before = usual(ROULETTE, EUR);
    const typed = { ...before, betting_ms: '20', minimum: '1.00' };
    const after = retyped(typed, before, usual(BLACKJACK, JPY));
    expect(after).toMatchObject({
      minimum: '1.00',
      maximum: '50000',
      seats: '7',
      betting_ms: '20',
      result_ms: '5',
    });
  });

  it('is told in milliseconds and whole seats', () => {
    expect(said({ ...usual(ROULETTE, EUR), betting_ms: ' 7.25 ', seats: '12' })).toEqual({
      minimum: '0.10',
      maximum: '500.00',
      seats: 12,
      betting_ms: 7_250,
      decision_ms: 15_000,
      result_ms: 2_500,
      seat_hold_ms: 60_000,
      draw_ms: 3_000,
    });
  });

  it('does not tell of a pause before the draw that is left empty', () => {
    expect(said({ ...usual(ROULETTE, EUR), draw_ms: ' ' })).not.toHaveProperty('draw_ms');
    expect(said({ ...usual(ROULETTE, EUR), draw_ms: '0' })).toHaveProperty('draw_ms', 0);
  });

  it('leaves it to the server to refuse what is no number', () => {
    const odd = said({
      ...usual(ROULETTE, EUR),
      seats: 'seven',
      betting_ms: '1,5',
      minimum: '0,5',
    });
    expect(odd).toMatchObject({ seats: 'seven', betting_ms: '1,5', minimum: '0,5' });
  });
});
