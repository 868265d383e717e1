/** 2^(second/10) in millionths, rounded down. */
const STEPS = [
  1_000_000, 1_071_773, 1_148_698, 1_231_144, 1_319_507, 1_414_213, 1_515_716, 1_624_504, 1_741_101,
  1_866_065, 2_000_000,
];
const DOUBLING_MS = 10_000;
const MAXIMUM = 1_000_000;
/** By this millisecond the maximum has been reached. */
const LONGEST_MS = 140_000;

/**
 * The multiplier of a rising round in hundredths, at a whole millisecond since it stood at 1.00. A
 * pure function of the time with whole numbers below 2^53, so every client shows the same
 * (`games/instant/curve.py`).
 */
export function multiplierAt(milliseconds: number): number {
  if (milliseconds >= LONGEST_MS) return MAXIMUM;
  const doublings = Math.floor(milliseconds / DOUBLING_MS);
  const rest = milliseconds % DOUBLING_MS;
  const second = Math.floor(rest / 1_000);
  const [low = 0, high = 0] = STEPS.slice(second, second + 2);
  const height = low * 1_000 + (high - low) * (rest % 1_000);
  return Math.min(MAXIMUM, Math.floor((height * 2 ** doublings) / 10_000_000));
}
