import type { Preference } from '@croupier/pixi-kit';
import { elementReels } from './element-reels';
import type { MountedReels, Reels, ReelsModel } from './reels';

/**
 * Put reels into an element: with WebGL, else on a 2D canvas, else as plain elements. Disposing
 * before they are ready is fine.
 */
export function mountReels(
  element: HTMLElement,
  model: ReelsModel,
  preferences: readonly Preference[] = preferencesOf(globalThis.location?.search ?? ''),
): MountedReels {
  let gone = false;
  let reels: Reels | undefined;
  async function setUp(): Promise<Reels> {
    const made = await load();
    if (gone) made.dispose();
    else reels = made;
    return made;
  }
  async function load(): Promise<Reels> {
    if (preferences.length === 0) return elementReels(element, model);
    try {
      const { pixiReels } = await import('./pixi-reels');
      return await pixiReels(element, model, preferences);
    } catch {
      return elementReels(element, model);
    }
  }
  return {
    ready: setUp(),
    dispose() {
      gone = true;
      reels?.dispose();
      reels = undefined;
    },
  };
}

/** `?renderer=canvas` or `?renderer=elements` leaves out what comes before, for a poor driver. */
export function preferencesOf(search: string): readonly Preference[] {
  const wanted = new URLSearchParams(search).get('renderer');
  if (wanted === 'elements') return [];
  return wanted === 'canvas' ? ['canvas'] : ['webgl', 'canvas'];
}
