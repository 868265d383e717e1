import { DEMO_PATH, type DemoAccount } from '@croupier/protocol';
import type { TicketAnswer } from '@croupier/sdk';

/** Why there is no ticket; the message is the name of a text. */
export class SignInError extends Error {
  override readonly name = 'TicketError';
  /** Told to the SDK: asking again by itself makes no sense, the player is asked first. */
  readonly temporary = false;

  constructor(readonly reason: SignInFailure) {
    super(reason);
  }
}

/** What can go wrong on signing in; each has a text of this name. */
export type SignInFailure =
  | 'welcome.refused'
  | 'welcome.tooFast'
  | 'welcome.failed'
  | 'welcome.ended';

/** Open a play-money account and return the ticket to play with. */
export async function openDemoAccount(
  currency: string,
  request: typeof fetch = fetch,
): Promise<TicketAnswer> {
  const answer = await request(DEMO_PATH, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ currency }),
    cache: 'no-store',
  }).catch(() => undefined);
  if (answer === undefined) throw new SignInError('welcome.failed');
  if (answer.status === 429) throw new SignInError('welcome.tooFast');
  if (answer.status === 404) throw new SignInError('welcome.refused');
  if (!answer.ok) throw new SignInError('welcome.failed');
  const account = (await answer.json().catch(() => undefined)) as DemoAccount | undefined;
  if (typeof account?.ticket !== 'string' || typeof account.gateway !== 'string') {
    throw new SignInError('welcome.failed');
  }
  return account;
}

const CAUSES_FOLLOWED = 5;

/** Why a session could not be opened or resumed, from whatever the SDK threw. */
export function signInFailure(error: unknown): SignInFailure {
  let cause = error;
  for (let count = 0; count < CAUSES_FOLLOWED && cause instanceof Error; count += 1) {
    if (cause instanceof SignInError) return cause.reason;
    // The server has answered, and wants nothing to do with this session or ticket.
    if (cause.name === 'CroupierError' || cause.name === 'SessionEndedError') {
      return cause.cause instanceof SignInError ? cause.cause.reason : 'welcome.ended';
    }
    cause = cause.cause;
  }
  return 'welcome.failed';
}
