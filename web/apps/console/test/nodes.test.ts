import { describe, expect, it } from 'vitest';
import type { LiveRow } from '../src/state/live';
import { byGame, byNode } from '../src/state/nodes';
import type { PrivatePlay } from '../src/types';

function play(game: string, node: string, players: number, rounds: number): PrivatePlay {
  return { game, title: game.toUpperCase(), node, players, rounds };
}

const ROWS = [play('slot', '2', 3, 40), play('dice', '2', 1, 5), play('slot', '10', 4, 2)];

describe('totals', () => {
  it('adds up a game over all nodes, in the order of titles', () => {
    expect(byGame(ROWS)).toEqual([
      { game: 'dice', title: 'DICE', players: 1, rounds: 5 },
      { game: 'slot', title: 'SLOT', players: 7, rounds: 42 },
    ]);
    expect(byGame([])).toEqual([]);
  });

  it('tells of each node what goes on there, in the order of their numbers', () => {
    const tables = [
      { node: '10', players: 5 },
      { node: '1', players: 2 },
      { node: '10', players: 1 },
    ] as LiveRow[];
    const none = { privatePlayers: 0, privateRounds: 0 };
    const silent = { program: '', state: '' };
    expect(byNode(tables, ROWS, [])).toEqual([
      { node: '1', tables: 1, players: 2, ...none, ...silent },
      { node: '2', tables: 0, players: 0, privatePlayers: 4, privateRounds: 45, ...silent },
      { node: '10', tables: 2, players: 6, privatePlayers: 4, privateRounds: 2, ...silent },
    ]);
  });

  it('tells of each node that lives which program it runs, though nothing goes on there', () => {
    const old = { node: '10', program: '0.1.0 (schema 12)', state: 'draining' };
    const next = { node: '3', program: '0.2.0 (schema 14)', state: 'starting' };
    const nothing = { tables: 0, players: 0, privatePlayers: 0, privateRounds: 0 };
    expect(byNode([], [], [old, next])).toEqual([
      { ...next, ...nothing },
      { ...old, ...nothing },
    ]);
  });
});
