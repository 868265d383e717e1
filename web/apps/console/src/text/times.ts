/** Seconds as `4:31` or `1:02:09`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clocks = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const shortClocks = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** Date and time. */
export const momentText = (ms: number): string => moments.format(ms);
/** The time of day with seconds. */
export const clockText = (ms: number): string => clocks.format(ms);
/** The time of day without seconds. */
export const shortClockText = (ms: number): string => shortClocks.format(ms);
