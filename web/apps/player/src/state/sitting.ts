import { type Client, CroupierError, type Table } from '@croupier/sdk';

/**
 * Sit down at a game. A player may sit at a bounded number of tables and has no button to leave one,
 * so where there are too many, the first without an open round is left.
 */
export async function sitDown(client: Client, game: string): Promise<Table> {
  const before = [...client.tables];
  for (;;) {
    try {
      return await client.sit(game);
    } catch (error) {
      const full = error instanceof CroupierError && error.code === 'too_many_tables';
      const free = full ? before.shift() : undefined;
      if (free === undefined) throw error;
      if (free.open === null) await free.leave().catch(() => undefined);
    }
  }
}
