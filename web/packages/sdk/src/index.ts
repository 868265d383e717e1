/** The client of Croupier for browsers and Node: sit down, bet, and be sure of every answer. */
export type {
  Accepted,
  Acted,
  ActivityList,
  Balance,
  BoardEntry,
  CashOut,
  Certainty,
  ChainInfo,
  ErrorCode,
  GameActivity,
  HistoryList,
  LiveState,
  LobbyGame,
  Option,
  PlacedBets,
  Proof,
  Seated,
  SeatInfo,
  StakeRange,
  TableCard,
  TableList,
  Welcome,
} from '@croupier/protocol';
export { Backoff } from './backoff';
export { CLIENT_INFO, Client, type ClientOptions } from './client';
export {
  CLOSED,
  ClientError,
  ConnectError,
  CroupierError,
  FairnessError,
  SESSION_ENDED,
  SESSION_LOST,
  SessionEndedError,
  TicketError,
} from './errors';
export type { ClientEvent, ConnectionState, Listener, StateChange } from './events';
export type { LiveEvent } from './live-state';
export { LiveTable } from './live-table';
export { multiplierAt } from './multiplier';
export { DEFAULT_POLICY, type Policy } from './policy';
export type { RandomBytes } from './random';
export type { Round } from './round';
export type { WebSocketConstructor, WebSocketLike } from './socket';
export { Table } from './table';
export { type DemoOptions, demoTickets, type TicketAnswer, type TokenStorage } from './tickets';
