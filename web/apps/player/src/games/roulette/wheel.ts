/** The order of the pockets on a European wheel; for the drawing only. */
export const WHEEL: readonly number[] = [
  0, 32, 15, 19, 4, 21, 2, 25, 17, 34, 6, 27, 13, 36, 11, 30, 8, 23, 10, 5, 24, 16, 33, 1, 20, 14,
  31, 9, 22, 18, 29, 7, 28, 12, 35, 3, 26,
];

/** Degrees of one pocket. */
export const POCKET = 360 / WHEEL.length;

/** The turn, in degrees, that brings a number to the top after some further whole turns. */
export function turnTo(number: number, from: number, turns: number): number {
  const place = WHEEL.indexOf(number);
  const rest = (((-place * POCKET) % 360) + 360) % 360;
  const whole = Math.ceil(from / 360) + turns;
  return whole * 360 + rest;
}
