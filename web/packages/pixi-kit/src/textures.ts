import { Container, Graphics, type Renderer, Text, type Texture } from 'pixi.js';
import type { Disposable } from './disposable';

/** Draws a symbol into a square of the given side. */
export type Paint = (graphics: Graphics, side: number) => void;

/** Textures of symbols, drawn once each. A symbol without a drawing is written as a word. */
export class TextureSet implements Disposable {
  private readonly textures = new Map<string, Texture>();

  constructor(
    private readonly renderer: Renderer,
    private readonly paints: Readonly<Record<string, Paint>>,
    private readonly side: number,
    private readonly resolution: number,
  ) {}

  /** The texture of a symbol. */
  of(symbol: string): Texture {
    let texture = this.textures.get(symbol);
    if (texture === undefined) {
      texture = this.draw(symbol);
      this.textures.set(symbol, texture);
    }
    return texture;
  }

  dispose(): void {
    for (const texture of this.textures.values()) texture.destroy(true);
    this.textures.clear();
  }

  private draw(symbol: string): Texture {
    const drawing = new Container();
    const square = new Graphics().rect(0, 0, this.side, this.side).fill({ color: 0, alpha: 0 });
    drawing.addChild(square);
    const paint = this.paints[symbol];
    if (paint === undefined) drawing.addChild(this.word(symbol));
    else paint(square, this.side);
    const texture = this.renderer.generateTexture({
      target: drawing,
      resolution: this.resolution,
      antialias: true,
    });
    drawing.destroy({ children: true });
    return texture;
  }

  private word(symbol: string): Text {
    const text = new Text({
      text: symbol.slice(0, 8),
      style: { fill: 0xffffff, fontSize: this.side / 4.5, fontFamily: 'sans-serif' },
    });
    text.anchor.set(0.5);
    text.position.set(this.side / 2);
    return text;
  }
}
