import { CLOSE_CODES } from '@croupier/protocol';
import { CroupierError, SESSION_ENDED } from './errors';

/** The close code of a refused ticket or token. */
export const SIGN_IN_REFUSED = 4506;
/** The close code behind the answer to `bye`. */
export const NORMAL = 1000;
const MESSAGE_TOO_BIG = 1009;

/** Whether to reconnect after a close code. The set is open: 45xx means no, others yes. */
export function triesAgain(code: number): boolean {
  if (code === NORMAL || code === MESSAGE_TOO_BIG) return false;
  return !(code >= 4500 && code < 5000);
}

/** What a close code says, for reading. */
export function ending(code: number, reason: string): string {
  const known: Readonly<Record<number, { readonly name: string }>> = CLOSE_CODES;
  const name = known[code]?.name.replaceAll('_', ' ') ?? 'for a reason unknown here';
  return `the server ended the session: ${code} ${name}${reason ? ` (${reason})` : ''}`;
}

/** The error of a request that had no answer when the session ended. */
export function unanswered(error: Error, inDoubt: boolean): CroupierError {
  const certainty = inDoubt ? 'unknown' : 'temporary';
  return new CroupierError(SESSION_ENDED, certainty, error.message, undefined, error);
}
