import { type Client, CroupierError } from '@croupier/sdk';
import { describe, expect, it } from 'vitest';
import { sitDown } from '../src/state/sitting';

/** A client that sits at tables, each with a round open or not, and may have `most` of them. */
function house(rounds: readonly boolean[], most: number) {
  const left: number[] = [];
  const tables = rounds.map((open, index) => ({
    open: open ? {} : null,
    leave: async () => void left.push(index),
  }));
  const sit = async (game: string) => {
    if (rounds.length - left.length < most) return { game };
    throw new CroupierError('too_many_tables', 'final', 'You sit at too many tables.');
  };
  return { client: { tables, sit } as unknown as Client, left };
}

describe('sitting down', () => {
  it('leaves nothing while there is room', async () => {
    const { client, left } = house([false, false], 3);
    expect(await sitDown(client, 'mines')).toMatchObject({ game: 'mines' });
    expect(left).toEqual([]);
  });

  it('leaves the first table without an open round where there is none', async () => {
    const { client, left } = house([true, false, false], 3);
    expect(await sitDown(client, 'mines')).toMatchObject({ game: 'mines' });
    expect(left).toEqual([1]);
  });

  it('is refused where a round is open at every table', async () => {
    const { client, left } = house([true, true], 2);
    await expect(sitDown(client, 'mines')).rejects.toMatchObject({ code: 'too_many_tables' });
    expect(left).toEqual([]);
  });
});
