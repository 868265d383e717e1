import type { Paint } from '@croupier/pixi-kit';
import { tMaybe } from '../../text/t';
import type { ReelForm } from '../views';

/** What the reels show before the first spin, and what rolls past. Decoration without meaning. */
export const IDLE: readonly (readonly string[])[] = [
  ['fern', 'luna', 'rose'],
  ['iris', 'moon', 'mint'],
  ['hawk', 'lamp', 'moss'],
  ['atlas', 'rose', 'tiger'],
  ['mint', 'luna', 'fern'],
];

/** The order in which symbols roll past. */
export const FILLER: readonly string[] = [
  'fern',
  'mint',
  'luna',
  'rose',
  'hawk',
  'moss',
  'iris',
  'tiger',
  'atlas',
  'mint',
  'lamp',
  'moss',
  'rose',
  'fern',
  'moon',
  'iris',
  'hawk',
];

/** A cell of a machine whose symbols are not known before the first spin. */
export const BLANK = '';

/** What a machine shows at first, and what rolls past. */
export interface Look {
  readonly window: readonly (readonly string[])[];
  readonly filler: string[];
}

/**
 * The look of a machine. Of one that is not drawn here nothing is known: it begins blank, and the
 * symbols that were seen are added to what rolls past.
 */
export function lookOf(game: string, { reels, rows }: ReelForm): Look {
  if (game === 'slot' && reels === IDLE.length && rows === IDLE[0]?.length) {
    return { window: IDLE, filler: [...FILLER] };
  }
  const blank = Array.from({ length: reels }, () => Array.from({ length: rows }, () => BLANK));
  return { window: blank, filler: [BLANK] };
}

/** Let the symbols of a window roll past from now on. */
export function learn(filler: string[], window: readonly (readonly string[])[]): void {
  const news = window.flat().filter((symbol) => !filler.includes(symbol));
  filler.push(...news);
  const blank = filler.indexOf(BLANK);
  if (blank >= 0 && filler.length > 1) filler.splice(blank, 1);
}

/** The name of a symbol for reading. */
export function symbolName(symbol: string): string {
  return tMaybe(`slot.symbol.${symbol}`) ?? symbol.replaceAll(/[_-]/g, ' ');
}

const moth =
  (wings: number, spots: number, tails = false): Paint =>
  (graphics, side) => {
    const unit = side / 100;
    const at = (value: number) => value * unit;
    for (const turn of [-1, 1]) {
      const x = (value: number) => at(50 + turn * value);
      graphics
        .moveTo(at(50), at(48))
        .bezierCurveTo(x(10), at(14), x(42), at(10), x(40), at(34))
        .bezierCurveTo(x(38), at(52), x(16), at(58), at(50), at(52))
        .fill(wings)
        .moveTo(at(50), at(52))
        .bezierCurveTo(x(30), at(52), x(34), at(82), x(tails ? 24 : 18), at(tails ? 92 : 80))
        .bezierCurveTo(x(12), at(84), x(8), at(70), at(50), at(58))
        .fill(wings)
        .circle(x(26), at(32), at(6))
        .fill(spots)
        .circle(x(20), at(68), at(4))
        .fill(spots)
        .moveTo(x(1), at(36))
        .quadraticCurveTo(x(6), at(22), x(13), at(18))
        .stroke({ width: at(2.5), color: 0xf3f1ea });
    }
    graphics.ellipse(at(50), at(52), at(4.5), at(20)).fill(0x2a2130);
  };

const leaves =
  (colour: number, pairs: number): Paint =>
  (graphics, side) => {
    const at = (value: number) => (value * side) / 100;
    graphics
      .moveTo(at(50), at(90))
      .lineTo(at(50), at(14))
      .stroke({ width: at(4), color: colour });
    for (let pair = 0; pair < pairs; pair += 1) {
      const y = 80 - (pair * 60) / pairs;
      const reach = 34 - (pair * 20) / pairs;
      for (const turn of [-1, 1]) {
        graphics
          .moveTo(at(50), at(y))
          .quadraticCurveTo(
            at(50 + turn * reach * 0.4),
            at(y - 22),
            at(50 + turn * reach),
            at(y - 16),
          )
          .quadraticCurveTo(at(50 + turn * reach * 0.6), at(y + 2), at(50), at(y))
          .fill(colour);
      }
    }
  };

const flower =
  (petals: number, colour: number, heart: number): Paint =>
  (graphics, side) => {
    const at = (value: number) => (value * side) / 100;
    for (let petal = 0; petal < petals; petal += 1) {
      const angle = (petal / petals) * Math.PI * 2 - Math.PI / 2;
      graphics
        .circle(at(50 + Math.cos(angle) * 21), at(50 + Math.sin(angle) * 21), at(17))
        .fill(colour)
        .stroke({ width: at(2), color: heart, alpha: 0.5 });
    }
    graphics.circle(at(50), at(50), at(12)).fill(heart);
  };

const moon: Paint = (graphics, side) => {
  const at = (value: number) => (value * side) / 100;
  graphics.circle(at(50), at(50), at(38)).fill(0xf7ecc0);
  graphics.circle(at(38), at(40), at(8)).fill(0xe0d09a);
  graphics.circle(at(60), at(58), at(10)).fill(0xe0d09a);
  graphics.circle(at(60), at(32), at(5)).fill(0xe0d09a);
};

const lamp: Paint = (graphics, side) => {
  const at = (value: number) => (value * side) / 100;
  graphics.circle(at(50), at(50), at(40)).fill({ color: 0xffc94d, alpha: 0.25 });
  graphics.rect(at(44), at(12), at(12), at(8)).fill(0xb08a45);
  graphics.poly([at(30), at(28), at(70), at(28), at(62), at(18), at(38), at(18)]).fill(0xb08a45);
  graphics.roundRect(at(33), at(28), at(34), at(46), at(6)).fill(0xffe08a);
  graphics.ellipse(at(50), at(54), at(8), at(14)).fill(0xff9d2e);
  graphics.rect(at(28), at(74), at(44), at(9)).fill(0xb08a45);
};

/** Drawings of the symbols, all our own. */
export const PAINTS: Readonly<Record<string, Paint>> = {
  [BLANK]: () => undefined,
  moon,
  lamp,
  atlas: moth(0xc8643c, 0xf7d9a8),
  luna: moth(0x9be0c3, 0xfdf3c4, true),
  hawk: moth(0x8a7fd0, 0xe7b3e0),
  tiger: moth(0xf0a63c, 0x33202a),
  iris: flower(3, 0x7d6bf0, 0xffd75e),
  rose: flower(6, 0xd8497a, 0x8d1c46),
  mint: leaves(0x5fd0a0, 3),
  fern: leaves(0x4f9e52, 6),
  moss: flower(7, 0x7e9a3c, 0x52681f),
};
