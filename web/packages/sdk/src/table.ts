import type {
  Balance,
  ChainInfo,
  ChainStarted,
  Played,
  Position,
  RoundEnded,
  Seated,
  StakeRange,
  TableState,
} from '@croupier/protocol';
import { ChainCheck, chainOf, roundNumber } from './chain';
import { isRecord } from './codec';
import { Deferred, within } from './deferred';
import { ClientError, CroupierError, FairnessError } from './errors';
import type { OnReply } from './outbox';
import { type Round, roundOf } from './round';

const CHAINS_KEPT = 8;
/** After this long without a chain the table is asked where it stands. */
const CHAIN_WAIT_MS = 5_000;
const CHAIN_WAITS = 6;

/** What a table needs of its client. */
export interface House {
  request(type: string, body: object, onReply?: OnReply): Promise<unknown>;
  /** A fresh client seed, empty where client seeds are off. */
  drawClientSeed(): Uint8Array;
  takeBalance(balance: Balance): void;
  left(table: Table): void;
}

/** A seat at a private table. Got from `Client.sit`; stays valid across reconnects. */
export class Table {
  private seat: Seated;
  private currentChain: ChainInfo | null = null;
  private openRound: Round | null = null;
  private epoch = 0;
  private seq = 0;
  private readonly checks = new Map<string, ChainCheck>();
  private waiting: Deferred<true>[] = [];
  private problem: FairnessError | undefined;

  constructor(
    private readonly house: House,
    seated: Seated,
  ) {
    this.seat = seated;
    this.takeSeat(seated);
  }

  get id(): string {
    return this.seat.table;
  }

  get game(): string {
    return this.seat.game;
  }

  /** The newest answer to `sit`. */
  get seated(): Seated {
    return this.seat;
  }

  /** What the table takes, in minor units. */
  get stakes(): StakeRange {
    return this.seat.stakes;
  }

  /** The chain and the round that the next bet will name, or null while it is not known. */
  get chain(): ChainInfo | null {
    return this.currentChain;
  }

  /** The open round, to go on with. */
  get open(): Round | null {
    return this.openRound;
  }

  // Playing.

  /**
   * Play an instant round and return it, settled. The client seed is drawn afresh unless one is
   * given. Fails with CroupierError where the bet was refused, FairnessError where the seed is wrong.
   */
  spin(bets: object, clientSeed?: Uint8Array): Promise<Round> {
    return this.bet('spin', bets, clientSeed);
  }

  /** Open a round with decisions; it may already have ended. Fails like `spin`. */
  async deal(bets: object, clientSeed?: Uint8Array): Promise<Round> {
    if (this.openRound !== null) throw roundOpen();
    return this.bet('deal', bets, clientSeed);
  }

  /** Take a decision in the open round: an option's action such as `hit`, or a whole decision. */
  async act(decision: string | object): Promise<Round> {
    const round = this.openRound;
    if (round === null) {
      throw new CroupierError('unknown_round', 'final', 'No round is open at this table.');
    }
    const form = typeof decision === 'string' ? { action: decision } : decision;
    const body = { table: this.id, round: round.id, step: round.step, decision: form };
    return this.askRound('act', body);
  }

  /** Leave the table; its chain is retired. */
  async leave(): Promise<void> {
    await this.house.request('leave', { table: this.id });
    this.house.left(this);
  }

  /** Ask where the table stands. */
  async refresh(): Promise<void> {
    await this.house.request('sit', { game: this.game }, (reply) => this.takeSeat(reply as Seated));
  }

  /** Wait until the table takes a bet; gives what the bet must name. */
  async ready(): Promise<ChainInfo> {
    for (let count = 0; count < CHAIN_WAITS; count += 1) {
      if (this.currentChain !== null) return this.currentChain;
      if (this.openRound !== null) throw roundOpen();
      const waiter = new Deferred<true>();
      this.waiting.push(waiter);
      if ((await within(waiter.promise, CHAIN_WAIT_MS)) === undefined) await this.refresh();
    }
    throw new ClientError(`the table of ${this.game} does not get a new chain`);
  }

  private async bet(
    type: 'spin' | 'deal',
    bets: object,
    clientSeed: Uint8Array | undefined,
  ): Promise<Round> {
    // Nothing is staked by a bet on a stale round, so the same bet may go on the due one, once.
    let mayFollow = clientSeed === undefined;
    for (;;) {
      if (this.problem !== undefined) throw this.problem;
      const { round } = this.currentChain ?? (await this.ready());
      const seed = clientSeed ?? this.house.drawClientSeed();
      const seeded = seed.length > 0 ? { client_seed: seed } : {};
      try {
        return await this.askRound(type, { table: this.id, round, bets, ...seeded });
      } catch (error) {
        if (!(error instanceof CroupierError) || error.code !== 'stale_round') throw error;
        await this.catchUp(error);
        if (!mayFollow) throw error;
        mayFollow = false;
      }
    }
  }

  private async askRound(type: string, body: object): Promise<Round> {
    const take = (reply: unknown) => this.takePlayed(reply as Played);
    return (await this.house.request(type, body, take)) as Round;
  }

  /** Take the chain that a stale round's details name, or ask for it. */
  private async catchUp(error: CroupierError): Promise<void> {
    const stated = error.details?.chain;
    if (isChainInfo(stated)) this.setChain(stated);
    else await this.refresh();
  }

  // What the client hands on; all of it at once when it arrives. Throws FairnessError.

  /** Take where the table stands. */
  takeSeat(seated: Seated): Table {
    this.seat = seated;
    this.epoch = seated.epoch;
    this.seq = seated.seq;
    this.openRound = seated.open === null ? null : roundOf(seated.open, seated.game);
    if (seated.open !== null) this.house.takeBalance(seated.open.balance);
    this.setChain(seated.chain);
    return this;
  }

  /** Take what a resume brought: all missed events, or a snapshot. */
  takeState(state: TableState): void {
    if (state.snapshot !== null) this.takeSeat(state.snapshot);
    for (const event of state.events) {
      if (event.type === 'chain_started' || event.type === 'round_ended') this.takeEvent(event);
    }
  }

  /** Take an event of this table; false if events before it were missed. */
  takeEvent(event: ChainStarted | RoundEnded): boolean {
    const { epoch, seq } = event;
    const seen = epoch < this.epoch || (epoch === this.epoch && seq <= this.seq);
    if (seen) return true; // in a snapshot already
    const complete = epoch === this.epoch && seq === this.seq + 1;
    this.epoch = epoch;
    this.seq = seq;
    if (event.type === 'round_ended') this.takePlayed(event.round);
    else if (this.currentChain?.chain !== event.chain.chain) this.setChain(event.chain);
    return complete;
  }

  /** The last event seen, for a resume. */
  position(): Position {
    return { table: this.id, epoch: this.epoch, seq: this.seq };
  }

  /** Forget where the table stood: its session is gone. */
  unseat(): void {
    this.currentChain = null;
    this.openRound = null;
  }

  private takePlayed(played: Played): Round {
    this.house.takeBalance(played.balance);
    const round = roundOf(played, this.game);
    const open = this.openRound;
    if (!played.finished) {
      // A repeated old answer must not take the round back a step.
      if (open === null || open.id !== played.round || open.step <= played.step) {
        this.openRound = round;
        if (this.currentChain?.round === played.round) this.currentChain = null;
      }
      return round;
    }
    if (open?.id === played.round) this.openRound = null;
    this.checkSeed(played);
    this.advance(played.round, played.next);
    return round;
  }

  /** Move on behind a round that has ended, unless the table is further on already. */
  private advance(ended: string, following: ChainInfo | null): void {
    const current = this.currentChain;
    if (current !== null && current.round !== ended) {
      if (following?.chain !== current.chain) return;
      const next = roundNumber(following.round, following.chain);
      if (next <= roundNumber(current.round, current.chain)) return;
    }
    this.setChain(following);
  }

  private setChain(info: ChainInfo | null): void {
    this.currentChain = info;
    if (info === null) return;
    this.checkOf(info);
    const waiting = this.waiting;
    this.waiting = [];
    for (const waiter of waiting) waiter.resolve(true);
  }

  private checkOf(info: ChainInfo): ChainCheck {
    return this.fairly(() => {
      let check = this.checks.get(info.chain);
      if (check === undefined) {
        check = new ChainCheck(info);
        this.checks.set(info.chain, check);
        const [oldest] = this.checks.keys();
        if (this.checks.size > CHAINS_KEPT && oldest !== undefined) this.checks.delete(oldest);
      } else check.confirm(info);
      return check;
    });
  }

  private checkSeed(played: Played): void {
    const chain = chainOf(played.round);
    // A round from an earlier sitting has a commitment that was told then. Where it is told again
    // with the next round, the seed must belong to it all the same.
    const told = played.next?.chain === chain ? played.next : undefined;
    const check = this.checks.get(chain) ?? (told && this.checkOf(told));
    if (check !== undefined) this.fairly(() => check.reveal(played.round, played.seed));
  }

  /** After a failed check this table takes no bet any more. */
  private fairly<Value>(check: () => Value): Value {
    try {
      return check();
    } catch (error) {
      if (error instanceof FairnessError) this.problem = error;
      throw error;
    }
  }
}

function roundOpen(): CroupierError {
  return new CroupierError('round_open', 'final', 'Finish the open round first.');
}

function isChainInfo(value: unknown): value is ChainInfo {
  return (
    isRecord(value) &&
    typeof value.chain === 'string' &&
    typeof value.round === 'string' &&
    typeof value.length === 'number' &&
    value.commitment instanceof Uint8Array
  );
}
