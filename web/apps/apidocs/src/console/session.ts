/** A play-money session over plain JSON frames, with a record of every frame. */

/** One line of the record. */
export interface Entry {
  direction: 'sent' | 'received' | 'note';
  text: string;
}

/** What the session needs from its surroundings; a test gives its own. */
export interface Surroundings {
  signUp: () => Promise<{ ticket: string; gateway: string }>;
  open: (address: string, subprotocol: string) => Socket;
  nonce: () => string;
}

/** The part of a WebSocket that is used. */
export interface Socket {
  send(text: string): void;
  close(): void;
  addEventListener(
    type: 'open' | 'close' | 'message' | 'error',
    listener: (event: { data?: unknown; code?: number; reason?: string }) => void,
  ): void;
}

/** What the answers have told, to fill the next request with. */
export interface Known {
  table?: string;
  game?: string;
  round?: string;
  step?: number;
  /** The last finished round: the one that has a proof. */
  finished?: string;
}

const SUBPROTOCOL = 'croupier.v1.json';

/** One session. Every change is told to `changed`. */
export class Session {
  /** The record, oldest first. */
  readonly entries: Entry[] = [];
  /** What the answers told. */
  known: Known = {};
  /** Whether requests can be sent. */
  connected = false;

  private socket: Socket | undefined;
  private lastId = 0;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly changed: () => void,
  ) {}

  /** Signs up, connects and says hello. */
  async open(): Promise<void> {
    this.close();
    const { ticket, gateway } = await this.surroundings.signUp();
    this.note(`Signed up; connecting to ${gateway}.`);
    const socket = this.surroundings.open(gateway, SUBPROTOCOL);
    this.socket = socket;
    this.lastId = 0;
    this.known = {};
    socket.addEventListener('open', () => {
      this.connected = true;
      const client = { name: 'croupier-docs', version: '1' };
      this.send('hello', { ticket, nonce: this.surroundings.nonce(), client });
    });
    socket.addEventListener('message', (event) => this.receive(String(event.data)));
    socket.addEventListener('close', (event) => {
      if (this.socket !== socket) return;
      this.connected = false;
      this.socket = undefined;
      this.note(`Closed with ${event.code ?? 1006}${event.reason ? `: ${event.reason}` : ''}.`);
    });
  }

  /** Sends a request under the next id. */
  send(type: string, body: unknown): void {
    if (this.socket === undefined || !this.connected) {
      this.note('Not connected.');
      return;
    }
    this.lastId += 1;
    const text = JSON.stringify({ id: this.lastId, type, body });
    this.entries.push({ direction: 'sent', text });
    this.socket.send(text);
    this.changed();
  }

  /** Ends the connection. */
  close(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.connected = false;
    socket?.close();
    if (socket !== undefined) this.note('Disconnected.');
  }

  private receive(text: string): void {
    this.entries.push({ direction: 'received', text });
    this.known = learn(this.known, text);
    this.changed();
  }

  private note(text: string): void {
    this.entries.push({ direction: 'note', text });
    this.changed();
  }
}

/** Takes from an answer what the next request will have to name. */
export function learn(known: Known, text: string): Known {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return known;
  }
  const type = member(frame, 'type');
  const body = member(frame, 'body');
  if (type === 'left') return {};
  if (!['seated', 'played', 'chain_started', 'error', 'round_ended'].includes(String(type)))
    return known;
  const found: Known = { ...known };
  const put = (name: 'table' | 'game' | 'round', value: unknown): void => {
    if (typeof value === 'string') found[name] = value;
  };
  if (type === 'seated') {
    put('table', member(body, 'table'));
    put('game', member(body, 'game'));
  }
  const open = type === 'seated' ? member(body, 'open') : body;
  const step = member(open, 'step');
  if (typeof step === 'number') found.step = step;
  put('round', member(open, 'round'));
  if (type === 'played' && member(body, 'finished') === true && found.round !== undefined) {
    found.finished = found.round;
  }
  const details = member(body, 'details');
  if (type === 'seated' && typeof member(open, 'round') === 'string') return found;
  put('round', member(member(body, 'chain'), 'round'));
  put('round', member(member(body, 'next'), 'round'));
  put('round', member(member(details, 'chain'), 'round'));
  return found;
}

/** Puts what is known into an example's body; a client seed is drawn anew. */
export function fill(example: unknown, known: Known, seed: () => string): unknown {
  if (typeof example !== 'object' || example === null) return example;
  const body: Record<string, unknown> = { ...example };
  for (const name of ['table', 'round', 'step'] as const) {
    if (name in body && known[name] !== undefined) body[name] = known[name];
  }
  if ('client_seed' in body) body.client_seed = seed();
  return body;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
