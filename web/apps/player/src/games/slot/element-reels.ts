import { Tweens } from '@croupier/pixi-kit/tween';
import { MARK_MS, type Reels, type ReelsModel, type Window } from './reels';
import styles from './Slot.module.css';
import { symbolName } from './symbols';

/** Reels of plain elements, for a browser that can draw on no canvas at all. */
export function elementReels(element: HTMLElement, model: ReelsModel): Reels {
  return new ElementReels(element, model);
}

class ElementReels implements Reels {
  readonly renderer = 'elements';
  private readonly tweens = new Tweens();
  private cells: HTMLElement[] = [];
  private frame = 0;
  private before = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly model: ReelsModel,
  ) {
    this.show(model.window);
    this.frame = requestAnimationFrame(this.tick);
  }

  start(): void {
    this.element.dataset.rolling = '';
  }

  async stop(window: Window): Promise<void> {
    delete this.element.dataset.rolling;
    this.show(window);
    this.model.landed();
  }

  cancel(): void {
    delete this.element.dataset.rolling;
  }

  async highlight(positions: readonly number[]): Promise<void> {
    for (const place of positions) this.cells[place]?.setAttribute('data-marked', '');
    await this.tweens.wait(MARK_MS);
    for (const cell of this.cells) cell.removeAttribute('data-marked');
  }

  hurry(): void {
    this.tweens.finish();
  }

  rest(window: Window): void {
    this.tweens.finish();
    this.cancel();
    this.show(window);
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.tweens.finish();
    this.element.replaceChildren();
  }

  private readonly tick = (now: number): void => {
    if (this.before > 0) this.tweens.tick(Math.min(100, now - this.before));
    this.before = now;
    this.frame = requestAnimationFrame(this.tick);
  };

  private show(window: Window): void {
    const grid = document.createElement('div');
    grid.className = styles.elements ?? '';
    this.cells = [];
    for (const reel of window) {
      const column = document.createElement('div');
      for (const symbol of reel) {
        const cell = document.createElement('div');
        cell.textContent = symbolName(symbol);
        this.cells.push(cell);
        column.append(cell);
      }
      grid.append(column);
    }
    this.element.replaceChildren(grid);
  }
}
