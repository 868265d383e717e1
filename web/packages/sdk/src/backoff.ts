/**
 * Exponential back-off with full jitter: a random part of a span that doubles up to a cap.
 * It spreads the clients of a restarted server over time better than a fixed delay with some noise.
 */
export class Backoff {
  private attempt = 0;

  /** `random` gives a number from 0 to below 1. */
  constructor(
    private readonly initialMs: number,
    private readonly capMs: number,
    private readonly random: () => number,
  ) {}

  /** The next delay in milliseconds. */
  next(): number {
    const span = Math.min(this.capMs, this.initialMs * 2 ** Math.min(this.attempt, 32));
    this.attempt += 1;
    return this.random() * span;
  }

  /** Start again from the shortest span. */
  reset(): void {
    this.attempt = 0;
  }
}
