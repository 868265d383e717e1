import type { ActivityList } from '@croupier/protocol';
import { useEffect } from 'react';
import { create } from 'zustand';
import { useCasino } from './casino';

/** Players by the name of the game; a game with none, or of which nothing is known, is left out. */
export type Playing = Readonly<Record<string, number>>;

/** What can be asked how much is going on. */
export interface ActivitySource {
  activity(): Promise<ActivityList>;
}

const NOBODY: Playing = {};
const USUAL_MS = 10_000;
const LEAST_MS = 2_000;
const MOST_MS = 600_000;

/** Asks again and again while it is wanted, as often as the server finds it worth while. */
export class ActivityWatch {
  private source: ActivitySource | undefined;
  private asked: ActivitySource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private everyMs = USUAL_MS;
  /** When the next question is due. */
  private dueMs = 0;
  /** The server does not know the question. */
  private untold = false;

  constructor(
    private readonly tell: (playing: Playing) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Ask from now on. What is known is kept if it is not old. */
  start(source: ActivitySource): void {
    if (this.untold || this.source === source) return;
    this.stop();
    this.source = source;
    if (this.now() > this.dueMs + this.everyMs) this.tell(NOBODY);
    this.schedule();
  }

  /** Ask no more for now. */
  stop(): void {
    clearTimeout(this.timer);
    this.source = undefined;
  }

  /** Ask no more for now, and take nothing for known. */
  forget(): void {
    this.stop();
    this.tell(NOBODY);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), Math.max(0, this.dueMs - this.now()));
  }

  private async ask(): Promise<void> {
    const { source } = this;
    // A question that waits for the connection is not asked twice.
    if (source === undefined || this.asked === source) return;
    this.asked = source;
    let playing = NOBODY;
    try {
      const { games, every_ms } = await source.activity();
      playing = playingOf(games);
      this.everyMs = Math.min(
        MOST_MS,
        Math.max(LEAST_MS, Number.isFinite(every_ms) ? every_ms : USUAL_MS),
      );
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === 'unknown_type') this.untold = true;
    }
    if (this.asked !== source) return; // another session is asked by now
    this.asked = undefined;
    this.dueMs = this.now() + this.everyMs;
    if (this.source !== undefined && this.source !== source) return;
    this.tell(playing);
    if (this.untold) this.stop();
    else if (this.source === source) this.schedule();
  }
}

function playingOf(games: ActivityList['games']): Playing {
  return Object.fromEntries(
    games.filter(({ players }) => players > 0).map(({ game, players }) => [game, players]),
  );
}

const useStore = create<{ readonly playing: Playing }>(() => ({ playing: NOBODY }));

const watch = new ActivityWatch((playing) => useStore.setState({ playing }));

/** How many play a game now; undefined where nobody does or nothing is known. */
export function usePlaying(game: string): number | undefined {
  return useStore(({ playing }) => (Object.hasOwn(playing, game) ? playing[game] : undefined));
}

/** Keep the numbers new while this is on a page that is seen and connected. */
export function useActivityWatch(): void {
  const client = useCasino((state) => state.client);
  const connected = useCasino((state) => state.connection === 'connected');
  useEffect(() => {
    if (client === undefined || !connected) {
      watch.forget();
      return;
    }
    const look = () => {
      if (document.visibilityState === 'visible') watch.start(client);
      else watch.stop();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      watch.stop();
    };
  }, [client, connected]);
}
