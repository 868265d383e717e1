import type { Failure, Position, Welcome } from '@croupier/protocol';
import { Backoff } from './backoff';
import { ending, NORMAL, SIGN_IN_REFUSED, triesAgain, unanswered } from './closes';
import type { Codec, IncomingFrame } from './codec';
import { Deferred, within } from './deferred';
import { TicketDesk, TryAgain } from './desk';
import {
  ClientError,
  ConnectError,
  CroupierError,
  certaintyOf,
  errorOf,
  SessionEndedError,
} from './errors';
import type { ConnectionState, StateChange } from './events';
import { Liveness } from './liveness';
import { Outbox } from './outbox';
import type { Policy } from './policy';
import { fraction, type RandomBytes } from './random';
import { ABNORMAL, Socket, type WebSocketConstructor } from './socket';
import { Keeper, type TicketAnswer, type TokenStorage } from './tickets';

/** Who is told what happens to the session. */
export interface SessionOwner {
  /** Take the state of the session, before any kept request is sent again. */
  welcomed(welcome: Welcome, resumed: boolean): void;
  /** The server no longer knows the session; a new one is on its way. */
  sessionLost(): void;
  /** Take an event. */
  happened(frame: IncomingFrame): void;
  /** Take note of a change of state. */
  stateChanged(change: StateChange): void;
  /** The last event seen of each table. */
  positions(): readonly Position[];
}

/** What a session is made of. */
export interface SessionParts {
  readonly tickets: () => Promise<TicketAnswer>;
  readonly codec: Codec;
  readonly policy: Policy;
  readonly info: { readonly name: string; readonly version: string };
  readonly webSocket: WebSocketConstructor;
  readonly storage: TokenStorage | undefined;
  readonly randomBytes: RandomBytes;
}

/** One attempt to sign in, or the connection that came of it. */
interface Attempt {
  readonly resuming: boolean;
  readonly ticketFresh: boolean;
  /** Of the sign-in; 0 until it was sent. */
  requestId: number;
  sentAt: number;
  socket: Socket | undefined;
  readonly welcomed: Deferred<void>;
  readonly ended: Deferred<{ readonly code: number; readonly reason: string }>;
}

/** From `connect` until it is stopped or ended. */
interface Life {
  readonly ready: Deferred<Welcome>;
  readonly stopped: Deferred<void>;
  wake: (() => void) | undefined;
}

/**
 * A player's session across connections: signing in, resuming, keeping alive, giving up. It
 * reconnects by itself until the server says not to, there is no ticket, or `stop` is called.
 */
export class Session {
  readonly outbox: Outbox;
  state: ConnectionState = 'disconnected';
  /** The server's clock less ours, in milliseconds. */
  serverOffsetMs = 0;
  private readonly desk: TicketDesk;
  private readonly keeper: Keeper;
  private readonly random: () => number;
  private token: string | undefined;
  private gateway = '';
  private life: Life | undefined;
  private attempt: Attempt | undefined;
  private liveness: Liveness | undefined;
  private drainingWithinMs = 0;
  private leaving = false;
  private lastReason = 'nothing answered';
  private readonly pings = new Map<number, number>();

  constructor(
    private readonly owner: SessionOwner,
    private readonly parts: SessionParts,
  ) {
    this.random = () => fraction(parts.randomBytes);
    this.outbox = new Outbox(parts.codec, parts.policy, this.random);
    this.desk = new TicketDesk(parts.tickets, parts.randomBytes);
    this.keeper = new Keeper(parts.storage);
    const kept = this.keeper.read();
    this.token = kept?.token;
    this.gateway = kept?.gateway ?? '';
  }

  /** Sign in or resume, and keep the session connected from then on. */
  async connect(): Promise<Welcome> {
    if (this.life !== undefined) return this.life.ready.promise;
    const life: Life = { ready: new Deferred(), stopped: new Deferred(), wake: undefined };
    this.life = life;
    void this.run(life);
    const { connectForMs } = this.parts.policy;
    const welcome = await within(life.ready.promise, connectForMs);
    if (welcome !== undefined) return welcome;
    if (this.life === life) this.stop();
    throw new ConnectError(`no connection: ${this.lastReason}`);
  }

  /** Close the connection and try no more. The session can be resumed by `connect`. */
  stop(): void {
    const life = this.life;
    if (life === undefined) return;
    this.life = undefined;
    const attempt = this.attempt;
    this.attempt = undefined;
    this.stopLiveness();
    this.outbox.offline();
    attempt?.socket?.leave();
    life.ready.reject(new ClientError('disconnected before the sign-in was done'));
    life.stopped.resolve();
    this.change({ type: 'state', state: 'disconnected', code: NORMAL, terminal: false });
  }

  /** Say `bye`, close the connection and forget the session. */
  async leave(): Promise<void> {
    this.leaving = true;
    if (this.state === 'connected') {
      const goodbye = this.outbox.submit('bye', {}).catch(() => undefined);
      await within(goodbye, this.parts.policy.byeTimeoutMs);
    }
    this.stop();
    this.forget();
  }

  /** Forget token and ticket, so that the next `connect` starts a new session. */
  forget(): void {
    this.token = undefined;
    this.desk.forget();
    this.keeper.remove();
  }

  /** Look at once whether the connection lives, or whether there is one to be had. */
  wake(): void {
    if (this.liveness !== undefined) this.liveness.wake();
    else this.life?.wake?.();
  }

  /** Answer a request's pings and sign-ins here, everything else in the outbox. */
  private received(attempt: Attempt, data: unknown): void {
    try {
      const frame = this.parts.codec.decode(data);
      if (frame.id === undefined) this.takeEvent(frame);
      else if (frame.id === attempt.requestId && !attempt.welcomed.settled) {
        this.takeSignIn(attempt, frame);
      } else if (this.pings.has(frame.id)) this.takePong(frame.id, frame);
      else this.outbox.answer(frame.id, frame);
    } catch (error) {
      // Whoever talks like this is not to be trusted with the rest of the stream.
      attempt.socket?.abort(`unreadable frame: ${errorOf(error).message}`);
    }
  }

  private takeEvent(frame: IncomingFrame): void {
    if (frame.type === 'draining') this.drainingWithinMs = Number(frame.body.within_ms) || 0;
    this.owner.happened(frame);
  }

  private takePong(id: number, frame: IncomingFrame): void {
    const sentAt = this.pings.get(id);
    this.pings.delete(id);
    if (frame.type === 'pong' && sentAt !== undefined) this.setClock(frame.body.time_ms, sentAt);
  }

  private setClock(serverMs: unknown, sentAt: number): void {
    if (typeof serverMs !== 'number') return;
    this.serverOffsetMs = Math.round(serverMs - (Date.now() - (performance.now() - sentAt) / 2));
  }

  // The life of the session.

  private async run(life: Life): Promise<void> {
    const { reconnectInitialMs, reconnectCapMs, healthyAfterMs } = this.parts.policy;
    const backoff = new Backoff(reconnectInitialMs, reconnectCapMs, this.random);
    this.change({ type: 'state', state: 'connecting', terminal: false });
    while (this.life === life) {
      let code = ABNORMAL;
      let reason = '';
      try {
        const attempt = await this.establish(life);
        if (attempt === undefined) return;
        const since = performance.now();
        ({ code, reason } = await attempt.ended.promise);
        if (performance.now() - since >= healthyAfterMs) backoff.reset();
        if (code === NORMAL && this.leaving) {
          this.stop(); // the answer to `bye`
          return;
        }
        if (!triesAgain(code)) throw new SessionEndedError(ending(code, reason), code);
      } catch (error) {
        if (this.life !== life) return;
        if (!(error instanceof TryAgain)) {
          this.end(life, errorOf(error));
          return;
        }
        reason = error.message;
      }
      if (this.life !== life) return;
      this.lastReason = reason || `closed with ${code}`;
      if (this.state === 'connected') {
        this.change({ type: 'state', state: 'connecting', code, reason, terminal: false });
      }
      await this.pause(life, this.delay(backoff));
    }
  }

  /** How long to wait; a server that drains has said over how long to spread. */
  private delay(backoff: Backoff): number {
    const spread = this.drainingWithinMs;
    this.drainingWithinMs = 0;
    if (spread > 0) return this.random() * Math.min(spread, this.parts.policy.reconnectCapMs);
    return backoff.next();
  }

  private async pause(life: Life, milliseconds: number): Promise<void> {
    const woken = new Deferred<void>();
    life.wake = () => woken.resolve();
    await within(Promise.race([woken.promise, life.stopped.promise]), milliseconds);
    life.wake = undefined;
  }

  /** Connect and sign in; undefined if stopped meanwhile. Throws TryAgain to be called again. */
  private async establish(life: Life): Promise<Attempt | undefined> {
    const resuming = this.token !== undefined;
    if (!resuming) {
      const ticket = await Promise.race([this.desk.have(), life.stopped.promise]);
      if (this.life !== life || ticket === undefined) return undefined;
      this.gateway = ticket.gateway;
    }
    const attempt = this.open(resuming);
    const done = attempt.welcomed.promise.then(() => true);
    const gone = life.stopped.promise.then(() => false);
    const { signInTimeoutMs } = this.parts.policy;
    try {
      const signedIn = await within(Promise.race([done, gone]), signInTimeoutMs);
      if (signedIn === undefined) throw new TryAgain('no answer in time');
      return signedIn ? attempt : undefined;
    } catch (error) {
      if (this.attempt === attempt) {
        this.attempt = undefined;
        attempt.socket?.leave();
      }
      throw error;
    }
  }

  private open(resuming: boolean): Attempt {
    const attempt: Attempt = {
      resuming,
      ticketFresh: this.desk.fresh,
      requestId: 0,
      sentAt: 0,
      socket: undefined,
      welcomed: new Deferred(),
      ended: new Deferred(),
    };
    this.attempt = attempt;
    try {
      attempt.socket = new Socket(
        this.parts.webSocket,
        this.gateway,
        this.parts.codec.subprotocol,
        {
          opened: (protocol) => this.opened(attempt, protocol),
          received: (data) => {
            if (this.attempt === attempt) this.received(attempt, data);
          },
          closed: (code, reason) => this.closed(attempt, code, reason),
        },
      );
    } catch (error) {
      throw new SessionEndedError(`the gateway's address is refused: ${errorOf(error).message}`);
    }
    return attempt;
  }

  private opened(attempt: Attempt, protocol: string): void {
    if (this.attempt !== attempt || attempt.socket === undefined) return;
    if (!attempt.socket.speaks(protocol)) {
      const { subprotocol } = this.parts.codec;
      attempt.welcomed.reject(new SessionEndedError(`the gateway does not speak ${subprotocol}`));
      return;
    }
    attempt.requestId = this.outbox.nextId();
    attempt.sentAt = performance.now();
    const { info, codec } = this.parts;
    const { requestId: id } = attempt;
    if (attempt.resuming) {
      const body = { token: this.token, client: info, positions: this.owner.positions() };
      attempt.socket.send(codec.encode({ id, type: 'resume', body }));
    } else {
      const body = { ...this.desk.show(), client: info };
      attempt.socket.send(codec.encode({ id, type: 'hello', body }));
    }
  }

  /** Take the end of a connection as it happens, before anything else is sent on it. */
  private closed(attempt: Attempt, code: number, reason: string): void {
    if (this.attempt === attempt) {
      this.attempt = undefined;
      this.stopLiveness();
      this.outbox.offline();
      if (!attempt.welcomed.settled) this.closedEarly(attempt, code, reason);
    }
    attempt.ended.resolve({ code, reason });
  }

  private closedEarly(attempt: Attempt, code: number, reason: string): void {
    if (code === SIGN_IN_REFUSED) this.signInRefused(attempt, undefined);
    else if (triesAgain(code)) {
      attempt.welcomed.reject(new TryAgain(reason || `closed with ${code}`));
    } else attempt.welcomed.reject(new SessionEndedError(ending(code, reason), code));
  }

  private takeSignIn(attempt: Attempt, frame: IncomingFrame): void {
    if (frame.type === 'error') {
      this.signInRefused(attempt, frame.body as unknown as Failure);
    } else if (frame.type === 'welcome') {
      this.welcomed(attempt, frame.body as unknown as Welcome);
    }
  }

  private welcomed(attempt: Attempt, welcome: Welcome): void {
    const { socket } = attempt;
    if (socket === undefined) return;
    const { limits } = welcome;
    this.token = welcome.token;
    this.keeper.write({ token: welcome.token, gateway: this.gateway });
    this.setClock(welcome.time_ms, attempt.sentAt);
    this.owner.welcomed(welcome, attempt.resuming);
    attempt.welcomed.resolve();
    this.change({ type: 'state', state: 'connected', terminal: false });
    this.outbox.online(socket, {
      highestRequest: welcome.highest_request,
      window: limits.in_flight,
      maximumBytes: limits.frame_bytes,
    });
    this.stopLiveness();
    const ping = () => this.ping(socket);
    this.liveness = new Liveness(socket, this.parts.policy, welcome.ping_interval_ms, ping);
    this.life?.ready.resolve(welcome);
  }

  /** Decide what a refused sign-in means; `failure` is missing where only a close told of it. */
  private signInRefused(attempt: Attempt, failure: Failure | undefined): void {
    const code = failure?.code;
    let error: Error;
    if (failure !== undefined && certaintyOf(failure) !== 'final') {
      error = new TryAgain(`${code}: ${failure.message}`);
    } else if (attempt.resuming && (code === undefined || code === 'token_invalid')) {
      this.forget();
      this.owner.sessionLost();
      this.outbox.sessionLost();
      error = new TryAgain('the server no longer knows the session');
    } else if (code === 'ticket_invalid' && !attempt.ticketFresh) {
      this.desk.forget();
      error = new TryAgain('the ticket was used up');
    } else {
      // The token leads nowhere any more: the player's next `connect` asks for a ticket.
      this.forget();
      error =
        failure === undefined
          ? new SessionEndedError('the ticket was refused', SIGN_IN_REFUSED)
          : CroupierError.of(failure);
    }
    attempt.welcomed.reject(error);
  }

  private ping(socket: Socket): void {
    const id = this.outbox.nextId();
    this.pings.set(id, performance.now());
    socket.send(this.parts.codec.encode({ id, type: 'ping', body: {} }));
  }

  private stopLiveness(): void {
    this.liveness?.stop();
    this.liveness = undefined;
    this.pings.clear();
  }

  /** Give up for good. */
  private end(life: Life, error: Error): void {
    this.life = undefined;
    this.attempt = undefined;
    this.outbox.fail((inDoubt) => unanswered(error, inDoubt));
    life.ready.reject(error);
    const code = error instanceof SessionEndedError ? error.code : undefined;
    const change = { type: 'state', state: 'disconnected', terminal: true } as const;
    const reason = error.message;
    this.change(code === undefined ? { ...change, reason } : { ...change, reason, code });
  }

  private change(change: StateChange): void {
    this.state = change.state;
    this.owner.stateChanged(change);
  }
}
