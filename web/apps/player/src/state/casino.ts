import type { LobbyGame } from '@croupier/protocol';
import { Client, type ClientEvent } from '@croupier/sdk';
import { create } from 'zustand';
import { t } from '../text/t';
import { readBeginning } from './beginning';
import { type Handover, joinTabs } from './handover';
import { NO_SESSION, nextSession, type SessionEvent, type SessionState } from './session';
import { tabStorage } from './storage';
import { openDemoAccount, SignInError, signInFailure } from './tickets';

/** The session, the games, and what is shown of the balance while a result is on its way. */
export interface Casino extends SessionState {
  readonly client: Client | undefined;
  readonly lobby: readonly LobbyGame[] | undefined;
  readonly lobbyFailed: boolean;
  /** Server clock minus ours, in milliseconds. */
  readonly offsetMs: number;
  /** Net of the stake of a round whose result is being played; null otherwise. */
  readonly veiled: number | null;
  /** Grows with every change of a table, so that views look again. */
  readonly tablesChanged: number;
}

const RECORD = 'croupier.session';
const BEGINNING = 'croupier.beginning';
const VERSION = '0.1.0';
/** A session found in the storage is worth trying for as long as a page stays open. */
const RESUME_FOR_MS = 86_400_000;

/** The one store of the live state. */
export const useCasino = create<Casino>(() => ({
  ...NO_SESSION,
  client: undefined,
  lobby: undefined,
  lobbyFailed: false,
  offsetMs: 0,
  veiled: null,
  tablesChanged: 0,
}));

let tabs: Handover | undefined;

function dispatch(event: SessionEvent): void {
  useCasino.setState((state) => nextSession(state, event));
}

/** Look for a session of this tab, or of another one. Called once, when the page opens. */
export async function start(): Promise<void> {
  tabs = joinTabs({
    record: () => (useCasino.getState().phase === 'live' ? tabStorage.get(RECORD) : undefined),
    handedOver: () => {
      void dropClient();
      dispatch({ type: 'elsewhere' });
    },
  });
  if (tabStorage.get(RECORD) !== undefined) {
    await open(undefined);
    return;
  }
  if (await tabs.anyone()) {
    if (useCasino.getState().phase === 'welcome') dispatch({ type: 'elsewhere' });
  }
}

/** Open a play-money account and play. */
export function playDemo(currency: string): Promise<void> {
  tabStorage.remove(RECORD);
  return open(currency);
}

/** Take the session from the tab that has it. */
export async function playHere(): Promise<void> {
  const record = await tabs?.take();
  if (record === undefined) {
    forget();
    dispatch({ type: 'leave', notice: t('elsewhere.gone') });
    return;
  }
  tabStorage.set(RECORD, record);
  await open(undefined);
}

/** Forget whatever session there was, and show the welcome page. */
export async function startAnew(): Promise<void> {
  await dropClient();
  forget();
  dispatch({ type: 'leave' });
}

/** End the session for good. */
export async function signOut(): Promise<void> {
  const { client } = useCasino.getState();
  forget();
  dispatch({ type: 'leave', notice: t('welcome.signedOut') });
  useCasino.setState({ client: undefined });
  await client?.close().catch(() => undefined);
}

/** Connect again after the server ended the connection. */
export function connectAgain(): void {
  const { client } = useCasino.getState();
  void client?.connect().catch(failed);
}

/** Sign in with a new account in this currency, or resume what the storage holds. */
async function open(currency: string | undefined): Promise<void> {
  await dropClient();
  dispatch({ type: 'open' });
  let wish = currency;
  const policy = currency === undefined ? { connectForMs: RESUME_FOR_MS } : {};
  const client = new Client({
    client: { name: 'croupier-player', version: VERSION },
    policy,
    tickets: () => {
      // Only a player's own wish opens an account: a lost session is never replaced silently.
      const chosen = wish;
      wish = undefined;
      if (chosen === undefined) return Promise.reject(new SignInError('welcome.ended'));
      return openDemoAccount(chosen);
    },
    storage: {
      get: () => tabStorage.get(RECORD),
      set: (record: string) => tabStorage.set(RECORD, record),
      remove: () => tabStorage.remove(RECORD),
    },
  });
  client.subscribe((event) => heard(client, event));
  useCasino.setState({ client, lobby: undefined });
  try {
    await client.connect();
  } catch (error) {
    if (useCasino.getState().client === client) failed(error);
  }
}

function heard(client: Client, event: ClientEvent): void {
  if (useCasino.getState().client !== client) return;
  dispatch(event);
  if (event.type === 'welcome') {
    begin(client);
    void fetchLobby();
  }
  if (event.type === 'table') {
    useCasino.setState((state) => ({ tablesChanged: state.tablesChanged + 1 }));
  }
  useCasino.setState({ offsetMs: client.serverOffsetMs });
  if (useCasino.getState().phase === 'ended') failed(new SignInError('welcome.ended'));
}

/** Remember where the session began, or find it again after a reload. */
function begin(client: Client): void {
  const { welcome } = client;
  if (welcome === undefined) return;
  const known = readBeginning(tabStorage.get(BEGINNING));
  if (known?.session === welcome.session) {
    dispatch({ type: 'begin', beginning: known });
    return;
  }
  const total = welcome.balance.amount + welcome.balance.held;
  const beginning = { session: welcome.session, startedMs: welcome.time_ms, total };
  tabStorage.set(BEGINNING, JSON.stringify(beginning));
  dispatch({ type: 'begin', beginning });
}

/** Fetch the games there are. */
export async function fetchLobby(): Promise<void> {
  const { client } = useCasino.getState();
  if (client === undefined) return;
  try {
    const lobby = await client.lobby();
    useCasino.setState({ lobby, lobbyFailed: false });
  } catch {
    useCasino.setState({ lobbyFailed: true });
  }
}

function failed(error: unknown): void {
  const reason = signInFailure(error);
  // Out of reach is no reason to forget a session that a later attempt may resume.
  if (reason !== 'welcome.failed') forget();
  const { phase } = useCasino.getState();
  if (phase === 'elsewhere') return;
  void dropClient();
  dispatch({ type: 'leave', notice: t(reason) });
}

/**
 * Show the balance less a stake until an action is done, so that it does not tell a result before
 * the reels or the wheel do.
 */
export async function behindVeil(stake: number, action: () => Promise<void>): Promise<void> {
  const free = useCasino.getState().balance?.amount ?? 0;
  useCasino.setState({ veiled: Math.max(0, free - stake) });
  try {
    await action();
  } finally {
    useCasino.setState({ veiled: null });
  }
}

async function dropClient(): Promise<void> {
  const { client } = useCasino.getState();
  useCasino.setState({ client: undefined, veiled: null });
  await client?.disconnect().catch(() => undefined);
}

function forget(): void {
  tabStorage.remove(RECORD);
  tabStorage.remove(BEGINNING);
}

/** Look at the connection at once whenever the page may have slept or lost its network. */
export function watchPage(): void {
  const wake = () => useCasino.getState().client?.wake();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wake();
  });
  globalThis.addEventListener('pageshow', wake);
  globalThis.addEventListener('online', wake);
  globalThis.addEventListener('offline', wake);
}
