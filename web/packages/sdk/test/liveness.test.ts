// Keeping alive: pings, silence, and pages that wake up.

import { expect, it } from 'vitest';
import { Gateway } from './gateway';

const PINGS = { pingIntervalMs: 30, pongTimeoutMs: 40 };
const TIME_MS = 1_767_225_600_000;

it('pings where nothing was said, and goes on while it is answered', async () => {
  const gateway = new Gateway({ policy: PINGS });
  await gateway.signIn();
  for (let count = 0; count < 3; count += 1) {
    gateway.answer(await gateway.receive('ping'), 'pong', { time_ms: TIME_MS });
  }
  expect(gateway.client.state).toBe('connected');
  expect(Math.abs(gateway.client.serverOffsetMs - (TIME_MS - Date.now()))).toBeLessThan(1_000);
});

it('resumes on another connection where a ping is not answered', async () => {
  const gateway = new Gateway({ policy: PINGS });
  await gateway.signIn();
  const silent = gateway.socket;
  await gateway.receive('ping');
  await gateway.welcome('resume');
  expect(gateway.socket).not.toBe(silent);
  // What the dead connection still brings is not listened to.
  silent.deliver(
    '{"type":"balance_changed","body":{"balance":{"amount":1,"held":0,"version":99}}}',
  );
  expect(gateway.client.balance?.version).toBe(1);
});

it('asks at once when the page wakes', async () => {
  const gateway = new Gateway({ policy: { pongTimeoutMs: 40 } });
  await gateway.signIn();
  gateway.client.wake();
  gateway.answer(await gateway.receive('ping'), 'pong', { time_ms: TIME_MS });
  gateway.client.wake();
  await gateway.receive('ping');
  await gateway.welcome('resume');
});

it('does not wait any longer to connect when the page wakes', async () => {
  const randomBytes = (length: number) => new Uint8Array(length).fill(255);
  const gateway = new Gateway({
    randomBytes,
    policy: { reconnectInitialMs: 60_000, reconnectCapMs: 60_000 },
  });
  await gateway.signIn();
  gateway.socket.end(1006);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(gateway.client.state).toBe('connecting');
  gateway.client.wake();
  await gateway.welcome('resume');
});

it('has nothing to wake before it was connected, or after', async () => {
  const gateway = new Gateway();
  gateway.client.wake();
  await gateway.signIn();
  await gateway.client.disconnect();
  gateway.client.wake();
  expect(gateway.client.state).toBe('disconnected');
});
