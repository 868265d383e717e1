import { create } from 'zustand';
import { PREFIX } from '../api';
import type {
  LiveMessage,
  NodeRow,
  PrivatePlay,
  TableDetail,
  TableEvent,
  TableRow,
} from '../types';
import { openSession } from './session';

/** A row, and when its phase ends by this page's clock that never goes back. */
export interface LiveRow extends TableRow {
  readonly until: number | null;
}

/** The table that is looked at. */
export interface Followed {
  readonly id: string;
  /** Undefined until the server has told; null where there is no such table. */
  readonly table: TableDetail | null | undefined;
  /** The newest first. */
  readonly events: readonly NumberedEvent[];
  readonly missed: number;
}

export interface NumberedEvent extends TableEvent {
  readonly number: number;
}

export interface LiveState {
  readonly status: 'off' | 'connecting' | 'online' | 'offline';
  /** Whether there has been a snapshot. */
  readonly known: boolean;
  readonly tables: ReadonlyMap<string, LiveRow>;
  readonly private: readonly PrivatePlay[];
  readonly nodes: readonly NodeRow[];
  readonly followed: Followed | undefined;
}

export const EVENTS_SHOWN = 200;
/** The close code after `ended`: the server has said why, so there is no use in coming back. */
const ENDED = 4401;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

const EMPTY: LiveState = {
  status: 'off',
  known: false,
  tables: new Map(),
  private: [],
  nodes: [],
  followed: undefined,
};

export const useLive = create<LiveState>(() => EMPTY);

/** Return the state after a message of the server. */
export function heard(state: LiveState, message: LiveMessage, now: number): Partial<LiveState> {
  if (message.type === 'snapshot') {
    const tables = new Map(message.tables.map((row) => [row.id, timed(row, now)]));
    return { known: true, tables, private: message.private, nodes: message.nodes ?? [] };
  }
  if (message.type === 'changes') {
    const changed = {
      private: message.private ?? state.private,
      nodes: message.nodes ?? state.nodes,
    };
    if (message.tables.length === 0 && message.gone.length === 0) return changed;
    const tables = new Map(state.tables);
    for (const id of message.gone) tables.delete(id);
    for (const row of message.tables) tables.set(row.id, timed(row, now));
    return { tables, ...changed };
  }
  const { followed } = state;
  if (message.type === 'ended' || followed === undefined || followed.id !== message.id) return {};
  if (message.type === 'detail') return { followed: { ...followed, table: message.table } };
  let number = followed.events[0]?.number ?? 0;
  const fresh = message.events.map((event) => {
    number += 1;
    return { ...event, number };
  });
  const events = [...fresh.reverse(), ...followed.events].slice(0, EVENTS_SHOWN);
  return { followed: { ...followed, events, missed: followed.missed + message.missed } };
}

function timed(row: TableRow, now: number): LiveRow {
  return { ...row, until: row.phase_ms_left === null ? null : now + row.phase_ms_left };
}

let socket: WebSocket | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;
let attempt = 0;

/** Watch the tables from now on, through every break, until `stopLive`. */
export function startLive(): void {
  if (socket === undefined && waiting === undefined) connect();
}

/** Watch no more. */
export function stopLive(): void {
  clearTimeout(waiting);
  waiting = undefined;
  attempt = 0;
  const last = socket;
  socket = undefined;
  last?.close(1000);
  useLive.setState(EMPTY);
}

/** Look at one table, or at none. */
export function follow(id: string | undefined): void {
  useLive.setState({
    followed: id === undefined ? undefined : { id, table: undefined, events: [], missed: 0 },
  });
  if (socket?.readyState === WebSocket.OPEN) tellFollowed(socket);
}

function tellFollowed(to: WebSocket): void {
  const id = useLive.getState().followed?.id;
  to.send(
    JSON.stringify(id === undefined ? { type: 'unsubscribe' } : { type: 'subscribe', table: id }),
  );
}

function connect(): void {
  waiting = undefined;
  // Nobody has asked for it: a page that is left alone must not keep its sign-in for ever.
  const address = new URL(`${PREFIX}/live?use=no`, globalThis.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const mine = new WebSocket(address);
  socket = mine;
  let opened = false;
  useLive.setState(({ known }) => ({ status: known ? 'offline' : 'connecting' }));
  mine.onopen = () => {
    if (socket !== mine) return;
    opened = true;
    if (useLive.getState().followed !== undefined) tellFollowed(mine);
  };
  mine.onmessage = ({ data }) => {
    if (socket !== mine) return;
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.type === 'snapshot') {
      attempt = 0;
      useLive.setState({ status: 'online' });
    }
    useLive.setState((state) => heard(state, message, performance.now()));
  };
  mine.onclose = ({ code }) => {
    if (socket !== mine) return;
    socket = undefined;
    useLive.setState({ status: 'offline' });
    if (code === ENDED) {
      // Signed out, or with another role now: the server says which.
      void openSession('by itself');
      return;
    }
    // A handshake that was refused tells no reason; the sign-in may be over.
    if (!opened) void openSession('by itself');
    const span = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
    attempt += 1;
    waiting = setTimeout(connect, span * (0.5 + Math.random() / 2));
  };
}
