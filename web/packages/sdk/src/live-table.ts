import type {
  Accepted,
  Acted,
  Balance,
  ChainInfo,
  LiveState,
  PlacedBets,
  Position,
  TableState,
} from '@croupier/protocol';
import { ChainCheck, chainOf } from './chain';
import { CroupierError, FairnessError } from './errors';
import { after, type LiveEvent } from './live-state';
import type { OnReply } from './outbox';

const CHAINS_KEPT = 8;
const CASH_OUT = { action: 'cash-out' } as const;
/** Events that begin a phase or a turn. */
const CLOCKED = new Set([
  'round_opened',
  'bets_closed',
  'turn',
  'rising',
  'round_result',
  'round_voided',
]);

/** What a live table needs of its client. */
export interface LiveHouse {
  request(type: string, body: object, onReply?: OnReply): Promise<unknown>;
  /** A fresh client seed, empty where client seeds are off. */
  drawClientSeed(): Uint8Array;
  takeBalance(balance: Balance): void;
  /** The table's state has changed, by an event or as a whole. */
  liveChanged(table: LiveTable, event: LiveEvent | null): void;
  liveLeft(table: LiveTable): void;
}

/**
 * A live table: many seats, one clock, one draw. Got from `Client.join` or `Client.watch`; stays
 * valid across reconnects. Times are those of `performance.now()`.
 */
export class LiveTable {
  private current: LiveState;
  private phaseAt = 0;
  private risingAt = 0;
  private readonly checks = new Map<string, ChainCheck>();
  private problem: FairnessError | undefined;
  /** What gave, or is to give, the newest client seed. */
  private given: JoinBody | undefined;
  /** A seed of the player's choice that waits for a chain to be told. */
  private keptSeed: Uint8Array | undefined;
  private readonly renewals = new Set<Promise<unknown>>();
  private leaving = false;

  constructor(
    private readonly house: LiveHouse,
    state: LiveState,
  ) {
    this.current = state;
    this.take(state);
  }

  get id(): string {
    return this.current.table;
  }

  /** Where the table stands, as of the newest event. A new object with every change. */
  get state(): LiveState {
    return this.current;
  }

  /** The player's own seat, null for a watcher. */
  get seat(): number | null {
    return this.current.seat;
  }

  /** What this seat has bet on the round in play, as accepted. */
  get mine(): PlacedBets | undefined {
    return this.current.placed.find(({ seat }) => seat === this.current.seat);
  }

  /** Whether this seat is the one to decide. */
  get myTurn(): boolean {
    return this.current.acting !== null && this.current.acting === this.current.seat;
  }

  /** When the phase or the turn ends by itself, null without a clock. */
  get phaseEndsAt(): number | null {
    const { phase_ms: duration } = this.current;
    return duration === null ? null : this.phaseAt + duration;
  }

  /** When the multiplier stood at 1.00, null where it does not rise. */
  get risingSince(): number | null {
    const { elapsed_ms: elapsed } = this.current;
    return elapsed === null ? null : this.risingAt - elapsed;
  }

  // Playing.

  /**
   * Take a seat, or renew the client seed of one's own; gives the seat's number. The seed is drawn
   * afresh unless one is given, and counts for the rest of the chain; each later chain gets one
   * that is drawn here, as soon as it is told. Fails with CroupierError: `seat_taken`,
   * `table_full`.
   */
  async join(seat?: number, clientSeed?: Uint8Array): Promise<number> {
    await this.ask('join', this.joinBody(seat ?? this.current.seat, clientSeed));
    return this.current.seat ?? 0;
  }

  /**
   * Add bets to this seat's on the round in play; gives the answer once their money is held. Fails
   * with CroupierError: `bets_closed` where they came too late; they are never moved to the next.
   */
  async bet(bets: object): Promise<Accepted> {
    if (this.problem !== undefined) throw this.problem;
    const { round } = this.current;
    if (round === null) {
      const words = 'Bet on the next round, once it has opened.';
      throw new CroupierError('bets_closed', 'final', words);
    }
    const body = { table: this.id, round, bets };
    return (await this.house.request('bet', body, (reply) => this.paid(reply))) as Accepted;
  }

  /** Decide on the step that the table is at: an option's action, or a whole decision. */
  async act(decision: string | object): Promise<Acted> {
    const { round, step } = this.current;
    if (round === null) {
      throw new CroupierError('unknown_round', 'final', 'No round is open at this table.');
    }
    const form = typeof decision === 'string' ? { action: decision } : decision;
    const body = { table: this.id, round, step, decision: form };
    return (await this.house.request('act', body, (reply) => this.paid(reply))) as Acted;
  }

  /** Cash out of a rising round, at the moment at which this reaches the table. */
  cashOut(): Promise<Acted> {
    return this.act(CASH_OUT);
  }

  /** Give the seat back, or stop watching. Bets that were accepted stand. */
  async leave(): Promise<void> {
    this.leaving = true;
    try {
      // A renewal that came to the table after this would take the seat again.
      await Promise.all(this.renewals);
      await this.house.request('leave', { table: this.id });
      this.house.liveLeft(this);
    } finally {
      this.leaving = false;
    }
  }

  /** Ask where the table stands. */
  async refresh(): Promise<void> {
    const { type, body } = this.returnRequest();
    await this.ask(type, body);
  }

  // What the client hands on; all of it at once when it arrives. Throws FairnessError.

  /** Take where the table stands. */
  take(state: LiveState): LiveTable {
    if (isBefore(state, this.current)) {
      // Written before an event that has overtaken it; only the seat is news.
      this.current = { ...this.current, seat: state.seat };
    } else {
      this.current = state;
      this.phaseAt = performance.now();
      this.risingAt = this.phaseAt;
    }
    this.house.liveChanged(this, null);
    if (state.chain !== null) this.checkOf(state.chain);
    this.renew();
    return this;
  }

  /** Take what a resume brought: all missed events, or where it stands. */
  takeState(state: TableState): void {
    if (state.live !== null && state.live !== undefined) this.take(state.live);
    for (const event of state.events) {
      if (event.type !== 'chain_started' && event.type !== 'round_ended') this.takeEvent(event);
    }
  }

  /** Take an event of this table; false if events before it were missed. */
  takeEvent(event: LiveEvent): boolean {
    const before = this.current;
    if (event.type === 'live_snapshot') {
      this.take(event.live);
      return true;
    }
    if (!isBefore(before, event)) return true; // seen already, in a state
    // Kept out: the state that is asked for now has it.
    if (event.epoch !== before.epoch || event.seq !== before.seq + 1) return false;
    const { seat } = before;
    const lost = event.type === 'seat_changed' && event.seat === seat && !event.taken;
    this.current = { ...after(before, event), seat: lost ? null : seat };
    if (CLOCKED.has(event.type)) this.phaseAt = performance.now();
    if (event.type === 'rising') this.risingAt = this.phaseAt;
    if (event.type === 'round_result' || event.type === 'round_voided') {
      if (event.balance !== null) this.house.takeBalance(event.balance);
    }
    this.house.liveChanged(this, event);
    this.check(event);
    if (event.type === 'round_opened') this.renew();
    return true;
  }

  /** The last event seen, for a resume. */
  position(): Position {
    return { table: this.id, epoch: this.current.epoch, seq: this.current.seq };
  }

  /** What to ask to learn where the table stands, for this recipient. */
  returnRequest(): { readonly type: string; readonly body: object } {
    const { seat } = this.current;
    if (seat === null) return { type: 'watch', body: { table: this.id } };
    return { type: 'join', body: this.joinBody(seat) };
  }

  /** Forget the seat: the table has given it to somebody else. */
  unseat(): void {
    this.current = { ...this.current, seat: null };
  }

  /**
   * What asks for a seat, with a client seed for the chain that is known here. Without a chain a
   * seed would count for nothing: it is held back until one is told.
   */
  private joinBody(seat: number | null, clientSeed?: Uint8Array): JoinBody {
    const { chain } = this.current;
    const body = { table: this.id, seat };
    if (chain === null) {
      this.keptSeed = clientSeed ?? this.keptSeed;
      return body;
    }
    const client_seed = clientSeed ?? this.house.drawClientSeed();
    if (client_seed.length === 0) return body;
    this.given = { ...body, client_seed, chain: chain.chain };
    return this.given;
  }

  /**
   * Give a seed for a chain that has none of this seat yet, in the background: only now that its
   * commitment is told, so the house made the chain without knowing the seed.
   */
  private renew(): void {
    const { chain, seat } = this.current;
    if (seat === null || chain === null || this.leaving) return;
    if (this.given?.chain === chain.chain) return;
    const drawn = this.house.drawClientSeed();
    if (drawn.length === 0) return; // client seeds are off
    const seed = this.keptSeed ?? drawn;
    this.keptSeed = undefined;
    const renewal = this.ask('join', this.joinBody(seat, seed))
      .catch(() => {}) // tried again with the next round that opens, or state
      .finally(() => this.renewals.delete(renewal));
    this.renewals.add(renewal);
  }

  /** Ask for a seat or a state; a seed that was refused with it counts as never given. */
  private async ask(type: string, body: object): Promise<void> {
    try {
      await this.house.request(type, body, (reply) => this.took(reply));
    } catch (error) {
      if (this.given === body) this.given = undefined;
      throw error;
    }
  }

  private took(reply: unknown): LiveTable {
    return this.take((reply as { readonly live: LiveState }).live);
  }

  private paid(reply: unknown): unknown {
    this.house.takeBalance((reply as Accepted | Acted).balance);
    return reply;
  }

  /** Hold the table to the commitments of its chains. */
  private check(event: LiveEvent): void {
    if (event.type === 'round_opened') this.checkOf(event.chain);
    else if (event.type === 'round_result' || event.type === 'round_voided') {
      // A chain that was never told here began and ended while this client was away.
      const check = this.checks.get(chainOf(event.round));
      const { round, seed, type } = event;
      if (check === undefined || (seed === null && type === 'round_voided')) return;
      this.fairly(() => check.reveal(round, seed));
    }
  }

  private checkOf(info: ChainInfo): void {
    this.fairly(() => {
      const check = this.checks.get(info.chain);
      if (check !== undefined) return check.confirm(info);
      this.checks.set(info.chain, new ChainCheck(info));
      const [oldest] = this.checks.keys();
      if (this.checks.size > CHAINS_KEPT && oldest !== undefined) this.checks.delete(oldest);
    });
  }

  /** After a failed check this table takes no bet any more. */
  private fairly(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof FairnessError) this.problem = error;
      throw error;
    }
  }
}

interface JoinBody {
  readonly table: string;
  readonly seat: number | null;
  readonly client_seed?: Uint8Array;
  readonly chain?: string;
}

interface Numbered {
  readonly epoch: number;
  readonly seq: number;
}

function isBefore(one: Numbered, other: Numbered): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && one.seq < other.seq);
}
