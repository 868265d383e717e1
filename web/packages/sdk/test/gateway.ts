// A gateway of few words for tests of the client: frames are JSON, and the test says each answer.

import { Client, type ClientEvent, type ClientOptions, type Policy } from '../src/index';
import { eventually, FakeNetwork, type FakeSocket } from './fakeSocket';

/** A request as the gateway reads it. */
export interface Request {
  readonly id: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A welcome with nothing at the tables. */
export const WELCOME = {
  session: '900',
  token: 'token-of-sixteen-1',
  player: '500',
  currency: 'EUR',
  exponent: 2,
  balance: { amount: 100_000, held: 0, version: 1 },
  highest_request: 0,
  tables: [],
  limits: { frame_bytes: 16_384, frames_per_second: 1_000, in_flight: 32 },
  ping_interval_ms: 20_000,
  time_ms: 1_767_225_600_000,
  test: true,
  client_seed: true,
};

/** A seat at a slot whose chain is at round 1. */
export const SEATED = {
  table: '300',
  game: 'slot',
  version: 1,
  digest: '00'.repeat(32),
  epoch: 1,
  seq: 1,
  stakes: { minimum: 20, maximum: 10_000 },
  chain: { chain: '7001', commitment: 'AAAA', length: 4, round: '7001-1' },
  open: null,
};

/** Waits short enough for tests. */
export const QUICK: Partial<Policy> = {
  reconnectInitialMs: 5,
  reconnectCapMs: 20,
  connectForMs: 2_000,
  signInTimeoutMs: 500,
  retryInitialMs: 2,
  retryCapMs: 5,
  byeTimeoutMs: 50,
};

/** A client and the gateway that it talks to. */
export class Gateway {
  readonly network = new FakeNetwork();
  readonly events: ClientEvent[] = [];
  readonly client: Client;
  tickets = 0;
  private current: FakeSocket | undefined;

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = new Client({
      tickets: async () => {
        this.tickets += 1;
        const ticket = `ticket-${this.tickets}`;
        return { player: '500', ticket, gateway: 'ws://gateway.test', currency: 'EUR', balance: 0 };
      },
      WebSocket: this.network.make,
      codec: 'json',
      ...options,
      policy: { ...QUICK, ...options.policy },
    });
    this.client.subscribe((event) => this.events.push(event));
  }

  get socket(): FakeSocket {
    if (this.current === undefined) throw new Error('no connection yet');
    return this.current;
  }

  /** Take the next connection. */
  async accept(): Promise<FakeSocket> {
    this.current = await this.network.accept();
    return this.current;
  }

  /** Wait for the next frame. */
  async receive(type: string): Promise<Request> {
    const text = await eventually(() => this.socket.sent.shift());
    const request: Request = JSON.parse(String(text));
    if (request.type !== type) throw new Error(`expected ${type}, came ${String(text)}`);
    return request;
  }

  answer(request: Request, type: string, body: object): void {
    this.socket.deliver(JSON.stringify({ id: request.id, type, body }));
  }

  refuse(request: Request, code: string, certainty: string): void {
    this.answer(request, 'error', { code, certainty, message: 'no' });
  }

  tell(type: string, body: object): void {
    this.socket.deliver(JSON.stringify({ type, body }));
  }

  /** Take a connection and its sign-in. */
  async welcome(type: 'hello' | 'resume', more: object = {}): Promise<Request> {
    await this.accept();
    const request = await this.receive(type);
    this.answer(request, 'welcome', { ...WELCOME, ...more });
    await eventually(() => this.client.state === 'connected');
    return request;
  }

  /** Sign the client in. */
  async signIn(more: object = {}): Promise<void> {
    const connected = this.client.connect();
    await this.welcome('hello', more);
    await connected;
  }
}
