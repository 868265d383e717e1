import type { Disposable } from '@croupier/pixi-kit';

/** A window: the symbols of each reel from top to bottom. */
export type Window = readonly (readonly string[])[];

/** What reels are told when they are set up. */
export interface ReelsModel {
  readonly window: Window;
  readonly filler: readonly string[];
  /** Asked at every spin, since the player may change his mind. */
  readonly reducedMotion: () => boolean;
  readonly landed: () => void;
}

/** Reels that are told what to show, and never decide anything. */
export interface Reels extends Disposable {
  /** How they are drawn. */
  readonly renderer: 'webgl' | 'canvas' | 'elements';
  /** Begin to roll at once; the outcome comes later. */
  start(): void;
  /** Land on a window; resolves when all reels rest. */
  stop(window: Window): Promise<void>;
  /** Rest on what was there before, because there is no outcome. */
  cancel(): void;
  /** Show which cells win, for a while. */
  highlight(positions: readonly number[]): Promise<void>;
  /** Bring what is being marked to its end now. */
  hurry(): void;
  /** Rest on a window at once, whatever was moving. */
  rest(window: Window): void;
}

/** What holds the reels while they are being set up, which takes a moment. */
export interface MountedReels extends Disposable {
  readonly ready: Promise<Reels>;
}

/** How long the winning cells of one step stay marked, in milliseconds. */
export const MARK_MS = 700;

/** Units of the drawing: a cell, what is between reels, and what is around them. */
export const CELL = 120;
export const GAP = 10;
export const EDGE = 14;

/** Width and height of the drawing of a window. */
export function sizeOf(window: Window): { readonly width: number; readonly height: number } {
  const reels = window.length;
  const rows = window[0]?.length ?? 1;
  return { width: EDGE * 2 + reels * CELL + (reels - 1) * GAP, height: EDGE * 2 + rows * CELL };
}

/** Width to height. */
export function ratioOf({ window }: { readonly window: Window }): number {
  const { width, height } = sizeOf(window);
  return Math.round((width / height) * 1000) / 1000;
}
