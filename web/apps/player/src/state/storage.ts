/** Storage that never throws: what the browser refuses to keep is kept until the page goes. */
export interface SafeStorage {
  /** Whether the browser keeps it. */
  readonly lasting: boolean;
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** The part of `Storage` that is used. */
export interface BrowserStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Wrap a storage of the browser. `open` may throw, as reading `window.localStorage` can. */
export function safeStorage(open: () => BrowserStorage): SafeStorage {
  const memory = new Map<string, string>();
  const storage = attempt(() => {
    const found = open();
    found.setItem('croupier.probe', '1');
    found.removeItem('croupier.probe');
    return found;
  });
  return {
    lasting: storage !== undefined,
    get(key) {
      return attempt(() => storage?.getItem(key)) ?? memory.get(key);
    },
    set(key, value) {
      memory.set(key, value);
      attempt(() => storage?.setItem(key, value));
    },
    remove(key) {
      memory.delete(key);
      attempt(() => storage?.removeItem(key));
    },
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Kept for this tab: the session. */
export const tabStorage = safeStorage(() => globalThis.sessionStorage);
/** Kept for this browser: favourites and settings. */
export const lastingStorage = safeStorage(() => globalThis.localStorage);
