// A WebSocket in memory, and the gateway at its other end: no network, no port.

import type { WebSocketLike } from '../src/index';

type Listener = (event: never) => void;

/** A WebSocket whose other end the test holds. */
export class FakeSocket implements WebSocketLike {
  binaryType = 'blob';
  readyState = 0;
  protocol = '';
  /** What the client sent and nobody looked at yet. */
  readonly sent: unknown[] = [];
  private readonly listeners = new Map<string, Listener[]>();

  constructor(
    readonly url: string,
    readonly offered: readonly string[],
  ) {}

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  send(data: unknown): void {
    if (this.readyState !== 1) throw new Error('sent on a socket that is not open');
    this.sent.push(data);
  }

  close(code = 1005): void {
    // As in a browser, "close" comes when the other side has answered.
    queueMicrotask(() => this.end(code));
  }

  /** Take the connection, as a gateway does that speaks what was offered. */
  open(protocol = this.offered[0] ?? ''): void {
    this.protocol = protocol;
    this.readyState = 1;
    this.tell('open', {});
  }

  /** Hand a frame to the client. */
  deliver(data: unknown): void {
    if (this.readyState === 1) this.tell('message', { data });
  }

  /** End the connection: with a code, or 1006 for one that breaks. */
  end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.tell('close', { code, reason: '' });
  }

  private tell(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) listener(event as never);
  }
}

/** Sockets as they are made, for the test to take. */
export class FakeNetwork {
  readonly waiting: FakeSocket[] = [];
  readonly make: new (
    url: string,
    protocols: string[],
  ) => FakeSocket;

  constructor() {
    const { waiting } = this;
    this.make = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        waiting.push(this);
      }
    };
  }

  /** The next connection, opened. */
  async accept(): Promise<FakeSocket> {
    const socket = await eventually(() => this.waiting.shift());
    socket.open();
    return socket;
  }
}

/** Wait until something is there that no event tells of. */
export async function eventually<Value>(
  condition: () => Value | undefined | false,
  withinMs = 3_000,
): Promise<Value> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const found = condition();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it did not come in time');
}
