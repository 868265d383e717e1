import type {
  ActivityList,
  Balance,
  BalanceReply,
  ChainStarted,
  Failure,
  HistoryList,
  LobbyGame,
  LobbyList,
  Position,
  Proof,
  RoundEnded,
  RoundProof,
  Seated,
  TableList,
  TableState,
  Welcome,
} from '@croupier/protocol';
import { codecOf, type IncomingFrame } from './codec';
import { CLOSED, ClientError, CroupierError, errorOf, FairnessError } from './errors';
import { type ConnectionState, type Listener, Listeners, type StateChange } from './events';
import { LiveDesk } from './live-desk';
import type { LiveEvent } from './live-state';
import type { LiveHouse, LiveTable } from './live-table';
import type { OnReply } from './outbox';
import { DEFAULT_POLICY, type Policy } from './policy';
import { platformBytes, type RandomBytes } from './random';
import { Session, type SessionOwner, type SessionParts } from './session';
import type { WebSocketConstructor } from './socket';
import { type House, Table } from './table';
import type { TicketAnswer, TokenStorage } from './tickets';

const CLIENT_SEED_BYTES = 16;

const LIVE_EVENTS: ReadonlySet<string> = new Set<LiveEvent['type']>([
  'round_opened',
  'bets_placed',
  'bets_closed',
  'turn',
  'rising',
  'cashed_out',
  'round_result',
  'round_voided',
  'table_status',
  'seat_changed',
  'live_snapshot',
]);

/** The name and version that the client tells the gateway. */
export const CLIENT_INFO = { name: 'croupier-web', version: '0.1.0' } as const;

/** What a client is made with. */
export interface ClientOptions {
  /** Called whenever a new session is needed (never on a resume). */
  readonly tickets: () => Promise<TicketAnswer>;
  /** The program that is calling. */
  readonly client?: { readonly name: string; readonly version: string };
  /** MessagePack by default; JSON for whoever wants to read along. */
  readonly codec?: 'msgpack' | 'json';
  /** How patient to be, where the defaults do not suit. */
  readonly policy?: Partial<Policy>;
  /** For Node or tests; `globalThis.WebSocket` by default. */
  readonly WebSocket?: WebSocketConstructor;
  /** Keeps the resume token across a reload; none by default. */
  readonly storage?: TokenStorage;
  /** Draws client seeds and nonces; `crypto.getRandomValues` by default. */
  readonly randomBytes?: RandomBytes;
}

/**
 * A player's connection to a casino, which it keeps up by itself.
 *
 *     const client = new Client({ tickets: demoTickets() });
 *     await client.connect();
 *     const table = await client.sit('slot');
 *     const round = await table.spin({ stake: 100 });
 */
export class Client {
  private readonly listeners = new Listeners();
  private readonly parts: SessionParts;
  private readonly seats = new Map<string, Table>();
  private session: Session | undefined;
  private lastWelcome: Welcome | undefined;
  private lastBalance: Balance | undefined;
  private takesSeeds = true;
  private readonly house: House & LiveHouse;
  private readonly live: LiveDesk;
  private readonly owner: SessionOwner;

  /** Throws ClientError where there is no WebSocket to be had. */
  constructor(options: ClientOptions) {
    const webSocket: WebSocketConstructor | undefined =
      options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
    if (webSocket === undefined) {
      throw new ClientError('there is no WebSocket here: give a class of one as an option');
    }
    this.parts = {
      tickets: options.tickets,
      codec: codecOf(options.codec ?? 'msgpack'),
      policy: { ...DEFAULT_POLICY, ...options.policy },
      info: options.client ?? CLIENT_INFO,
      webSocket,
      storage: options.storage,
      randomBytes: options.randomBytes ?? platformBytes,
    };
    this.house = {
      request: (type, body, onReply) => this.request(type, body, onReply),
      drawClientSeed: () => this.parts.randomBytes(this.takesSeeds ? CLIENT_SEED_BYTES : 0),
      takeBalance: (balance) => this.takeBalance(balance),
      left: (table) => {
        if (this.seats.get(table.id) === table) this.seats.delete(table.id);
      },
      liveChanged: (table, event) => this.listeners.tell({ type: 'live', table, event }),
      liveLeft: (table) => {
        this.live.forget(table);
        this.listeners.tell({ type: 'live_left', table });
      },
    };
    this.live = new LiveDesk(this.house, (error) => this.problem(error));
    this.owner = {
      welcomed: (welcome, resumed) => this.welcomed(welcome, resumed),
      sessionLost: () => {
        for (const table of this.seats.values()) table.unseat();
      },
      happened: (frame) => this.happened(frame),
      stateChanged: (change) => this.stateChanged(change),
      positions: () => this.positions(),
    };
  }

  // Life.

  /** Sign in, or resume after `disconnect` or a reload. Later calls wait for the same. */
  connect(): Promise<Welcome> {
    this.session ??= new Session(this.owner, this.parts);
    return this.session.connect();
  }

  /** Close the connection and keep the session, for `connect` to resume. */
  async disconnect(): Promise<void> {
    this.session?.stop();
  }

  /**
   * End the session with `bye`. Open rounds wait for the next sign-in. Requests without an answer
   * fail with CroupierError: in doubt where they may have moved money.
   */
  async close(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    if (session === undefined) return;
    await session.leave();
    const message = 'the client was closed before the answer came';
    session.outbox.fail((inDoubt) => {
      return new CroupierError(CLOSED, inDoubt ? 'unknown' : 'temporary', message);
    });
  }

  /** The page is visible or online again: check the connection at once. */
  wake(): void {
    this.session?.wake();
  }

  // What is known.

  get state(): ConnectionState {
    return this.session?.state ?? 'disconnected';
  }

  /** The last welcome: session, player, currency, limits. */
  get welcome(): Welcome | undefined {
    return this.lastWelcome;
  }

  /** The newest balance known, in minor units. */
  get balance(): Balance | undefined {
    return this.lastBalance;
  }

  /** The private tables that the player sits at. */
  get tables(): readonly Table[] {
    return [...this.seats.values()];
  }

  /** The live tables that the player sits at or watches. */
  get liveTables(): readonly LiveTable[] {
    return this.live.all;
  }

  /** The server's clock less ours, in milliseconds. */
  get serverOffsetMs(): number {
    return this.session?.serverOffsetMs ?? 0;
  }

  /** Call `listener` for every event from now on; returns what ends it. */
  subscribe(listener: Listener): () => void {
    return this.listeners.subscribe(listener);
  }

  // Asking.

  /** The games there are, with their stakes and descriptions. */
  async lobby(): Promise<readonly LobbyGame[]> {
    return ((await this.call('lobby', {})) as LobbyList).games;
  }

  /**
   * How much is going on at the games, and how often it is worth asking. A server that is too old
   * to tell refuses it with the code `unknown_type`.
   */
  async activity(): Promise<ActivityList> {
    return (await this.call('activity', {})) as ActivityList;
  }

  /** Sit down at a private table of a game, or come back to the one there is. */
  async sit(game: string): Promise<Table> {
    return (await this.request('sit', { game }, (reply) => this.seated(reply as Seated))) as Table;
  }

  /**
   * The live tables there are, and how often it is worth asking. A server that is too old to tell
   * refuses it with the code `unknown_type`.
   */
  async listLiveTables(): Promise<TableList> {
    return (await this.call('tables', {})) as TableList;
  }

  /** Watch a live table without a seat. */
  async watch(table: string): Promise<LiveTable> {
    const answered = (reply: unknown) => this.live.answered(reply);
    return (await this.request('watch', { table }, answered)) as LiveTable;
  }

  /**
   * Take a seat at a live table, the lowest that is free by default, or come back to it. A client
   * seed is drawn and sent once the table has told the chain that it is for, and one more for each
   * later chain.
   */
  async join(table: string, seat?: number): Promise<LiveTable> {
    const known = this.live.get(table);
    if (known !== undefined) {
      await known.join(seat);
      return known;
    }
    const answered = (reply: unknown) => this.live.answered(reply);
    return (await this.request('join', { table, seat: seat ?? null }, answered)) as LiveTable;
  }

  /** Ended rounds, newest first, older than the round `before`; at most 100. */
  async history(before?: string, limit = 20): Promise<HistoryList> {
    return (await this.call('history', { before: before ?? null, limit })) as HistoryList;
  }

  /** The proof of an ended round. */
  async proof(round: string): Promise<Proof> {
    return ((await this.call('round', { round })) as RoundProof).proof;
  }

  /** Ask for the balance; `balance` tells the newest one known without asking. */
  async fetchBalance(): Promise<Balance> {
    const { balance } = (await this.call('balance', {})) as BalanceReply;
    this.takeBalance(balance);
    return balance;
  }

  /** Send any request and get the body of its reply. For what has no method here. */
  call(type: string, body: object): Promise<unknown> {
    return this.request(type, body);
  }

  private request(type: string, body: object, onReply?: OnReply): Promise<unknown> {
    const session = this.session;
    if (session === undefined || session.state === 'disconnected') {
      return Promise.reject(new ClientError('not connected'));
    }
    return session.outbox.submit(type, body, onReply);
  }

  // What the session tells.

  private welcomed(welcome: Welcome, resumed: boolean): void {
    this.lastWelcome = welcome;
    this.takesSeeds = welcome.client_seed;
    if (!resumed) this.lastBalance = undefined;
    this.takeBalance(welcome.balance);
    this.listeners.tell({ type: 'welcome', welcome, resumed });
    this.live.welcomed(welcome, resumed);
    if (!resumed && this.seats.size > 0) this.sitAgain();
    else for (const state of welcome.tables) this.takeState(state);
  }

  private takeState(state: TableState): void {
    this.guarded(() => {
      const table = this.seats.get(state.table);
      if (table !== undefined) table.takeState(state);
      else if (state.snapshot !== null) this.seated(state.snapshot);
      const taken = this.seats.get(state.table);
      if (taken !== undefined) this.listeners.tell({ type: 'table', table: taken });
    });
  }

  private happened(frame: IncomingFrame): void {
    if (frame.type === 'chain_started' || frame.type === 'round_ended') {
      this.tableEvent(frame.body as unknown as ChainStarted | RoundEnded);
    } else if (frame.type === 'balance_changed') {
      this.takeBalance((frame.body as unknown as BalanceReply).balance);
    } else if (LIVE_EVENTS.has(frame.type)) {
      this.guarded(() => this.live.takeEvent(frame.body as unknown as LiveEvent));
    } else if (frame.type === 'error') {
      this.problem(CroupierError.of(frame.body as unknown as Failure));
    }
  }

  private tableEvent(event: ChainStarted | RoundEnded): void {
    const table = this.seats.get(event.table);
    if (table === undefined) {
      if (event.type === 'round_ended') this.takeBalance(event.round.balance);
      return;
    }
    this.guarded(() => {
      if (!table.takeEvent(event)) this.refresh(table);
      this.listeners.tell({ type: 'table', table });
    });
  }

  private refresh(table: Table): void {
    table.refresh().then(
      () => this.listeners.tell({ type: 'table', table }),
      (error) => this.problem(errorOf(error)),
    );
  }

  private stateChanged(change: StateChange): void {
    this.listeners.tell(change);
  }

  private positions(): readonly Position[] {
    const seats = [...this.seats.values()].map((table) => table.position());
    return [...seats, ...this.live.positions()];
  }

  private seated(seated: Seated): Table {
    const known = this.seats.get(seated.table);
    if (known !== undefined) return known.takeSeat(seated);
    const table = new Table(this.house, seated);
    this.seats.set(table.id, table);
    return table;
  }

  /** Take the seats of a lost session under the new one. */
  private sitAgain(): void {
    const tables = [...this.seats.values()];
    this.seats.clear();
    for (const table of tables) {
      const take = (reply: unknown) => {
        this.seats.set((reply as Seated).table, table);
        table.takeSeat(reply as Seated);
        this.listeners.tell({ type: 'table', table });
      };
      this.session?.outbox.submit('sit', { game: table.game }, take).catch((error) => {
        this.problem(errorOf(error));
      });
    }
  }

  /** Keep a balance if it is the newest. */
  private takeBalance(balance: Balance): void {
    const last = this.lastBalance;
    if (last !== undefined && balance.version < last.version) return;
    this.lastBalance = balance;
    if (balance.version !== last?.version) this.listeners.tell({ type: 'balance', balance });
  }

  /** Tell the listeners of a fairness failure that no request can be told about. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FairnessError)) throw error;
      this.problem(error);
    }
  }

  private problem(error: Error): void {
    this.listeners.tell({ type: 'problem', error });
  }
}
