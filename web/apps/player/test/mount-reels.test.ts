import { expect, test } from 'vitest';
import { preferencesOf } from '../src/games/slot/mount-reels';

test('with a graphics card WebGL comes first, in software the 2D canvas', () => {
  expect(preferencesOf('', () => true)).toEqual(['webgl', 'canvas']);
  expect(preferencesOf('', () => false)).toEqual(['canvas', 'webgl']);
});

test('a player with a poor driver can ask for another renderer', () => {
  for (const accelerated of [() => true, () => false]) {
    expect(preferencesOf('?renderer=canvas', accelerated)).toEqual(['canvas']);
    expect(preferencesOf('?renderer=webgl', accelerated)).toEqual(['webgl', 'canvas']);
    expect(preferencesOf('?renderer=elements', accelerated)).toEqual([]);
    expect(preferencesOf('?renderer=nonsense', () => true)).toEqual(['webgl', 'canvas']);
  }
});
