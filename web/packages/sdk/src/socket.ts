import type { Wire } from './codec';

/** The part of a browser's WebSocket that the client uses. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  send(data: Wire): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** Makes WebSockets: a browser's own, or something of the same form. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** The connection broke without a close frame. Never on the wire. */
export const ABNORMAL = 1006;

const OPEN = 1;

/** What the owner of a socket is told. `closed` comes exactly once, the others never after it. */
export interface SocketOwner {
  opened(protocol: string): void;
  received(data: unknown): void;
  closed(code: number, reason: string): void;
}

/** One connection. A browser cannot cut one off, so `abort` leaves it to die unheard. */
export class Socket {
  /** When the last frame was sent, and when anything was last heard, on the monotonic clock. */
  sentAt = performance.now();
  heardAt = this.sentAt;
  private readonly socket: WebSocketLike;
  private owner: SocketOwner | undefined;

  /** Begin to connect. Throws what the constructor throws, such as for a bad address. */
  constructor(
    make: WebSocketConstructor,
    url: string,
    private readonly subprotocol: string,
    owner: SocketOwner,
  ) {
    this.owner = owner;
    this.socket = new make(url, [subprotocol]);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('open', () => {
      this.heardAt = performance.now();
      this.owner?.opened(this.socket.protocol);
    });
    this.socket.addEventListener('message', (event) => {
      this.heardAt = performance.now();
      this.owner?.received(event.data);
    });
    this.socket.addEventListener('close', (event) => this.ended(event.code, event.reason));
    this.socket.addEventListener('error', () => {}); // "close" follows
  }

  /** Whether the gateway took the subprotocol that was offered. */
  speaks(protocol: string): boolean {
    return protocol === this.subprotocol;
  }

  /** Send one frame; false if the connection is no longer open. */
  send(frame: Wire): boolean {
    if (this.owner === undefined || this.socket.readyState !== OPEN) return false;
    this.socket.send(frame);
    this.sentAt = performance.now();
    return true;
  }

  /** Close in order; nothing is heard any more, `closed` included. */
  leave(): void {
    this.owner = undefined;
    this.socket.close(1000);
  }

  /** Give the connection up: `closed` comes at once, with 1006. */
  abort(reason: string): void {
    this.ended(ABNORMAL, reason);
    this.socket.close();
  }

  private ended(code: number, reason: string): void {
    const owner = this.owner;
    this.owner = undefined;
    owner?.closed(code, reason);
  }
}
