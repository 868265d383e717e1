import { easeOutBack } from './tween';

/** What a reel is doing. */
export type ReelPhase = 'resting' | 'spinning' | 'stopping';

/** Rows a second at full speed. */
const SPEED = 24;
/** Milliseconds from rest to full speed. */
const ACCELERATION = 120;
/** Milliseconds of the last rows. */
const LANDING = 380;

/**
 * Where a reel is, in rows rolled since it last rested. Pure: time goes in, a position comes out.
 *
 * Between `spin` and `stop` it rolls on without end, since the outcome decides when it may stop;
 * `stop` rolls exactly `landing` further rows, the last of which are the outcome.
 */
export class ReelMotion {
  private phase_: ReelPhase = 'resting';
  private elapsed = 0;
  private from = 0;
  private target = 0;
  private position_ = 0;

  /** What it is doing. */
  get phase(): ReelPhase {
    return this.phase_;
  }

  /** Rows rolled since the last rest. */
  get position(): number {
    return this.position_;
  }

  /** Begin to roll. */
  spin(): void {
    if (this.phase_ === 'spinning') return;
    this.phase_ = 'spinning';
    this.elapsed = 0;
    this.position_ = 0;
  }

  /** Land so many rows past the next whole row; returns the position where it will rest. */
  stop(landing: number): number {
    this.from = this.position_;
    this.target = Math.ceil(this.position_) + landing;
    this.elapsed = 0;
    this.phase_ = 'stopping';
    return this.target;
  }

  /** Rest at once. */
  rest(): void {
    this.phase_ = 'resting';
    this.position_ = 0;
  }

  /** Let time pass; returns whether it has just come to rest. */
  tick(milliseconds: number): boolean {
    if (this.phase_ === 'resting') return false;
    this.elapsed += milliseconds;
    if (this.phase_ === 'spinning') {
      const speed = SPEED * Math.min(1, 0.35 + this.elapsed / ACCELERATION);
      this.position_ += (speed * milliseconds) / 1000;
      return false;
    }
    const time = Math.min(1, this.elapsed / LANDING);
    this.position_ = this.from + (this.target - this.from) * easeOutBack(time);
    if (time < 1) return false;
    this.position_ = this.target;
    this.phase_ = 'resting';
    return true;
  }
}
