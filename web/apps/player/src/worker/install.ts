import { create } from 'zustand';

/** What browsers that can install a page offer; not in the types of the platform. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

/** The browser's offer to install the page as an app, while there is one. */
export const useInstall = create<{ readonly offer: InstallOffer | undefined }>(() => ({
  offer: undefined,
}));

/** Keep the browser's offer for a quiet place, instead of a banner over a game. */
export function watchForInstall(target: EventTarget = globalThis): void {
  target.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    useInstall.setState({ offer: event as InstallOffer });
  });
  target.addEventListener('appinstalled', () => useInstall.setState({ offer: undefined }));
}

/** Ask the browser to install; an offer counts once, whatever the answer. */
export async function install(): Promise<void> {
  const { offer } = useInstall.getState();
  useInstall.setState({ offer: undefined });
  try {
    await offer?.prompt();
  } catch {
    // The browser has changed its mind; it may offer again.
  }
}
