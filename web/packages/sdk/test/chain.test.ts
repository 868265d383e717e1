// Seeds as they are revealed: each must hash to the one before.

import type { ChainInfo } from '@croupier/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { ChainCheck, chainOf, roundNumber } from '../src/chain';
import { FairnessError } from '../src/index';

const LENGTH = 5;

/** `seeds[n]` is s_n. */
const seeds = Array.from({ length: LENGTH + 1 }, () => new Uint8Array(32));
for (let n = LENGTH - 1; n >= 0; n -= 1) seeds[n] = sha256(seeds[n + 1] ?? new Uint8Array());
const seed = (n: number) => seeds[n] ?? new Uint8Array();
const INFO: ChainInfo = { chain: 'c', commitment: seed(0), length: LENGTH, round: 'c-1' };

describe('a chain', () => {
  it('takes its seeds in order, again, late, and over a gap', () => {
    const check = new ChainCheck(INFO);
    for (const n of [1, 1, 2, 5, 3, 1]) check.reveal(`c-${n}`, seed(n));
  });

  it.each([
    ['a wrong seed', 'c-1', seed(2)],
    ['no seed', 'c-1', null],
    ['a round behind its end', 'c-6', seed(5)],
    ['a round before its start', 'c-0', seed(0)],
    ['a round of another chain', 'd-1', seed(1)],
    ['a number that is none', 'c-1e0', seed(1)],
  ])('refuses %s', (_, round, revealed) => {
    expect(() => new ChainCheck(INFO).reveal(round, revealed)).toThrow(FairnessError);
  });

  it('refuses an old seed that is not the one revealed later', () => {
    const check = new ChainCheck(INFO);
    check.reveal('c-3', seed(3));
    expect(() => check.reveal('c-2', seed(4))).toThrow(FairnessError);
  });

  it('refuses another commitment or length afterwards', () => {
    const check = new ChainCheck(INFO);
    check.confirm({ ...INFO, round: 'c-4' });
    expect(() => check.confirm({ ...INFO, commitment: seed(1) })).toThrow(FairnessError);
    expect(() => check.confirm({ ...INFO, length: 6 })).toThrow(FairnessError);
  });

  it.each([0, -1, 2 ** 30, Number.NaN])('of %d rounds is refused', (length) => {
    expect(() => new ChainCheck({ ...INFO, length })).toThrow(FairnessError);
  });
});

it('round ids name their chain', () => {
  expect(roundNumber('a-b-12', 'a-b')).toBe(12);
  expect(chainOf('a-b-12')).toBe('a-b');
  expect(chainOf('none')).toBe('');
});
