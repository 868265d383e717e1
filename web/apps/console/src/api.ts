/** The calls of the operators' interface. None throws: a refusal is an answer like another. */

export const PREFIX = '/api/v1/console';

/** What came back. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** Why not. */
export interface Refusal {
  /** The code of the server, or `unreachable_server` where there was no answer. */
  readonly code: string;
  /** The server's sentence; empty without one. */
  readonly message: string;
  /** Which value was wrong, and how, where the server says so; else empty. */
  readonly field: string;
  readonly reason: string;
  /** After how many seconds to try again; 0 where the server does not say. */
  readonly waitS: number;
}

export const NO_SERVER: Refusal = {
  code: 'unreachable_server',
  message: '',
  field: '',
  reason: '',
  waitS: 0,
};

/** By how many milliseconds the server's clock is ahead of this one, to a second or so. */
let offsetMs = 0;

/** The server's time, in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

let used: () => void = () => undefined;

/** Call this whenever the server has counted a use of the sign-in. */
export function whenUsed(listener: () => void): void {
  used = listener;
}

let ended: (code: string) => void = () => undefined;

/** Call this when the server no longer knows the sign-in. */
export function whenEnded(listener: (code: string) => void): void {
  ended = listener;
}

/** Ask the server. A body is sent as JSON. */
export async function ask<T>(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`${PREFIX}${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(method === 'POST' && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body ?? {}),
      }),
    });
  } catch {
    return { ok: false, refusal: NO_SERVER };
  }
  const date = Date.parse(response.headers.get('Date') ?? '');
  // The header is cut to whole seconds: anything below two is no difference.
  if (!Number.isNaN(date)) offsetMs = Math.abs(date - Date.now()) > 2_000 ? date - Date.now() : 0;
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok) {
    if (!path.endsWith('?use=no')) used();
    return { ok: true, value: value as T };
  }
  const refusal = refusalOf(value, response);
  if (refusal.code === 'not_signed_in') ended(refusal.code);
  return { ok: false, refusal };
}

function refusalOf(value: unknown, response: Response): Refusal {
  const error = (value as { error?: Record<string, unknown> } | undefined)?.error;
  const word = (name: string) => (typeof error?.[name] === 'string' ? error[name] : '');
  const waitS = Number(response.headers.get('Retry-After') ?? 0);
  return {
    code: word('code') || `status_${response.status}`,
    message: word('message'),
    field: word('field'),
    reason: word('reason'),
    waitS: Number.isFinite(waitS) ? waitS : 0,
  };
}
