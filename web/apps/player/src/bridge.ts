import { useCasino } from './state/casino';
import { useSettings } from './state/settings';

/** What a test in the page can ask. Only in builds of the mode `test`. */
export interface TestBridge {
  /** The state as plain JSON. */
  state(): unknown;
  /** Close the connection, as if the network were gone. */
  offline(): void;
  /** Connect again. */
  online(): void;
}

declare global {
  var __CROUPIER_TEST: TestBridge | undefined;
}

/** Put the bridge into the page. */
export function installBridge(): void {
  globalThis.__CROUPIER_TEST = {
    state: () => {
      const { client, lobby, ...casino } = useCasino.getState();
      const tables = client?.tables.map((table) => ({
        id: table.id,
        game: table.game,
        open: table.open?.id ?? null,
        round: table.chain?.round ?? null,
      }));
      const games = lobby?.map((game) => game.game);
      return JSON.parse(
        JSON.stringify({ ...casino, games, tables, settings: useSettings.getState() }),
      );
    },
    offline: () => void useCasino.getState().client?.disconnect(),
    online: () => void useCasino.getState().client?.connect(),
  };
}
