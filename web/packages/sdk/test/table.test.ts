// A table between two answers: events, seeds of one's own, leaving.

import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { FairnessError, type Table } from '../src/index';
import { Gateway, SEATED } from './gateway';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const SEED_2 = new Uint8Array(32).fill(2);
const SEED_1 = sha256(SEED_2);
const CHAIN = { chain: '7001', commitment: base64(sha256(SEED_1)), length: 2, round: '7001-1' };
const OTHER = { ...CHAIN, chain: '7002', commitment: base64(SEED_2), round: '7002-1' };
const PLAYED = {
  table: '300',
  round: '7001-1',
  step: 0,
  finished: true,
  stake: 100,
  payout: 0,
  view: {},
  balance: { amount: 99_900, held: 0, version: 2 },
  seed: base64(SEED_1),
  next: { ...CHAIN, round: '7001-2' },
  voided: false,
};
const OPEN = { ...PLAYED, finished: false, payout: null, seed: null, next: null };

async function seat(more: object = {}, welcome: object = {}): Promise<[Gateway, Table]> {
  const gateway = new Gateway();
  await gateway.signIn(welcome);
  const sitting = gateway.client.sit('slot');
  gateway.answer(await gateway.receive('sit'), 'seated', { ...SEATED, chain: CHAIN, ...more });
  return [gateway, await sitting];
}

const event = (type: string, seq: number, more: object) => {
  return { type, table: '300', epoch: 1, seq, ...more };
};

describe('events', () => {
  it('move the chain on, and are told', async () => {
    const [gateway, table] = await seat();
    gateway.tell('chain_started', event('chain_started', 2, { chain: OTHER }));
    expect(table.chain?.round).toBe('7002-1');
    expect(gateway.events.at(-1)).toEqual({ type: 'table', table });
    expect(gateway.socket.sent).toEqual([]);
  });

  it('that were seen already change nothing', async () => {
    const [gateway, table] = await seat();
    gateway.tell('chain_started', event('chain_started', 1, { chain: OTHER }));
    expect(table.chain?.round).toBe('7001-1');
  });

  it('with a hole before them make it ask where the table stands', async () => {
    const [gateway, table] = await seat();
    gateway.tell('chain_started', event('chain_started', 5, { chain: OTHER }));
    const again = await gateway.receive('sit');
    gateway.answer(again, 'seated', { ...SEATED, seq: 5, chain: { ...OTHER, round: '7002-2' } });
    expect(table.chain?.round).toBe('7002-2');
  });

  it('of a later epoch are where a resume goes on', async () => {
    const [gateway] = await seat();
    const started = { ...event('chain_started', 1, { chain: OTHER }), epoch: 2 };
    gateway.tell('chain_started', started);
    gateway.socket.end(1006);
    const { body } = await gateway.welcome('resume');
    expect(body.positions).toEqual([{ table: '300', epoch: 2, seq: 1 }]);
  });

  it('end an open round', async () => {
    const [gateway, table] = await seat({ open: OPEN, chain: null });
    expect(table.open?.id).toBe('7001-1');
    await expect(table.ready()).rejects.toMatchObject({ code: 'round_open' });
    gateway.tell('round_ended', event('round_ended', 2, { round: PLAYED }));
    expect(table.open).toBeNull();
    expect(table.chain?.round).toBe('7001-2');
    expect(gateway.client.balance?.version).toBe(2);
  });

  it('with a wrong seed are a problem, and the table takes no bet any more', async () => {
    const [gateway, table] = await seat({ open: OPEN, chain: CHAIN });
    const wrong = { ...PLAYED, seed: base64(SEED_2) };
    gateway.tell('round_ended', event('round_ended', 2, { round: wrong }));
    const { error } = gateway.events.find(({ type }) => type === 'problem') as { error: Error };
    expect(error).toBeInstanceOf(FairnessError);
    await expect(table.spin({ stake: 100 })).rejects.toBe(error);
  });

  it('of a table that is not ours still tell the balance', async () => {
    const [gateway] = await seat();
    const round = event('round_ended', 2, { round: PLAYED, table: '999' });
    gateway.tell('round_ended', round);
    expect(gateway.client.balance?.version).toBe(2);
  });
});

describe('client seeds', () => {
  it('are 16 bytes drawn afresh', async () => {
    const [gateway, table] = await seat();
    const spin = table.spin({ stake: 100 });
    const { body, id, type } = await gateway.receive('spin');
    expect(Buffer.from(String(body.client_seed), 'base64')).toHaveLength(16);
    gateway.answer({ body, id, type }, 'played', PLAYED);
    expect((await spin).seed).toEqual(SEED_1);
  });

  it('are left out where the server takes none', async () => {
    const [gateway, table] = await seat({}, { client_seed: false });
    void table.spin({ stake: 100 }).catch(() => {});
    expect((await gateway.receive('spin')).body).not.toHaveProperty('client_seed');
  });

  it('of one’s own are for the round that was named: a stale one is not followed', async () => {
    const [gateway, table] = await seat();
    const spin = table.spin({ stake: 100 }, new Uint8Array([1, 2, 3]));
    const request = await gateway.receive('spin');
    expect(request.body.client_seed).toBe('AQID');
    gateway.refuse(request, 'stale_round', 'final'); // without details: it asks where it stands
    const chain = { ...CHAIN, round: '7001-2' };
    gateway.answer(await gateway.receive('sit'), 'seated', { ...SEATED, chain });
    await expect(spin).rejects.toMatchObject({ code: 'stale_round' });
    expect(table.chain?.round).toBe('7001-2');
  });
});

it('sitting down again is the same table', async () => {
  const [gateway, table] = await seat();
  const again = gateway.client.sit('slot');
  gateway.answer(await gateway.receive('sit'), 'seated', { ...SEATED, chain: CHAIN, seq: 7 });
  expect(await again).toBe(table);
  expect(table.seated.seq).toBe(7);
  expect(table.stakes).toEqual(SEATED.stakes);
});

it('a table that was left is forgotten', async () => {
  const [gateway, table] = await seat();
  const leaving = table.leave();
  gateway.answer(await gateway.receive('leave'), 'left', { table: '300' });
  await leaving;
  expect(gateway.client.tables).toEqual([]);
});

it('a repeated old answer does not take a round back', async () => {
  const [gateway, table] = await seat();
  const first = table.deal({ stake: 100 });
  gateway.answer(await gateway.receive('deal'), 'played', OPEN);
  await first;
  const both = [table.act('hit'), table.act({ action: 'hit' })];
  const [one, two] = [await gateway.receive('act'), await gateway.receive('act')];
  gateway.answer(one, 'played', { ...OPEN, step: 2 });
  gateway.answer(two, 'played', { ...OPEN, step: 1 });
  await Promise.all(both);
  expect(table.open?.step).toBe(2);
});
