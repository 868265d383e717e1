import {
  createStage,
  easeInOut,
  type Preference,
  Reel,
  type Stage,
  TextureSet,
  Tweens,
} from '@croupier/pixi-kit';
import { Container, Graphics } from 'pixi.js';
import {
  CELL,
  EDGE,
  GAP,
  MARK_MS,
  type Reels,
  type ReelsModel,
  sizeOf,
  type Window,
} from './reels';
import { PAINTS } from './symbols';

/** Ticker time between the landings of neighbouring reels, in milliseconds. */
const STAGGER_MS = 110;

/** Reels on a canvas. Rejects if no canvas can be drawn on. */
export async function pixiReels(
  element: HTMLElement,
  model: ReelsModel,
  preferences: readonly Preference[],
): Promise<Reels> {
  const rows = model.window[0]?.length ?? 3;
  const { width, height } = sizeOf(model.window);
  const stage = await createStage(element, width, height, preferences);
  return new PixiReels(stage, model, rows, width, height);
}

class PixiReels implements Reels {
  readonly renderer: Preference;
  private readonly tweens = new Tweens();
  private readonly reels: Reel[] = [];
  private readonly textures: TextureSet;
  private readonly marks = new Graphics();
  /** The reels, behind the window that shows a part of them. */
  private readonly behind = new Container();
  private shown: Window;
  /** Grows whenever something new is to be shown, so that what came before gives up. */
  private turn = 0;

  constructor(
    private readonly stage: Stage,
    private readonly model: ReelsModel,
    private readonly rows: number,
    width: number,
    height: number,
  ) {
    this.renderer = stage.preference;
    this.shown = model.window;
    const { application } = stage;
    const { renderer } = application;
    this.textures = new TextureSet(renderer, PAINTS, CELL, renderer.resolution);
    application.stage.addChild(backdrop(model.window.length, width, height));
    // One mask for all reels, which only overflow above and below: then one draw shows them all.
    const mask = new Graphics().rect(0, EDGE, width, rows * CELL).fill(0xffffff);
    this.behind.mask = mask;
    application.stage.addChild(mask, this.behind);
    for (const [index, window] of model.window.entries()) this.addReel(index, window);
    this.marks.label = 'marks';
    application.stage.addChild(this.marks);
    application.ticker.add(this.tick);
    this.wake();
  }

  start(): void {
    this.turn += 1;
    if (this.model.reducedMotion()) return;
    for (const reel of this.reels) reel.spin();
    this.wake();
  }

  async stop(window: Window): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    this.shown = window;
    this.marks.clear();
    this.wake();
    if (this.model.reducedMotion()) {
      this.show();
      return;
    }
    const landings = this.reels.map(async (reel, index) => {
      await this.tweens.wait(index * STAGGER_MS);
      if (this.turn !== turn) return;
      if (reel.motion.phase === 'resting') reel.spin();
      await reel.stop(window[index] ?? []);
      this.model.landed();
    });
    await Promise.all(landings);
  }

  cancel(): void {
    this.show();
  }

  async highlight(positions: readonly number[]): Promise<void> {
    this.mark(positions);
    this.wake();
    if (this.model.reducedMotion()) {
      await this.tweens.wait(MARK_MS / 2);
    } else {
      const sprites = positions.flatMap((place) => this.spriteAt(place) ?? []);
      await this.tweens.run(
        MARK_MS,
        (progress) => {
          const swell = 1 + 0.12 * Math.sin(progress * Math.PI);
          for (const sprite of sprites) sprite.setSize(CELL * swell, CELL * swell);
        },
        easeInOut,
      );
      for (const sprite of sprites) sprite.setSize(CELL, CELL);
    }
    this.marks.clear();
    this.wake();
  }

  hurry(): void {
    this.tweens.finish();
  }

  rest(window: Window): void {
    this.shown = window;
    this.marks.clear();
    this.tweens.finish();
    this.show();
  }

  dispose(): void {
    this.tweens.finish();
    this.show();
    this.stage.application.ticker.remove(this.tick);
    this.stage.application.ticker.stop();
    this.textures.dispose();
    this.stage.dispose();
  }

  private readonly tick = (): void => {
    const milliseconds = Math.min(100, this.stage.application.ticker.deltaMS);
    this.tweens.tick(milliseconds);
    for (const reel of this.reels) reel.tick(milliseconds);
    const rolling = this.reels.some((reel) => reel.motion.phase !== 'resting');
    // What rests is drawn once more by this very tick, and then costs nothing.
    if (!rolling && !this.tweens.busy) this.stage.application.ticker.stop();
  };

  /** Something is about to move or has changed: draw again. */
  private wake(): void {
    const { ticker } = this.stage.application;
    if (ticker !== undefined && !ticker.started) ticker.start();
  }

  private show(): void {
    this.turn += 1;
    this.wake();
    for (const [index, reel] of this.reels.entries()) reel.show(this.shown[index] ?? []);
  }

  private addReel(index: number, window: readonly string[]): void {
    const reel = new Reel(
      {
        label: `reel ${index + 1}`,
        rows: this.rows,
        cell: CELL,
        textures: this.textures,
        filler: this.model.filler,
        offset: index * 5,
      },
      window,
    );
    reel.container.position.set(EDGE + index * (CELL + GAP), EDGE);
    this.behind.addChild(reel.container);
    this.reels.push(reel);
  }

  private spriteAt(place: number) {
    return this.reels[Math.floor(place / this.rows)]?.spriteOf(place % this.rows);
  }

  private mark(positions: readonly number[]): void {
    this.marks.clear();
    for (const place of positions) {
      const x = EDGE + Math.floor(place / this.rows) * (CELL + GAP);
      const y = EDGE + (place % this.rows) * CELL;
      this.marks
        .roundRect(x + 3, y + 3, CELL - 6, CELL - 6, 14)
        .stroke({ width: 6, color: 0xffd877 });
    }
  }
}

function backdrop(columns: number, width: number, height: number): Container {
  const container = new Container();
  container.label = 'backdrop';
  const frame = new Graphics().roundRect(0, 0, width, height, 20).fill(0x14132b);
  for (let index = 0; index < columns; index += 1) {
    frame
      .roundRect(EDGE + index * (CELL + GAP) - 2, EDGE / 2, CELL + 4, height - EDGE, 10)
      .fill(0x25224a);
  }
  container.addChild(frame);
  return container;
}
