import type { LobbyGame } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { found, named, percentOf } from '../src/pages/lobby';
import { readMarkdown } from '../src/pages/markdown-reader';
import { plainText, proofText, readProof } from '../src/pages/proof';

const game = (name: string, title: string) =>
  ({ game: name, description: { title } }) as unknown as LobbyGame;
const GAMES = [game('slot', 'Moth and Moon'), game('roulette', 'European roulette')];

describe('the lobby', () => {
  it('finds games by any part of any word', () => {
    expect(found(GAMES, 'MOON mo').map((one) => one.game)).toEqual(['slot']);
    expect(found(GAMES, 'éuro').map((one) => one.game)).toEqual(['roulette']);
    expect(found(GAMES, '')).toHaveLength(2);
    expect(found(GAMES, 'poker')).toHaveLength(0);
  });

  it('keeps the order of favourites and drops games that are gone', () => {
    const names = named(GAMES, ['roulette', 'gone', 'slot']).map((one) => one.game);
    expect(names).toEqual(['roulette', 'slot']);
  });

  it('never promises more return than there is', () => {
    expect(percentOf('0.972972972972973')).toBe('97.29 %');
    expect(percentOf('0.9')).toBe('90.00 %');
    expect(percentOf('1.0')).toBe('100.00 %');
    expect(percentOf('unknown')).toBe('unknown');
  });
});

describe('rules', () => {
  it('are headings, paragraphs, lists and strong words', () => {
    const blocks = readMarkdown('# A\n\nb **c**\nd\n\n- **e** f\n  g\n- h\n\n1. i');
    expect(blocks.map((block) => block.kind)).toEqual(['heading', 'paragraph', 'list', 'list']);
    expect(blocks[1]).toEqual({
      kind: 'paragraph',
      spans: [
        { text: 'b ', strong: false },
        { text: 'c', strong: true },
        { text: ' d', strong: false },
      ],
    });
    expect(blocks[2]).toMatchObject({ ordered: false });
    expect(blocks[3]).toMatchObject({ ordered: true });
  });

  it('cannot bring elements of their own', () => {
    const [block] = readMarkdown('<img src=x onerror=alert(1)>');
    expect(block).toMatchObject({ spans: [{ text: '<img src=x onerror=alert(1)>' }] });
  });
});

describe('a proof', () => {
  const proof = { format: 'croupier-proof/1', round: 'c-1', seed: 'ab' };

  it('is read from a file, or from a whole answer', () => {
    expect(readProof(proofText(proof as never)).round).toBe('c-1');
    expect(readProof(JSON.stringify({ proof })).round).toBe('c-1');
  });

  it('is refused where it is something else', () => {
    expect(() => readProof('{')).toThrow(SyntaxError);
    expect(() => readProof('[]')).toThrow(TypeError);
    expect(() => readProof('null')).toThrow(TypeError);
    expect(() => readProof('{"format":"other","seed":"a"}')).toThrow(TypeError);
  });

  it('is shown in words', () => {
    expect(plainText({ bet: 'red', stakes: [1, 2], none: null })).toBe(
      'bet red, stakes 1, 2, none –',
    );
  });
});
