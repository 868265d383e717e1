import type { NodeRow, PrivatePlay } from '../types';
import type { LiveRow } from './live';

/** The private tables of one game at the whole casino. */
export interface GameTotal {
  readonly game: string;
  readonly title: string;
  readonly players: number;
  readonly rounds: number;
}

/** What goes on at one node. */
export interface NodeTotal {
  readonly node: string;
  readonly tables: number;
  readonly players: number;
  readonly privatePlayers: number;
  readonly privateRounds: number;
  /** Empty where the node does not live, or has not said yet what it runs. */
  readonly program: string;
  readonly state: string;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The totals of private tables by game, over all nodes, by what people call the game. */
export function byGame(rows: readonly PrivatePlay[]): readonly GameTotal[] {
  const found = new Map<string, GameTotal>();
  for (const { game, title, players, rounds } of rows) {
    const sum = found.get(game);
    found.set(game, {
      game,
      title,
      players: (sum?.players ?? 0) + players,
      rounds: (sum?.rounds ?? 0) + rounds,
    });
  }
  return [...found.values()].sort((one, other) => collator.compare(one.title, other.title));
}

/** Each node that lives, or has a table or somebody at a private one, by its number. */
export function byNode(
  tables: Iterable<LiveRow>,
  rows: readonly PrivatePlay[],
  nodes: readonly NodeRow[],
): readonly NodeTotal[] {
  const found = new Map<string, { -readonly [Key in keyof NodeTotal]: NodeTotal[Key] }>();
  const of = (node: string) => {
    let total = found.get(node);
    if (total === undefined) {
      total = {
        ...{ node, tables: 0, players: 0, privatePlayers: 0, privateRounds: 0 },
        ...{ program: '', state: '' },
      };
      found.set(node, total);
    }
    return total;
  };
  for (const { node, program, state } of nodes) Object.assign(of(node), { program, state });
  for (const { node, players } of tables) {
    const total = of(node);
    total.tables += 1;
    total.players += players;
  }
  for (const { node, players, rounds } of rows) {
    const total = of(node);
    total.privatePlayers += players;
    total.privateRounds += rounds;
  }
  return [...found.values()].sort((one, other) => collator.compare(one.node, other.node));
}
