import type { TableCard, TableList } from '@croupier/sdk';
import { useEffect } from 'react';
import { create } from 'zustand';
import { useCasino } from './casino';

const USUAL_MS = 5_000;
const LEAST_MS = 1_000;
const MOST_MS = 60_000;

const useStore = create<{ readonly cards: readonly TableCard[] }>(() => ({ cards: [] }));

/** The live tables of the lobby, by title; empty where there are none or nothing is known yet. */
export function useTableCards(): readonly TableCard[] {
  return useStore(({ cards }) => cards);
}

/** What can be asked for the live tables. */
export interface CardSource {
  listLiveTables(): Promise<TableList>;
}

/**
 * Ask for the cards again and again, as often as the server finds it worth while; returns what ends
 * it. A server that does not know the question is not asked again.
 */
export function watchCards(
  source: CardSource,
  tell: (cards: readonly TableCard[]) => void,
  wait: (call: () => void, ms: number) => ReturnType<typeof setTimeout> = setTimeout,
): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    let everyMs = USUAL_MS;
    try {
      const { tables, every_ms } = await source.listLiveTables();
      if (over) return;
      tell(tables);
      everyMs = Math.min(MOST_MS, Math.max(LEAST_MS, every_ms));
    } catch (error) {
      if (over) return;
      if ((error as { code?: unknown } | null)?.code === 'unknown_type') {
        tell([]);
        return;
      }
    }
    timer = wait(() => void ask(), everyMs);
  };
  void ask();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

/** Keep the cards new while this is on a page that is seen and connected. */
export function useCardsWatch(): void {
  const client = useCasino((state) => state.client);
  const connected = useCasino((state) => state.connection === 'connected');
  useEffect(() => {
    if (client === undefined || !connected) return;
    const tell = (cards: readonly TableCard[]) => useStore.setState({ cards });
    let stop: (() => void) | undefined;
    const look = () => {
      stop?.();
      stop = document.visibilityState === 'visible' ? watchCards(client, tell) : undefined;
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      stop?.();
    };
  }, [client, connected]);
}
