import type { Policy } from './policy';
import type { Socket } from './socket';

/** Pings where nothing was sent or heard for a while, and drops a connection that stays silent. */
export class Liveness {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pingedAt = Number.NEGATIVE_INFINITY;
  private readonly intervalMs: number;

  /** `ping` sends one; the answer, like anything else, counts as heard. */
  constructor(
    private readonly socket: Socket,
    private readonly policy: Policy,
    serverIntervalMs: number,
    private readonly ping: () => void,
  ) {
    const { pingIntervalMs } = policy;
    this.intervalMs = Math.min(serverIntervalMs || pingIntervalMs, pingIntervalMs);
    this.check();
  }

  /** Stop for good. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pingedAt = Number.POSITIVE_INFINITY;
  }

  /** Find out at once whether the connection still lives: the page slept, or the network changed. */
  wake(): void {
    if (this.pingedAt === Number.POSITIVE_INFINITY) return;
    const longest = this.policy.pingIntervalMs + this.policy.pongTimeoutMs;
    if (performance.now() - this.socket.heardAt > longest) {
      this.socket.abort('nothing was heard while the page slept');
      return;
    }
    if (this.pingedAt <= this.socket.heardAt) this.pingNow();
    this.checkIn(this.policy.pongTimeoutMs);
  }

  private check(): void {
    const now = performance.now();
    const { heardAt, sentAt } = this.socket;
    let due: number;
    if (this.pingedAt > heardAt) {
      due = this.pingedAt + this.policy.pongTimeoutMs;
      if (now >= due) {
        this.socket.abort('no answer to a ping');
        return;
      }
    } else {
      due = Math.min(sentAt, heardAt) + this.intervalMs;
      if (due <= now) {
        this.pingNow();
        due = now + Math.min(this.policy.pongTimeoutMs, this.intervalMs);
      }
    }
    this.checkIn(due - now);
  }

  private pingNow(): void {
    this.pingedAt = performance.now();
    this.ping();
  }

  private checkIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), Math.max(10, milliseconds));
  }
}
