import { Container, Sprite } from 'pixi.js';
import { ReelMotion } from './reel-motion';
import type { TextureSet } from './textures';

/** How a reel looks. */
export interface ReelOptions {
  readonly label: string;
  readonly rows: number;
  /** Side of a cell in pixels. */
  readonly cell: number;
  readonly textures: TextureSet;
  /** What rolls past while the outcome is on its way. Decoration only. */
  readonly filler: readonly string[];
  /** Where in the filler this reel begins, so that reels differ. */
  readonly offset: number;
}

/** One reel: a column of sprites that rolls down and rests on what it is told. */
export class Reel {
  readonly container = new Container();
  readonly motion = new ReelMotion();
  private readonly sprites: Sprite[] = [];
  /** What is seen at each row of the rolled band, newest first from the resting place. */
  private resting: readonly string[];
  private outcome: readonly string[] | null = null;
  private outcomeAt = 0;
  private landed: (() => void) | null = null;

  constructor(
    private readonly options: ReelOptions,
    window: readonly string[],
  ) {
    this.container.label = options.label;
    this.resting = window;
    for (let row = 0; row <= options.rows; row += 1) {
      const sprite = new Sprite();
      sprite.label = `${options.label} row ${row}`;
      sprite.setSize(options.cell, options.cell);
      this.sprites.push(sprite);
      this.container.addChild(sprite);
    }
    this.draw();
  }

  /** The sprite that rests in a row of the window. */
  spriteOf(row: number): Sprite | undefined {
    return this.sprites[row + 1];
  }

  /** Begin to roll. */
  spin(): void {
    this.outcome = null;
    this.motion.spin();
  }

  /** Roll on to this outcome; resolves when it rests there. */
  stop(window: readonly string[]): Promise<void> {
    this.outcome = window;
    this.outcomeAt = this.motion.stop(this.options.rows + 1);
    return new Promise((resolve) => {
      this.landed = resolve;
    });
  }

  /** Show this at once, without rolling. */
  show(window: readonly string[]): void {
    this.motion.rest();
    this.resting = window;
    this.outcome = null;
    this.draw();
    this.land();
  }

  /** Let time pass. */
  tick(milliseconds: number): void {
    if (this.motion.phase === 'resting') return;
    if (this.motion.tick(milliseconds) && this.outcome !== null) {
      this.show(this.outcome);
      return;
    }
    this.draw();
  }

  private land(): void {
    const landed = this.landed;
    this.landed = null;
    landed?.();
  }

  /**
   * Place the sprites. Rolling by p rows means that the row at the top shows what was p rows above
   * the resting window; that band is filler, and at its end the outcome.
   */
  private draw(): void {
    const { cell, textures } = this.options;
    const position = this.motion.position;
    const whole = Math.floor(position);
    for (const [index, sprite] of this.sprites.entries()) {
      const row = index - 1;
      sprite.texture = textures.of(this.symbolAt(row - whole));
      sprite.setSize(cell, cell);
      sprite.position.set(0, (row + position - whole) * cell);
    }
  }

  /** The symbol in a row of the band: 0 and below it the resting window, negative what comes. */
  private symbolAt(row: number): string {
    if (this.outcome !== null) {
      const there = row + this.outcomeAt;
      const symbol = this.outcome[there];
      if (symbol !== undefined) return symbol;
    }
    const resting = this.resting[row];
    if (resting !== undefined) return resting;
    const { filler, offset } = this.options;
    const place = (((offset - row) % filler.length) + filler.length) % filler.length;
    return filler[place] ?? '';
  }
}
