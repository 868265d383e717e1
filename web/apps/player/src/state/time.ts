/** A span of time as hours, minutes and seconds: 1:02:03. Never negative. */
export function elapsedText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Minutes that our clock is off by, where that is enough to tell; 0 otherwise. */
export function clockErrorMinutes(offsetMs: number): number {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return minutes >= 2 ? minutes : 0;
}

/** A moment of the server's clock, for reading. */
export function momentText(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}
