// Play-money sign-ups, and the waits between attempts.

import { expect, it } from 'vitest';
import { Backoff, demoTickets, TicketError } from '../src/index';

const ANSWER = { player: '1', ticket: 't', gateway: 'ws://x', currency: 'EUR', balance: 5 };

it('signs up by HTTP', async () => {
  const asked: unknown[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    asked.push(url, init?.method, init?.body);
    return new Response(JSON.stringify(ANSWER));
  };
  const tickets = demoTickets({ base: 'http://casino.test', currency: 'EUR', fetch });
  expect(await tickets()).toEqual(ANSWER);
  expect(asked).toEqual(['http://casino.test/api/v1/demo', 'POST', '{"currency":"EUR"}']);
});

it.each([
  [400, '{"error":{"code":"invalid","message":"at most 10"}}', false, 'at most 10'],
  [503, 'away', true, 'answered with 503'],
  [429, '{}', true, 'answered with 429'],
])('tells of a refusal with %d', async (status, body, temporary, message) => {
  const tickets = demoTickets({ fetch: async () => new Response(body, { status }) });
  const error = await tickets().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(TicketError);
  expect(error.temporary).toBe(temporary);
  expect(error.message).toContain(message);
});

it('waits a random part of a span that doubles up to a cap', () => {
  const longest = new Backoff(100, 500, () => 1);
  expect([1, 2, 3, 4, 5].map(() => longest.next())).toEqual([100, 200, 400, 500, 500]);
  longest.reset();
  expect(longest.next()).toBe(100);
  expect(new Backoff(100, 500, () => 0.25).next()).toBe(25);
});
