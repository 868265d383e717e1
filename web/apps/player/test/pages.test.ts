import type { Choice, Description, LobbyGame } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { reelsOf, viewFor } from '../src/games/views';
import { byCategory, found, named, percentOf } from '../src/pages/lobby';
import { readMarkdown } from '../src/pages/markdown-reader';
import { plainText, proofText, readProof } from '../src/pages/proof';

const game = (name: string, title: string) => {
  const description = { game: name, title, help: '', choices: [], actions: [], paytable: [] };
  return { game: name, description } as unknown as LobbyGame;
};
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

describe('forty games', () => {
  const form = (name: string, more: Partial<Description>): LobbyGame => {
    const base = { kind: 'instant', stake_form: 'one', choices: [], actions: [], paytable: [] };
    const description = { ...base, game: name, title: name, help: '', ...more } as Description;
    return { game: name, stakes: { minimum: 1, maximum: 2 }, description };
  };
  const lines = '## Lines\n\n1. 2 2 2 2 2\n2. 1 2 3 2 1\n';
  const straights = Array.from({ length: 37 }, (_, n) => ({ bet: `straight-${n}` }) as Choice);
  const list: Partial<Description> = { stake_form: 'list' };
  const games = [
    ...Array.from({ length: 9 }, (_, n) => form(`machine-${n}`, { help: lines })),
    form('sunken-city', {
      kind: 'decisions',
      paytable: [3, 4, 5].map((count) => [`Pearl x ${count}`, '5 times'] as const),
    }),
    form('roulette-french', { ...list, choices: straights }),
    form('roulette-american', { ...list, choices: [{ bet: 'straight-00' } as Choice] }),
    form('baccarat', list),
    form('three-card-poker', list),
    form('deuces-wild', { kind: 'decisions' }),
    form('craps', { ...list, kind: 'decisions' }),
    form('keno-80-20', list),
    form('dice', list),
    form('something-new', list),
  ];

  it('stand on shelves by their kind', () => {
    const shelves = byCategory(games).map(({ category, games: among }) => {
      return [category, among.length];
    });
    expect(shelves).toEqual([
      ['slots', 10],
      ['wheels', 2],
      ['cards', 2],
      ['poker', 1],
      ['dice', 2],
      ['instant', 1],
      ['other', 1],
    ]);
  });

  it('are found by their kind as well', () => {
    expect(found(games, 'video').map(({ game: name }) => name)).toEqual(['deuces-wild']);
    expect(found(games, 'roulette')).toHaveLength(2);
  });

  it('are shown by a view of their own only where it has a place for all of them', () => {
    const viewOf = (name: string) => {
      const found = games.find((one) => one.game === name);
      if (found === undefined) throw new Error(name);
      return viewFor(found.description);
    };
    expect(viewOf('machine-1')).toBe('slot');
    expect(viewOf('roulette-french')).toBe('roulette');
    for (const name of ['sunken-city', 'roulette-american', 'craps', 'something-new']) {
      expect(viewOf(name)).toBe('generic');
    }
    const odd = form('odd', { help: '1. 1 2 3 2 1\n2. 1 2 3\n' });
    const wide = form('wide', { help: '1. 1 2 3 2 1 1 1 1\n' });
    const gamble = form('gamble', { help: lines, actions: ['gamble-red'] });
    for (const { description } of [odd, wide, gamble, form('other', {})]) {
      expect(viewFor(description)).toBe('generic');
    }
  });

  it('have reels as their lines or ways say', () => {
    const reels = (more: Partial<Description>) => reelsOf(form('machine', more).description);
    expect(reels({ help: lines })).toEqual({ reels: 5, rows: 3 });
    expect(reels({ help: '1. 2 2 2\n2. 1 4 1\n' })).toEqual({ reels: 3, rows: 4 });
    const paytable = [
      ['Fox x 5', '60 times the line bet for each way'],
      ['Fox x 3', '6 times the line bet for each way'],
    ] as const;
    expect(reels({ help: 'up to 243\nways.', paytable })).toEqual({ reels: 5, rows: 3 });
    expect(reels({ help: 'up to 1,024 ways.', paytable })).toEqual({ reels: 5, rows: 4 });
    expect(reels({ help: 'up to 250 ways.', paytable })).toBeUndefined();
  });
});
