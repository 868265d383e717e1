// The client seeds of a live table, without a connection; the rest is the shared scenarios' matter.

import { readFileSync } from 'node:fs';
import type { LiveState } from '@croupier/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { CroupierError } from '../src/errors';
import type { LiveEvent } from '../src/live-state';
import { type LiveHouse, LiveTable } from '../src/live-table';

const FILE = new URL('../../../../tests/client/live-states.json', import.meta.url);
const { start: START } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly start: LiveState };
const SEED = Uint8Array.of(1, 2, 3);
const MINE = Uint8Array.of(4, 5, 6);

/** A house that keeps what it is asked and answers when the test says so. */
class QuietHouse implements LiveHouse {
  readonly asked: (readonly [string, object])[] = [];
  readonly answers: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  readonly left: LiveTable[] = [];
  seed = SEED;

  request(type: string, body: object): Promise<unknown> {
    this.asked.push([type, body]);
    return new Promise((resolve, reject) => {
      this.answers.push({ done: () => resolve(undefined), fail: reject });
    });
  }

  // `took` is never called here: these tests are about what is asked.
  drawClientSeed(): Uint8Array {
    return this.seed;
  }

  takeBalance(): void {}
  liveChanged(): void {}

  liveLeft(table: LiveTable): void {
    this.left.push(table);
  }
}

function chainOf(chain: string, number: number) {
  const commitment = new Uint8Array(32);
  return { chain, commitment, length: 4, round: `${chain}-${number}` };
}

function opened(seq: number, name: string): LiveEvent {
  const chain = chainOf(name, seq);
  const place = { table: '900', epoch: 3, seq, round: chain.round };
  return {
    type: 'round_opened',
    ...place,
    chain,
    client_seeds: [],
    closes_ms: 15_000,
  } as LiveEvent;
}

function seedFor(chain: string, client_seed = SEED): readonly [string, object] {
  return ['join', { table: '900', seat: 2, client_seed, chain }];
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the client seed of a seat', () => {
  let house: QuietHouse;
  let table: LiveTable;

  beforeEach(() => {
    house = new QuietHouse();
    table = new LiveTable(house, START);
  });

  it('is given once for each chain, when that is told', () => {
    table.takeEvent(opened(8, '901'));
    table.takeEvent(opened(9, '901'));
    table.takeEvent(opened(10, '902'));
    table.takeEvent(opened(11, '902'));
    table.take({ ...table.state, seq: 12 });
    table.take({ ...table.state, seq: 13, chain: chainOf('903', 1) } as LiveState);

    expect(house.asked).toEqual([seedFor('901'), seedFor('902'), seedFor('903')]);
    const { type, body } = table.returnRequest();
    expect([type, body]).toEqual(seedFor('903'));
  });

  it('that was refused is given anew when the next round opens', async () => {
    table.takeEvent(opened(8, '901'));
    house.answers[0]?.fail(new CroupierError('too_fast', 'final', 'Wait.'));
    await turn();
    table.takeEvent(opened(9, '901'));
    table.takeEvent(opened(10, '901'));

    expect(house.asked).toEqual([seedFor('901'), seedFor('901')]);
  });

  it('is not for a watcher, nor where client seeds are off', () => {
    const watched = new LiveTable(house, { ...START, seat: null });
    watched.takeEvent(opened(8, '901'));
    house.seed = new Uint8Array();
    table.takeEvent(opened(8, '901'));

    expect(house.asked).toEqual([]);
  });

  it('that the player chose waits for a chain, or names it', () => {
    table.join(undefined, MINE).catch(() => {});
    expect(house.asked).toEqual([['join', { table: '900', seat: 2 }]]);
    table.takeEvent(opened(8, '901'));
    table.join(undefined, MINE).catch(() => {});

    expect(house.asked.slice(1)).toEqual([seedFor('901', MINE), seedFor('901', MINE)]);
  });

  it('does not take the seat again behind the leaving', async () => {
    table.takeEvent(opened(8, '901'));
    const leaving = table.leave();
    await turn();
    expect(house.asked).toEqual([seedFor('901')]);
    table.takeEvent(opened(9, '902'));
    house.answers[0]?.done();
    await turn();
    house.answers[1]?.done();
    await leaving;

    expect(house.asked.slice(1)).toEqual([['leave', { table: '900' }]]);
    expect(house.left).toEqual([table]);
  });
});
