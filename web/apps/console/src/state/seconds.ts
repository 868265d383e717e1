import { useSyncExternalStore } from 'react';

/** One timer for every clock on the page. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  timer ??= setInterval(() => {
    for (const listener of listeners) listener();
  }, 1000);
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const read = () => Math.floor(performance.now() / 1000);

/** Render again every second. */
export function useSeconds(): number {
  return useSyncExternalStore(subscribe, read);
}
