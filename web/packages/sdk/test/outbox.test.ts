// Requests on their way: how many, how long, how often.

import { expect, it } from 'vitest';
import { Gateway, WELCOME } from './gateway';

it('sends no more at once than the server takes', async () => {
  const gateway = new Gateway();
  await gateway.signIn({ limits: { ...WELCOME.limits, in_flight: 1 } });
  const both = Promise.all([gateway.client.lobby(), gateway.client.lobby()]);
  const first = await gateway.receive('lobby');
  expect(gateway.socket.sent).toEqual([]);
  gateway.answer(first, 'lobby_list', { games: [] });
  gateway.answer(await gateway.receive('lobby'), 'lobby_list', { games: [] });
  expect(await both).toEqual([[], []]);
});

it('refuses what is longer than the server takes, without sending it', async () => {
  const gateway = new Gateway();
  await gateway.signIn({ limits: { ...WELCOME.limits, frame_bytes: 80 } });
  await expect(gateway.client.call('lobby', { note: 'x'.repeat(80) })).rejects.toThrow('too long');
  void gateway.client.lobby().catch(() => {});
  expect((await gateway.receive('lobby')).id).toBe(2);
});

it('bounds the requests without an answer', async () => {
  const gateway = new Gateway({ policy: { maximumUnanswered: 1 } });
  await gateway.signIn();
  void gateway.client.lobby().catch(() => {});
  await expect(gateway.client.lobby()).rejects.toThrow('unanswered');
});

it('raises what stays temporary longer than the policy waits', async () => {
  const gateway = new Gateway({ policy: { retryForMs: 0 } });
  await gateway.signIn();
  const lobby = gateway.client.lobby();
  gateway.refuse(await gateway.receive('lobby'), 'busy', 'temporary');
  await expect(lobby).rejects.toMatchObject({ code: 'busy', retryable: true });
});

it('refuses an answer of another kind', async () => {
  const gateway = new Gateway();
  await gateway.signIn();
  const lobby = gateway.client.lobby();
  gateway.answer(await gateway.receive('lobby'), 'seated', {});
  await expect(lobby).rejects.toThrow('answered by seated');
});

it('keeps what is asked between two connections', async () => {
  const gateway = new Gateway();
  await gateway.signIn();
  gateway.socket.end(1006);
  const lobby = gateway.client.lobby();
  await gateway.welcome('resume');
  gateway.answer(await gateway.receive('lobby'), 'lobby_list', { games: [] });
  expect(await lobby).toEqual([]);
});

it('tells of an error that names no request', async () => {
  const gateway = new Gateway();
  await gateway.signIn();
  gateway.tell('error', { code: 'malformed', certainty: 'final', message: 'no' });
  expect(gateway.events.at(-1)).toMatchObject({ type: 'problem', error: { code: 'malformed' } });
});

it('asks for history, proofs and anything else', async () => {
  const gateway = new Gateway();
  await gateway.signIn();
  const history = gateway.client.history('7001-3', 5);
  const asked = await gateway.receive('history');
  expect(asked.body).toEqual({ before: '7001-3', limit: 5 });
  gateway.answer(asked, 'history_list', { rounds: [], more: false });
  expect(await history).toEqual({ rounds: [], more: false });
  const proof = gateway.client.proof('7001-1');
  const request = await gateway.receive('round');
  // Bytes inside a proof are hex: they stay text.
  gateway.answer(request, 'round_proof', { proof: { seed: 'ab', commitment: 'cd' } });
  expect(await proof).toEqual({ seed: 'ab', commitment: 'cd' });
});
