// The numbers of docs/fairness.md, which the server's own tests check as well.

import { describe, expect, it } from 'vitest';
import vectors from '../../../../docs/fairness-vectors.json';
import { block, blockMessage, DrawStream, drawCard, fromHex, hashed, toHex } from '../src/index';

const bytesOf = (seeds: readonly string[]) => seeds.map(fromHex);

describe('the vectors of docs/fairness.md', () => {
  it('hash the chain', () => {
    const { last_seed, length, commitment, seeds } = vectors.chain;
    const last = fromHex(last_seed);
    expect(toHex(hashed(last, length))).toBe(commitment);
    for (const [n, seed] of Object.entries(seeds)) {
      expect(toHex(hashed(last, length - Number(n)))).toBe(seed);
    }
  });

  it.each(vectors.blocks)('make block $block of $message', (given) => {
    const message = blockMessage(bytesOf(given.client_seeds), given.stream, given.block);
    expect(toHex(message)).toBe(given.message);
    const hash = block(fromHex(given.seed), message);
    expect(toHex(hash)).toBe(given.hmac);
    const view = new DataView(hash.buffer, hash.byteOffset);
    expect(given.words.map((_, index) => view.getUint32(4 * index))).toEqual(given.words);
  });

  it.each(vectors.draws)('draw $title', (given) => {
    const draws = new DrawStream(fromHex(given.seed), bytesOf(given.client_seeds), given.stream);
    for (const { below, value, words } of given.draws) {
      const before = draws.words;
      expect(draws.below(BigInt(below))).toBe(BigInt(value));
      expect(draws.words - before).toBe(words);
    }
  });

  it('deal cards from a shoe', () => {
    const { seed, client_seeds, counts, cards } = vectors.shoe;
    const draws = new DrawStream(fromHex(seed), bytesOf(client_seeds));
    const left = [...counts];
    const numbers = { below: (bound: number) => Number(draws.below(BigInt(bound))) };
    expect(cards.map(() => drawCard(numbers, left))).toEqual(cards.map(({ face }) => face));
  });
});

it('refuses bounds that no draw has', () => {
  const draws = new DrawStream(new Uint8Array(32), []);
  expect(() => draws.below(0n)).toThrow(RangeError);
  expect(() => draws.below(2n ** 64n + 1n)).toThrow(RangeError);
  expect(() => drawCard({ below: () => 0 }, [0, 0])).toThrow(RangeError);
});
