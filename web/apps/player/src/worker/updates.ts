import { create } from 'zustand';

/** A newer version of the page that waits to be used. */
export const useUpdate = create<{
  readonly waiting: ServiceWorker | undefined;
  readonly stale: boolean;
}>(() => ({ waiting: undefined, stale: false }));

const CHECK_EVERY_MS = 15 * 60_000;

/** Install the service worker of a production build, and notice newer ones. */
export function watchForUpdates(): void {
  // A part of the page that can no longer be fetched means that the server has another version.
  globalThis.addEventListener('vite:preloadError', (event) => {
    event.preventDefault();
    useUpdate.setState({ stale: true });
  });
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/sw.js').then(watch, () => undefined);
}

function watch(registration: ServiceWorkerRegistration | undefined): void {
  // A browser that blocks service workers may answer with nothing.
  if (registration === undefined) return;
  const look = () => {
    const { waiting } = registration;
    if (waiting !== null && navigator.serviceWorker.controller !== null) {
      useUpdate.setState({ waiting });
    }
  };
  look();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', look);
  });
  setInterval(() => void registration.update().catch(() => undefined), CHECK_EVERY_MS);
}

/** Switch to the newer version. */
export function takeNewVersion(): void {
  const { waiting } = useUpdate.getState();
  if (waiting === undefined) {
    globalThis.location.reload();
    return;
  }
  navigator.serviceWorker.addEventListener('controllerchange', () => globalThis.location.reload(), {
    once: true,
  });
  waiting.postMessage('use');
}
