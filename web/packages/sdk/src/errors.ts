import type { Certainty, ErrorCode, Failure } from '@croupier/protocol';

/** Base of everything that the client raises by itself. */
export class ClientError extends Error {
  override name = 'ClientError';
}

/** Code of a request whose session the server no longer knows. The client's own, not the wire's. */
export const SESSION_LOST = 'session_lost';
/** Code of a request without an answer when the client gave up. The client's own. */
export const SESSION_ENDED = 'session_ended';
/** Code of a request without an answer when the program closed the client. The client's own. */
export const CLOSED = 'closed';

/**
 * A request was refused, or its answer cannot be had any more. `certainty` says whether anything may
 * have happened: final is decided, temporary was not executed, unknown is in doubt.
 */
export class CroupierError extends ClientError {
  override name = 'CroupierError';
  readonly code: ErrorCode;
  readonly certainty: Certainty;
  readonly details?: Record<string, unknown>;

  constructor(
    code: ErrorCode,
    certainty: Certainty,
    message: string,
    details?: object,
    cause?: Error,
  ) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.certainty = certainty;
    if (details !== undefined) this.details = { ...details };
  }

  /** Whether the same may be asked again without the risk of doing it twice. */
  get retryable(): boolean {
    return this.certainty === 'temporary';
  }

  /** The error that an error reply stands for. */
  static of(failure: Failure): CroupierError {
    const { code, message, details } = failure;
    return new CroupierError(code, certaintyOf(failure), message, details);
  }
}

/** A revealed seed does not belong to the chain that was committed to before the bet. */
export class FairnessError extends ClientError {
  override name = 'FairnessError';
}

/** The session is over and the client will not reconnect by itself; `code` is the close code. */
export class SessionEndedError extends ClientError {
  override name = 'SessionEndedError';
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** The first connection could not be made in the time given. */
export class ConnectError extends ClientError {
  override name = 'ConnectError';
}

/** There is no ticket to be had; `temporary` says whether the client shall ask again. */
export class TicketError extends ClientError {
  override name = 'TicketError';
  readonly temporary: boolean;

  constructor(message: string, options: { temporary: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.temporary = options.temporary;
  }
}

/** How sure an error reply is; a certainty that we do not know counts as in doubt. */
export function certaintyOf(failure: { readonly certainty: string }): Certainty {
  const { certainty } = failure;
  return certainty === 'final' || certainty === 'temporary' ? certainty : 'unknown';
}

/** Whatever was thrown, as an Error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
