/** How far along a movement is: from 0 to 1, for time from 0 to 1. */
export type Easing = (time: number) => number;

/** Fast at first, then slower. */
export const easeOut: Easing = (time) => 1 - (1 - time) ** 3;

/** Slow at both ends. */
export const easeInOut: Easing = (time) =>
  time < 0.5 ? 4 * time ** 3 : 1 - (-2 * time + 2) ** 3 / 2;

/** Goes a little beyond the end, and comes back. */
export const easeOutBack: Easing = (time) => 1 + 2.2 * (time - 1) ** 3 + 1.2 * (time - 1) ** 2;

interface Running {
  readonly duration: number;
  readonly step: (progress: number) => void;
  readonly done: () => void;
  elapsed: number;
}

/**
 * Movements that a ticker drives: no clock and no timer of their own, so a test moves time.
 */
export class Tweens {
  private running: Running[] = [];

  /** Whether anything moves. */
  get busy(): boolean {
    return this.running.length > 0;
  }

  /** Call `step` with 0 to 1 over so many milliseconds; resolves at the end or at `finish`. */
  run(duration: number, step: (progress: number) => void, easing: Easing = easeOut) {
    return new Promise<void>((resolve) => {
      if (duration <= 0) {
        step(1);
        resolve();
        return;
      }
      step(easing(0));
      this.running.push({
        duration,
        elapsed: 0,
        step: (progress) => step(easing(progress)),
        done: resolve,
      });
    });
  }

  /** Resolve after so many milliseconds of ticker time. */
  wait(duration: number): Promise<void> {
    return this.run(duration, () => undefined);
  }

  /** Let so many milliseconds pass. */
  tick(milliseconds: number): void {
    const due: Running[] = [];
    for (const tween of this.running) {
      tween.elapsed += milliseconds;
      tween.step(Math.min(1, tween.elapsed / tween.duration));
      if (tween.elapsed >= tween.duration) due.push(tween);
    }
    this.running = this.running.filter((tween) => !due.includes(tween));
    for (const tween of due) tween.done();
  }

  /** Bring everything to its end at once. */
  finish(): void {
    const all = this.running;
    this.running = [];
    for (const tween of all) {
      tween.step(1);
      tween.done();
    }
  }
}
