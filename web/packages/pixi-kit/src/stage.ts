// Despite its name this makes Pixi work without eval, as the content security policy demands.
import 'pixi.js/unsafe-eval';
import { Application } from 'pixi.js';
import type { Disposable } from './disposable';

/** Which renderer to try. */
export type Preference = 'webgl' | 'canvas';

/** A canvas in the page with a ticker. */
export interface Stage extends Disposable {
  readonly application: Application;
  readonly preference: Preference;
}

/**
 * Make a canvas of a fixed drawing size inside an element, with WebGL or else with a 2D canvas.
 *
 * Rejects if neither can be had; the caller then shows the same in plain elements.
 */
export async function createStage(
  element: HTMLElement,
  width: number,
  height: number,
  preferences: readonly Preference[] = ['webgl', 'canvas'],
): Promise<Stage> {
  let reason: unknown;
  for (const preference of preferences) {
    const application = new Application();
    try {
      await application.init({
        width,
        height,
        preference: [preference],
        backgroundAlpha: 0,
        // Textures are drawn smooth once; smoothing every frame is dear without a graphics card.
        antialias: false,
        autoStart: false,
        autoDensity: false,
        resolution: Math.min(2, globalThis.devicePixelRatio || 1),
      });
    } catch (error) {
      reason = error;
      continue;
    }
    const { canvas } = application;
    canvas.setAttribute('aria-hidden', 'true');
    element.replaceChildren(canvas);
    return { application, preference, dispose: once(() => application.destroy(true)) };
  }
  throw reason instanceof Error ? reason : new Error('no renderer');
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
