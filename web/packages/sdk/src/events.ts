import type { Balance, Welcome } from '@croupier/protocol';
import type { LiveEvent } from './live-state';
import type { LiveTable } from './live-table';
import type { Table } from './table';

/** Whether requests go out: connecting also means waiting to try again, with requests kept. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected';

/** The connection's state changed; `terminal` means that the client will not try again by itself. */
export interface StateChange {
  readonly type: 'state';
  readonly state: ConnectionState;
  readonly code?: number;
  readonly reason?: string;
  readonly terminal: boolean;
}

/** What a client tells its program unasked. */
export type ClientEvent =
  | StateChange
  | { readonly type: 'balance'; readonly balance: Balance }
  | { readonly type: 'welcome'; readonly welcome: Welcome; readonly resumed: boolean }
  | { readonly type: 'table'; readonly table: Table }
  /** A live table has changed; without an event where its state was taken as a whole. */
  | { readonly type: 'live'; readonly table: LiveTable; readonly event: LiveEvent | null }
  | { readonly type: 'live_left'; readonly table: LiveTable }
  | { readonly type: 'problem'; readonly error: Error };

/** Takes events. */
export type Listener = (event: ClientEvent) => void;

/** Hands each event to every subscriber. */
export class Listeners {
  private readonly listeners = new Set<{ readonly take: Listener }>();

  /** Call `listener` for each event from now on; returns what ends it. */
  subscribe(listener: Listener): () => void {
    const entry = { take: listener };
    this.listeners.add(entry);
    return () => {
      this.listeners.delete(entry);
    };
  }

  /** Hand an event to everyone who listens. */
  tell(event: ClientEvent): void {
    for (const { take } of [...this.listeners]) {
      try {
        take(event);
      } catch (error) {
        // A listener's fault must not cost the connection, nor be hidden.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
