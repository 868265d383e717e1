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

/**
 * What to draw with, the first that works. `?renderer=webgl`, `canvas` or `elements` asks for one, for
 * a poor driver.
 */
export function preferencesOf(
  search: string,
  accelerated: () => boolean = hasGraphicsCard,
): readonly Preference[] {
  const wanted = new URLSearchParams(search).get('renderer');
  if (wanted === 'elements') return [];
  if (wanted === 'canvas') return ['canvas'];
  if (wanted === 'webgl') return ['webgl', 'canvas'];
  return accelerated() ? ['webgl', 'canvas'] : ['canvas', 'webgl'];
}

/** Names that WebGL goes by where it is done in software. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Whether WebGL is quick here: in software it has half the frame rate of a 2D canvas. */
function hasGraphicsCard(): boolean {
  const options = { failIfMajorPerformanceCaveat: true };
  const context = document.createElement('canvas').getContext('webgl2', options);
  if (!(context instanceof WebGL2RenderingContext)) return false;
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const name = names === null ? '' : String(context.getParameter(names.UNMASKED_RENDERER_WEBGL));
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return !SOFTWARE.test(name);
}
