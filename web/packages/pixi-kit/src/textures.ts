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

  /** A word on a tile whose colour comes of the word, so that equal symbols look equal at a glance. */
  private word(symbol: string): Container {
    const { side } = this;
    const tile = new Container();
    const back = new Graphics()
      .roundRect(side * 0.06, side * 0.12, side * 0.88, side * 0.76, side * 0.12)
      .fill(colourOf(symbol));
    const words = symbol.replaceAll(/[_-]/g, ' ').slice(0, 18);
    const longest = Math.max(...words.split(' ').map((word) => word.length), 3);
    const text = new Text({
      text: words,
      style: {
        fill: 0xffffff,
        fontSize: Math.min(side / 3.2, (side * 1.3) / longest),
        fontFamily: 'sans-serif',
        fontWeight: '700',
        align: 'center',
        wordWrap: true,
        wordWrapWidth: side * 0.9,
      },
    });
    text.anchor.set(0.5);
    text.position.set(side / 2);
    tile.addChild(back, text);
    return tile;
  }
}

/** Dark enough for white letters. */
const COLOURS = [0x7a3fa0, 0x1f6f54, 0x9a3b2e, 0x2f5aa8, 0x8a5a12, 0x95315f, 0x2c6d7e, 0x55622a];

function colourOf(word: string): number {
  let hash = 7;
  for (const character of word) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
  return COLOURS[hash % COLOURS.length] ?? 0x333333;
}
