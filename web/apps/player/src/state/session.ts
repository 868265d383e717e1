import type { Balance, Welcome } from '@croupier/protocol';
import type { ClientEvent, ConnectionState } from '@croupier/sdk';
import { tMaybe } from '../text/t';

/** Which page the session is at. */
export type Phase =
  /** Nobody has signed in. */
  | 'welcome'
  /** Signing in or resuming for the first time in this tab. */
  | 'opening'
  /** Signed in; the connection may come and go. */
  | 'live'
  /** Another tab or device has the session. */
  | 'elsewhere'
  /** Over; a new session is needed. */
  | 'ended';

/** Why something is amiss, in words of the catalogue. */
export type Trouble = 'outdated' | 'closed' | 'fairness';

/** Where the session stood when it began: for elapsed time and net position. */
export interface Beginning {
  readonly session: string;
  readonly startedMs: number;
  /** Free and held money at that time, in minor units. */
  readonly total: number;
}

/** Everything the shell shows of a session. */
export interface SessionState {
  readonly phase: Phase;
  readonly connection: ConnectionState;
  readonly welcome: Welcome | undefined;
  readonly balance: Balance | undefined;
  readonly beginning: Beginning | undefined;
  readonly trouble: Trouble | undefined;
  /** What the server said on closing, for reading. */
  readonly reason: string | undefined;
  /** Why the welcome page is shown again, or could not go on. */
  readonly notice: string | undefined;
}

/** Before anything has happened. */
export const NO_SESSION: SessionState = {
  phase: 'welcome',
  connection: 'disconnected',
  welcome: undefined,
  balance: undefined,
  beginning: undefined,
  trouble: undefined,
  reason: undefined,
  notice: undefined,
};

/** What moves the session on: events of the client, and what the player does. */
export type SessionEvent =
  | ClientEvent
  | { readonly type: 'open' }
  | { readonly type: 'elsewhere' }
  | { readonly type: 'leave'; readonly notice?: string }
  | { readonly type: 'begin'; readonly beginning: Beginning };

const REPLACED = 4500;
const SIGN_IN_REFUSED = 4506;
const OUTDATED: readonly number[] = [4504, 4505, 1002, 1007];

/** Return the session after an event. Pure. */
export function nextSession(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'open':
      return { ...NO_SESSION, phase: 'opening', connection: 'connecting' };
    case 'elsewhere':
      return { ...state, phase: 'elsewhere' };
    case 'leave':
      return { ...NO_SESSION, notice: event.notice };
    case 'begin':
      return { ...state, beginning: event.beginning };
    case 'welcome':
      return {
        ...state,
        phase: 'live',
        welcome: event.welcome,
        balance: newest(event.resumed ? state.balance : undefined, event.welcome.balance),
        trouble: state.trouble === 'fairness' ? 'fairness' : undefined,
        reason: undefined,
        notice: undefined,
      };
    case 'balance':
      return { ...state, balance: newest(state.balance, event.balance) };
    case 'state':
      return afterChange(state, event);
    case 'problem':
      return event.error.name === 'FairnessError' ? { ...state, trouble: 'fairness' } : state;
    default:
      return state;
  }
}

function afterChange(
  state: SessionState,
  event: Extract<ClientEvent, { type: 'state' }>,
): SessionState {
  const moved = { ...state, connection: event.state };
  if (!event.terminal || event.state !== 'disconnected') return moved;
  if (event.code === REPLACED) return { ...moved, phase: 'elsewhere' };
  if (event.code === SIGN_IN_REFUSED) return { ...moved, phase: 'ended' };
  if (event.code === undefined || event.code === 1000) return moved;
  const trouble = OUTDATED.includes(event.code) ? 'outdated' : 'closed';
  return { ...moved, trouble, reason: event.reason };
}

/** The balance with the higher version, whatever order they arrive in. */
export function newest(known: Balance | undefined, arrived: Balance): Balance {
  return known !== undefined && known.version > arrived.version ? known : arrived;
}

/** What the player has won or lost since the session began; money in play still counts as his. */
export function netPosition(beginning: Beginning, balance: Balance): number {
  return balance.amount + balance.held - beginning.total;
}

/** An error of a request as a plain sentence. `amount` writes minor units. */
export function sentence(error: unknown, amount: (minor: number) => string): string {
  const { code, details, message } = partsOf(error);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(details)) {
    if (typeof value === 'number') values[name] = amount(value);
  }
  const known = tMaybe(`error.${code}`, values);
  if (known !== undefined && !known.includes('{')) return known;
  return tMaybe('error.unknown', { message }) ?? message;
}

function partsOf(error: unknown) {
  const found = error as { code?: unknown; details?: unknown; message?: unknown };
  return {
    code: typeof found?.code === 'string' ? found.code : '',
    details: (found?.details ?? {}) as Record<string, unknown>,
    message: typeof found?.message === 'string' ? found.message : String(error),
  };
}
