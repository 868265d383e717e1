import type { LiveEvent, LiveState, LiveTable } from '@croupier/sdk';
import { useMoney } from '@croupier/ui';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useCasino } from './casino';
import { sentence } from './session';

/** A live table as a view needs it: where it stands, and what can be done about the seat. */
export interface Live {
  readonly table: LiveTable | undefined;
  /** A new object with every change. */
  readonly state: LiveState | undefined;
  /** The newest event that has something to tell, undefined after coming (back) to the table. */
  readonly event: LiveEvent | undefined;
  /** What went wrong, as a plain sentence. */
  readonly problem: string | undefined;
  /** A request about the seat is on its way. */
  readonly moving: boolean;
  /** Take a seat, the first free one by default. */
  sit(seat?: number): void;
  /** Give the seat back and watch on. */
  stand(): void;
  /** Come to the table again. */
  retry(): void;
}

/** Events that change nothing of what is said of the round. */
const QUIET = new Set(['bets_placed', 'seat_changed']);

/** Be at a live table for as long as the view is there. A seat is kept when it goes. */
export function useLive(id: string): Live {
  const client = useCasino((state) => state.client);
  const [table, setTable] = useState<LiveTable>();
  const [event, setEvent] = useState<LiveEvent>();
  const [attempt, setAttempt] = useState(0);
  const { problem, moving, ask, setProblem } = useAsking();
  const seat = useRef<LiveTable>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks to come again
  useEffect(() => {
    if (client === undefined) return;
    let here = true;
    const take = (found: LiveTable | undefined) => {
      seat.current = found;
      if (here) setTable(found);
    };
    setProblem(undefined);
    const known = client.liveTables.find((one) => one.id === id);
    if (known !== undefined) take(known);
    else client.watch(id).then(take, (error: unknown) => here && setProblem(error));
    const unsubscribe = client.subscribe((news) => {
      if (news.type !== 'live' || news.table.id !== id) return;
      take(news.table);
      if (news.event === null) setEvent(undefined);
      else if (!QUIET.has(news.event.type)) setEvent(news.event);
    });
    return () => {
      here = false;
      unsubscribe();
      // Whoever only looked on does not go on receiving what he does not see.
      if (seat.current?.seat === null) seat.current.leave().catch(() => undefined);
    };
  }, [client, id, attempt, setProblem]);

  return {
    table,
    state: useLiveState(table),
    event,
    problem,
    moving,
    sit: (wanted) => ask(async () => void (await client?.join(id, wanted))),
    stand: () =>
      ask(async () => {
        await table?.leave();
        await client?.watch(id);
      }),
    retry: () => setAttempt((count) => count + 1),
  };
}

/** The state of a table, followed as it changes. */
export function useLiveState(table: LiveTable | undefined): LiveState | undefined {
  const client = useCasino((state) => state.client);
  const follow = useCallback(
    (changed: () => void) =>
      client?.subscribe((news) => {
        if (news.type === 'live' && news.table === table) changed();
      }) ?? (() => undefined),
    [client, table],
  );
  return useSyncExternalStore(follow, () => table?.state);
}

/** Ask one thing at a time, and keep what went wrong as a sentence. */
export function useAsking() {
  const money = useMoney();
  const words = useRef(money);
  words.current = money;
  const [problem, setWords] = useState<string>();
  const [moving, setMoving] = useState(false);
  const setProblem = useCallback((error: unknown) => {
    setWords(error === undefined ? undefined : sentence(error, words.current));
  }, []);
  const ask = useCallback(
    async (action: () => Promise<void>): Promise<boolean> => {
      setMoving(true);
      setProblem(undefined);
      try {
        await action();
        return true;
      } catch (error) {
        setProblem(error);
        return false;
      } finally {
        setMoving(false);
      }
    },
    [setProblem],
  );
  return { problem, moving, ask, setProblem };
}
