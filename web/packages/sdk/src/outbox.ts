import type { Answers, Failure } from '@croupier/protocol';
import { Backoff } from './backoff';
import { type Codec, frameBytes, type IncomingFrame, type Wire } from './codec';
import { Deferred } from './deferred';
import { ClientError, CroupierError, certaintyOf, errorOf, SESSION_LOST } from './errors';
import type { Policy } from './policy';
import type { Socket } from './socket';

/** Requests that may move money; never sent again under another session. */
const MONEY = new Set(['spin', 'deal', 'act', 'bet']);

/** Requests that do no harm when a new session asks them once more. */
const REPEATABLE = new Set([
  'lobby',
  'activity',
  'tables',
  'sit',
  'join',
  'watch',
  'balance',
  'history',
  'round',
  'ping',
]);

/** Which reply answers which request. */
type Row = { readonly [Request in keyof Answers]: readonly Answers[Request][] };
const ANSWERS: Row & Readonly<Record<string, readonly string[]>> = {
  hello: ['welcome'],
  resume: ['welcome'],
  ping: ['pong'],
  bye: ['goodbye'],
  lobby: ['lobby_list'],
  activity: ['activity_list'],
  sit: ['seated'],
  leave: ['left'],
  tables: ['table_list'],
  join: ['joined'],
  watch: ['watching'],
  spin: ['played'],
  deal: ['played'],
  act: ['played', 'acted'],
  bet: ['accepted'],
  balance: ['balance_now'],
  history: ['history_list'],
  round: ['round_proof'],
};

/** What a request's owner makes of the reply's body, as soon as it arrives. */
export type OnReply = (body: unknown) => unknown;

interface Pending {
  id: number;
  readonly type: string;
  readonly body: object;
  frame: Wire;
  readonly answer: Deferred<unknown>;
  readonly onReply: OnReply;
  flying: boolean;
  backoff: Backoff | undefined;
  deadline: number;
}

/** What a signed-in connection may carry. */
export interface OnlineLimits {
  readonly highestRequest: number;
  readonly window: number;
  readonly maximumBytes: number;
}

/**
 * The requests of one session that have no final answer yet. A request gets its id and its bytes
 * when it is first sent and keeps both, whatever happens to the connection: so a bet that is asked
 * twice gets one answer.
 */
export class Outbox {
  private socket: Socket | undefined;
  private lastId = 0;
  private inFlight = 0;
  private window = 1;
  private maximumBytes = 0;
  /** By id, in the order of the ids. */
  private readonly sent = new Map<number, Pending>();
  private unsent: Pending[] = [];

  constructor(
    private readonly codec: Codec,
    private readonly policy: Policy,
    private readonly random: () => number,
  ) {}

  /** How many requests have no final answer. */
  get unanswered(): number {
    return this.sent.size + this.unsent.length;
  }

  /** A fresh request id. */
  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /**
   * Send a request, now or once there is a connection. Gives what `onReply` makes of the reply's
   * body; fails with CroupierError where it was refused.
   */
  submit(type: string, body: object, onReply: OnReply = (reply) => reply): Promise<unknown> {
    const { maximumUnanswered } = this.policy;
    if (this.unanswered >= maximumUnanswered) {
      return Promise.reject(new ClientError(`${maximumUnanswered} requests are unanswered`));
    }
    const pending: Pending = {
      id: 0,
      type,
      body,
      frame: '',
      answer: new Deferred<unknown>(),
      onReply,
      flying: false,
      backoff: undefined,
      deadline: 0,
    };
    this.unsent.push(pending);
    this.pump();
    return pending.answer.promise;
  }

  /** Take a reply. */
  answer(id: number, frame: IncomingFrame): void {
    const pending = this.sent.get(id);
    if (pending === undefined) return;
    if (frame.type === 'error') {
      this.refused(pending, frame.body as unknown as Failure);
      return;
    }
    this.finish(pending);
    const answers: readonly string[] = ANSWERS[pending.type] ?? [frame.type];
    if (!answers.includes(frame.type)) {
      pending.answer.reject(new ClientError(`${pending.type} was answered by ${frame.type}`));
      return;
    }
    try {
      pending.answer.resolve(pending.onReply(frame.body));
    } catch (error) {
      pending.answer.reject(errorOf(error));
    }
  }

  /** Begin to send on a signed-in connection: first everything unanswered, oldest first. */
  online(socket: Socket, limits: OnlineLimits): void {
    this.socket = socket;
    this.lastId = Math.max(this.lastId, limits.highestRequest);
    this.window = Math.max(1, limits.window);
    this.maximumBytes = limits.maximumBytes;
    this.inFlight = 0;
    for (const pending of [...this.sent.values()]) this.transmit(pending);
    this.pump();
  }

  /** Keep everything until the next connection. */
  offline(): void {
    this.socket = undefined;
    this.inFlight = 0;
    for (const pending of this.sent.values()) pending.flying = false;
  }

  /**
   * Start numbering anew: the server forgot the session these requests belong to. What may have
   * moved money is reported as in doubt and never sent again; questions are asked again.
   */
  sessionLost(): void {
    const all = this.takeAll();
    this.lastId = 0;
    for (const pending of all) {
      if (REPEATABLE.has(pending.type)) {
        pending.id = 0;
        pending.backoff = undefined;
        this.unsent.push(pending);
      } else {
        pending.answer.reject(lost(pending.type, inDoubt(pending)));
      }
    }
  }

  /** Reject everything; `error` is told whether a request may have moved money. */
  fail(error: (inDoubt: boolean) => Error): void {
    for (const pending of this.takeAll()) pending.answer.reject(error(inDoubt(pending)));
  }

  private takeAll(): Pending[] {
    this.offline();
    const all = [...this.sent.values(), ...this.unsent];
    this.sent.clear();
    this.unsent = [];
    return all;
  }

  private pump(): void {
    while (this.socket !== undefined && this.inFlight < this.window) {
      const pending = this.unsent.shift();
      if (pending === undefined) return;
      this.sendFirst(pending);
    }
  }

  private sendFirst(pending: Pending): void {
    const id = this.lastId + 1;
    let frame: Wire;
    try {
      frame = this.codec.encode({ id, type: pending.type, body: pending.body });
    } catch (error) {
      pending.answer.reject(errorOf(error));
      return;
    }
    const size = frameBytes(frame);
    if (this.maximumBytes > 0 && size > this.maximumBytes) {
      pending.answer.reject(new ClientError(`a request of ${size} bytes is too long`));
      return;
    }
    this.lastId = id;
    pending.id = id;
    pending.frame = frame;
    this.sent.set(id, pending);
    this.transmit(pending);
  }

  /** Send the kept bytes, or leave them for the next connection. */
  private transmit(pending: Pending): void {
    if (this.socket === undefined || pending.flying) return;
    pending.flying = true;
    this.inFlight += 1;
    this.socket.send(pending.frame);
  }

  private landed(pending: Pending): void {
    if (!pending.flying) return;
    pending.flying = false;
    this.inFlight -= 1;
  }

  private finish(pending: Pending): void {
    this.sent.delete(pending.id);
    this.landed(pending);
    this.pump();
  }

  /** Ask again where the answer was not final, until the patience of the policy ends. */
  private refused(pending: Pending, failure: Failure): void {
    const { retryInitialMs, retryCapMs, retryForMs } = this.policy;
    const now = performance.now();
    if (pending.backoff === undefined) {
      pending.backoff = new Backoff(retryInitialMs, retryCapMs, this.random);
      pending.deadline = now + retryForMs;
    }
    if (certaintyOf(failure) === 'final' || now >= pending.deadline) {
      this.finish(pending);
      pending.answer.reject(CroupierError.of(failure));
      return;
    }
    this.landed(pending);
    this.pump();
    setTimeout(() => {
      if (this.sent.get(pending.id) === pending) this.transmit(pending);
    }, pending.backoff.next());
  }
}

function inDoubt(pending: Pending): boolean {
  return pending.id > 0 && MONEY.has(pending.type);
}

function lost(type: string, isInDoubt: boolean): CroupierError {
  if (!isInDoubt) {
    return new CroupierError(SESSION_LOST, 'temporary', `the session ended before the ${type}`);
  }
  const message =
    `the server no longer knows the session, so the ${type} may or may not have been played; ` +
    'look for it in the history';
  return new CroupierError(SESSION_LOST, 'unknown', message);
}
