import { create } from 'zustand';
import { type Answer, ask, type Refusal, serverNow, whenEnded, whenUsed } from '../api';
import type { ConsoleSession } from '../types';

/** Where the sign-in stands. */
export interface SessionState {
  readonly phase: 'opening' | 'outside' | 'inside' | 'unreachable';
  readonly session: ConsoleSession | undefined;
  /** When the server last counted a use, by its own clock. */
  readonly usedMs: number;
  /** Why nobody is signed in, where there was somebody. */
  readonly left: 'expired' | 'left' | undefined;
}

export const useSession = create<SessionState>(() => ({
  phase: 'opening',
  session: undefined,
  usedMs: 0,
  left: undefined,
}));

/** What an operator hands over. Exactly one of both codes. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly code?: string;
  readonly recovery_code?: string;
}

/** Kept while somebody is signed in, so that a browser where nobody is need not ask and be refused. */
const HINT = 'croupier.console.signed-in';

/** Whether somebody may be signed in here; where the browser keeps nothing, always. */
function maybeInside(): boolean {
  try {
    return globalThis.localStorage.getItem(HINT) !== null;
  } catch {
    return true;
  }
}

function keepHint(inside: boolean): void {
  try {
    if (inside) globalThis.localStorage.setItem(HINT, '1');
    else globalThis.localStorage.removeItem(HINT);
  } catch {
    // Then it is asked each time.
  }
}

/** Find out who is signed in when the page begins. */
export function beginSession(): void {
  if (maybeInside()) void openSession();
  else outside(undefined);
}

/** Find out who is signed in, if anybody. What a page asks by itself is no use of the sign-in. */
export async function openSession(by: 'a person' | 'by itself' = 'a person'): Promise<void> {
  const { usedMs } = useSession.getState();
  const answer = await ask<ConsoleSession>(
    'GET',
    by === 'a person' ? '/session' : '/session?use=no',
  );
  if (answer.ok) {
    enter(answer.value);
    if (by !== 'a person') useSession.setState({ usedMs });
  } else if (answer.refusal.code === 'not_signed_in') outside(useSession.getState().left);
  else if (useSession.getState().phase !== 'inside') useSession.setState({ phase: 'unreachable' });
}

/** Sign in; returns the refusal, if it was one. */
export async function signIn(credentials: Credentials): Promise<Refusal | undefined> {
  const answer = await ask<ConsoleSession>('POST', '/sign-in', credentials);
  if (!answer.ok) return answer.refusal;
  enter(answer.value);
  return undefined;
}

/** End the sign-in; without an answer it stays, for a page that says otherwise would lie. */
export async function signOut(): Promise<Refusal | undefined> {
  const answer: Answer<unknown> = await ask('POST', '/sign-out');
  if (!answer.ok) return answer.refusal;
  outside('left');
  return undefined;
}

/** The sign-in is over. */
export function sessionEnded(): void {
  if (useSession.getState().phase === 'inside') outside('expired');
}

/** Whether the role allows something. The server decides; this only leaves out what it refuses. */
export function may(session: ConsoleSession | undefined, permission: string): boolean {
  return session?.permissions.includes(permission) ?? false;
}

/** How long the sign-in lasts without a further use, and at all, in milliseconds. */
export function timeLeft(
  session: ConsoleSession,
  usedMs: number,
  nowMs: number,
): { readonly idleMs: number; readonly absoluteMs: number } {
  // The server notes a use only when the last note is older than this.
  const blur = Math.min(session.idle_ms / 10, 15_000);
  return {
    idleMs: usedMs + session.idle_ms - blur - nowMs,
    absoluteMs: session.ends_ms - nowMs,
  };
}

function enter(session: ConsoleSession): void {
  keepHint(true);
  useSession.setState({ phase: 'inside', session, usedMs: serverNow(), left: undefined });
}

function outside(left: SessionState['left']): void {
  keepHint(false);
  useSession.setState({ phase: 'outside', session: undefined, left });
}

whenUsed(() => useSession.setState({ usedMs: serverNow() }));
whenEnded(sessionEnded);
