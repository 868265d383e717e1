import type { LiveState, Position, Welcome } from '@croupier/protocol';
import { CroupierError, errorOf, FairnessError } from './errors';
import type { LiveEvent } from './live-state';
import { type LiveHouse, LiveTable } from './live-table';

const SEAT_GONE = new Set(['seat_taken', 'table_full', 'no_seat']);

/** The live tables of one client: who gets which event, and how each comes back. */
export class LiveDesk {
  private readonly tables = new Map<string, LiveTable>();

  constructor(
    private readonly house: LiveHouse,
    /** Told what no request of the program can be told about. */
    private readonly problem: (error: Error) => void,
  ) {}

  get all(): readonly LiveTable[] {
    return [...this.tables.values()];
  }

  get(table: string): LiveTable | undefined {
    return this.tables.get(table);
  }

  /** Forget a table that was left. */
  forget(table: LiveTable): void {
    if (this.tables.get(table.id) === table) this.tables.delete(table.id);
  }

  /** The table that a `joined` or `watching` is about. */
  answered(reply: unknown): LiveTable {
    const { live } = reply as { readonly live: LiveState };
    const known = this.tables.get(live.table);
    if (known !== undefined) return known.take(live);
    const table = new LiveTable(this.house, live);
    this.tables.set(live.table, table);
    return table;
  }

  /** Take an event; where events before it were missed, ask where the table stands. */
  takeEvent(event: LiveEvent): void {
    const table = this.tables.get(event.table);
    if (table !== undefined && !table.takeEvent(event)) this.return(table);
  }

  /** Take every table anew. */
  welcomed(welcome: Welcome, resumed: boolean): void {
    const told = new Map(resumed ? welcome.tables.map((state) => [state.table, state]) : []);
    for (const table of this.all) {
      const state = told.get(table.id);
      // A watched table is the client's to ask for, and so is every table of a session that the
      // server does not know any more.
      if (state === undefined) this.return(table);
      else this.guarded(() => table.takeState(state));
    }
  }

  positions(): readonly Position[] {
    return this.all.map((table) => table.position());
  }

  /** Go back to a table; to watch it, where its seat was given away. */
  private return(table: LiveTable): void {
    const { type, body } = table.returnRequest();
    const answered = (reply: unknown) => this.answered(reply);
    this.house
      .request(type, body, answered)
      .catch((error: unknown) => {
        const gone = error instanceof CroupierError && SEAT_GONE.has(error.code);
        if (!gone || table.seat === null) throw error;
        table.unseat();
        return this.house.request('watch', { table: table.id }, answered);
      })
      .catch((error: unknown) => {
        if (error instanceof CroupierError) {
          this.forget(table);
          this.house.liveLeft(table);
        }
        this.problem(errorOf(error));
      });
  }

  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FairnessError)) throw error;
      this.problem(error);
    }
  }
}
