// Signing in, resuming, giving up: what the shared scenarios do not tell of.

import { describe, expect, it, vi } from 'vitest';
import {
  ConnectError,
  CroupierError,
  SessionEndedError,
  TicketError,
  type TokenStorage,
} from '../src/index';
import { eventually } from './fakeSocket';
import { Gateway, SEATED } from './gateway';

function memory(value: string | null = null): TokenStorage & { value: string | null } {
  return {
    value,
    get() {
      return this.value;
    },
    set(next) {
      this.value = next;
    },
    remove() {
      this.value = null;
    },
  };
}

const KEPT = JSON.stringify({ token: 'token-of-sixteen-1', gateway: 'ws://kept.test' });

describe('signing in', () => {
  it('gives the welcome, whoever asks for it', async () => {
    const gateway = new Gateway();
    const first = gateway.client.connect();
    const second = gateway.client.connect();
    await gateway.welcome('hello');
    expect((await first).player).toBe('500');
    expect(await second).toBe(await first);
    expect(gateway.tickets).toBe(1);
    expect(gateway.events.map(({ type }) => type)).toEqual([
      'state',
      'balance',
      'welcome',
      'state',
    ]);
  });

  it('says what a refused ticket was refused for', async () => {
    const gateway = new Gateway();
    const connected = gateway.client.connect();
    await gateway.accept();
    gateway.refuse(await gateway.receive('hello'), 'ticket_invalid', 'final');
    gateway.socket.end(4506);
    await expect(connected).rejects.toMatchObject({ code: 'ticket_invalid' });
    expect(gateway.client.state).toBe('disconnected');
  });

  it('tries again where the refusal is temporary', async () => {
    const gateway = new Gateway();
    const connected = gateway.client.connect();
    await gateway.accept();
    gateway.refuse(await gateway.receive('hello'), 'unavailable', 'temporary');
    await gateway.welcome('hello');
    await connected;
    expect(gateway.tickets).toBe(1);
  });

  it('gives up after the time of the policy', async () => {
    const gateway = new Gateway({ policy: { connectForMs: 30 } });
    await expect(gateway.client.connect()).rejects.toBeInstanceOf(ConnectError);
    expect(gateway.client.state).toBe('disconnected');
  });

  it('tries another connection where no welcome comes', async () => {
    const gateway = new Gateway({ policy: { signInTimeoutMs: 20 } });
    const connected = gateway.client.connect();
    await gateway.accept();
    await gateway.receive('hello');
    await gateway.welcome('hello');
    await connected;
  });

  it('refuses a gateway that speaks something else', async () => {
    const gateway = new Gateway();
    const connected = gateway.client.connect();
    const socket = await eventually(() => gateway.network.waiting.shift());
    socket.open('other');
    await expect(connected).rejects.toBeInstanceOf(SessionEndedError);
  });

  it('refuses an address that is none', async () => {
    class Refusing {
      constructor() {
        throw new SyntaxError('no address');
      }
    }
    const WebSocket = Refusing as never;
    const gateway = new Gateway({ WebSocket });
    await expect(gateway.client.connect()).rejects.toThrow('no address');
  });

  it('asks for a ticket again where nothing answered, and not where there is none', async () => {
    const tickets = vi.fn();
    tickets.mockRejectedValueOnce(new TypeError('fetch failed'));
    tickets.mockRejectedValueOnce(new TicketError('busy', { temporary: true }));
    tickets.mockRejectedValueOnce(new Error('not for you'));
    const gateway = new Gateway({ tickets });
    await expect(gateway.client.connect()).rejects.toMatchObject({
      name: 'TicketError',
      message: 'not for you',
    });
    expect(tickets).toHaveBeenCalledTimes(3);
  });
});

describe('a kept token', () => {
  it('resumes after a reload, with tables and open rounds, and without a ticket', async () => {
    const storage = memory(KEPT);
    const gateway = new Gateway({ storage });
    const connected = gateway.client.connect();
    const state = { table: '300', recovered: false, events: [], snapshot: SEATED };
    const resume = await gateway.welcome('resume', {
      token: 'token-of-sixteen-2',
      highest_request: 17,
      tables: [state],
    });
    await connected;
    expect(resume.body).toMatchObject({ token: 'token-of-sixteen-1', positions: [] });
    expect(gateway.socket.url).toBe('ws://kept.test');
    expect(gateway.tickets).toBe(0);
    expect(gateway.client.tables.map(({ game }) => game)).toEqual(['slot']);
    expect(storage.value).toContain('token-of-sixteen-2');
    void gateway.client.lobby().catch(() => {});
    expect((await gateway.receive('lobby')).id).toBe(18);
  });

  it('that is not known any more is replaced by a ticket', async () => {
    const storage = memory(KEPT);
    const gateway = new Gateway({ storage });
    const connected = gateway.client.connect();
    await gateway.accept();
    gateway.refuse(await gateway.receive('resume'), 'token_invalid', 'final');
    expect(storage.value).toBeNull();
    gateway.socket.end(4506);
    await gateway.welcome('hello');
    await connected;
    expect(storage.value).toContain('token-of-sixteen-1');
  });

  it('of a session that was taken over ends it; only the player asks for a new one', async () => {
    const storage = memory(KEPT);
    const gateway = new Gateway({ storage });
    const connected = gateway.client.connect();
    await gateway.accept();
    gateway.refuse(await gateway.receive('resume'), 'replaced', 'final');
    gateway.socket.end(4500);
    await expect(connected).rejects.toMatchObject({ code: 'replaced' });
    expect(gateway.events.at(-1)).toMatchObject({ state: 'disconnected', terminal: true });
    await gateway.signIn();
    expect(gateway.tickets).toBe(1);
  });

  it('is forgotten with bye', async () => {
    const storage = memory();
    const gateway = new Gateway({ storage });
    await gateway.signIn();
    expect(storage.value).not.toBeNull();
    const closed = gateway.client.close();
    gateway.answer(await gateway.receive('bye'), 'goodbye', {});
    gateway.socket.end(1000);
    await closed;
    expect(storage.value).toBeNull();
    expect(gateway.events.at(-1)).toMatchObject({ state: 'disconnected', terminal: false });
    await gateway.signIn();
    expect(gateway.tickets).toBe(2);
  });

  it.each(['', 'nonsense', '{}', '[1]', 'null'])('%o is no token', async (value) => {
    const gateway = new Gateway({ storage: memory(value) });
    await gateway.signIn();
    expect(gateway.tickets).toBe(1);
  });

  it('that cannot be stored costs nothing else', async () => {
    const fail = () => {
      throw new Error('forbidden');
    };
    const gateway = new Gateway({ storage: { get: fail, set: fail, remove: fail } });
    await gateway.signIn();
    const closed = gateway.client.close();
    await closed; // without an answer to bye
    expect(gateway.client.state).toBe('disconnected');
  });
});

describe('connections come and go', () => {
  it('disconnect keeps the session for connect', async () => {
    const gateway = new Gateway();
    await gateway.signIn();
    await gateway.client.disconnect();
    expect(gateway.client.state).toBe('disconnected');
    await expect(gateway.client.lobby()).rejects.toThrow('not connected');
    const connected = gateway.client.connect();
    await gateway.welcome('resume');
    await connected;
    expect(gateway.tickets).toBe(1);
  });

  it('disconnect ends an attempt that is under way', async () => {
    const gateway = new Gateway();
    const connected = gateway.client.connect();
    await gateway.accept();
    await gateway.client.disconnect();
    await expect(connected).rejects.toThrow('disconnected');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(gateway.network.waiting).toEqual([]);
  });

  it.each(['{', '[]', '{"type":"played"}', '{"id":1.5,"type":"pong","body":{}}'])(
    'the frame %s makes it resume on another one',
    async (frame) => {
      const gateway = new Gateway();
      await gateway.signIn();
      gateway.socket.deliver(frame);
      await gateway.welcome('resume');
    },
  );

  it('a drain is spread over the time that the server said', async () => {
    const randomBytes = (length: number) => new Uint8Array(length).fill(128);
    const gateway = new Gateway({ randomBytes, policy: { reconnectCapMs: 10_000 } });
    await gateway.signIn();
    gateway.tell('draining', { within_ms: 100 });
    const before = performance.now();
    gateway.socket.end(1001);
    await gateway.welcome('resume');
    expect(performance.now() - before).toBeGreaterThan(45);
  });

  it('close tells of requests that may have moved money', async () => {
    const gateway = new Gateway();
    await gateway.signIn();
    const spin = gateway.client.call('spin', {});
    const lobby = gateway.client.lobby();
    const outcomes = Promise.allSettled([spin, lobby]);
    await gateway.client.close();
    const errors = (await outcomes).map((each) =>
      each.status === 'rejected' ? each.reason : null,
    );
    expect(errors[0]).toBeInstanceOf(CroupierError);
    expect(errors[0]).toMatchObject({ code: 'closed', certainty: 'unknown', retryable: false });
    expect(errors[1]).toMatchObject({ code: 'closed', certainty: 'temporary', retryable: true });
  });

  it('a listener that throws does no harm, and is heard of', async () => {
    const gateway = new Gateway();
    const heard = vi.fn();
    process.once('uncaughtException', heard);
    const original = process.listeners('uncaughtException').filter((each) => each !== heard);
    for (const each of original) process.off('uncaughtException', each);
    const end = gateway.client.subscribe(() => {
      throw new Error('a listener');
    });
    const connected = gateway.client.connect();
    end();
    await gateway.welcome('hello');
    await connected;
    await eventually(() => heard.mock.calls.length > 0);
    for (const each of original) process.on('uncaughtException', each);
  });
});
