// The scenarios that every client of this project must pass: tests/client/conformance/*.json. The
// Python client runs the same files (tests/client/test_conformance.py tells their form).

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Client,
  CroupierError,
  FairnessError,
  LiveTable,
  type Policy,
  type Round,
  type StateChange,
  Table,
} from '../src/index';
import { eventually, FakeNetwork, type FakeSocket } from './fakeSocket';

type Map = Readonly<Record<string, unknown>>;
type Step = Readonly<Record<string, string | undefined>> & {
  readonly id?: never;
  readonly body?: never;
  readonly with?: never;
  readonly without?: never;
};

interface Frame {
  readonly id: number;
  readonly type: string;
  readonly body: Map;
}

const FOLDER = new URL('../../../../tests/client/conformance/', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
const LIBRARY = read('_frames.json') as {
  readonly values: Readonly<Record<string, string>>;
  readonly frames: Readonly<Record<string, { readonly type: string; readonly body: Map }>>;
};
const SCENARIOS = readdirSync(FOLDER).filter((name) => /^[^_].*\.json$/.test(name));

const QUICK: Partial<Policy> = {
  reconnectInitialMs: 10,
  reconnectCapMs: 50,
  retryInitialMs: 5,
  retryCapMs: 20,
  retryForMs: 2_000,
  byeTimeoutMs: 1_000,
};

/** A value of a script with its names replaced by what they stand for. */
function filled(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('@')) return LIBRARY.values[value.slice(1)];
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}

/** Hold a value against a script: what is not named may be anything. */
function check(value: unknown, wanted: unknown): void {
  if (wanted === '*') expect(value).toBeTruthy();
  else if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    expect(value).toEqual(filled(wanted));
  } else {
    for (const [key, inner] of Object.entries(wanted)) check((value as Map)[key], inner);
  }
}

/** Whether a value is as a script says. */
function fits(value: unknown, wanted: unknown): boolean {
  try {
    check(value, wanted);
  } catch {
    return false;
  }
  return true;
}

/** One scenario on its way. */
class Run {
  private readonly network = new FakeNetwork();
  private socket: FakeSocket | undefined;
  private readonly kept = new Map<string, string>();
  private readonly asked = new Map<string, Promise<unknown>>();
  private readonly tables = new Map<string, Table>();
  private readonly live = new Map<string, LiveTable>();
  private readonly changes: StateChange[] = [];
  private tickets = 0;
  readonly client: Client;

  constructor() {
    this.client = new Client({
      tickets: async () => {
        this.tickets += 1;
        const ticket = `ticket-${this.tickets}`;
        const gateway = 'ws://gateway.test';
        return { player: '500', ticket, gateway, currency: 'EUR', balance: 0 };
      },
      WebSocket: this.network.make,
      codec: 'json',
      policy: QUICK,
    });
    this.client.subscribe((event) => {
      if (event.type === 'state') this.changes.push(event);
    });
  }

  async take(step: Step): Promise<void> {
    if (step.client !== undefined) await this.ask(step, step.client);
    else if (step.expect !== undefined) await this.expect(step, step.expect);
    else if (step.gateway === 'accept') this.socket = await this.network.accept();
    else if (step.gateway === 'receive') await this.receive(step);
    else if (step.gateway === 'send') this.send(step);
    else if (step.gateway === 'drop') this.socket?.end(1006);
    else if (step.gateway === 'close') this.socket?.end(Number(step.code));
    else {
      await new Promise((resolve) => setTimeout(resolve, Number(step.for_ms)));
      expect(this.socket?.sent).toEqual([]);
      expect(this.network.waiting).toEqual([]);
    }
  }

  private frame(name: string): Frame {
    return JSON.parse(this.kept.get(name) ?? 'null');
  }

  private async receive(step: Step): Promise<void> {
    const text = String(await eventually(() => this.socket?.sent.shift()));
    const frame: Frame = JSON.parse(text);
    expect(frame.type, text).toBe(step.type);
    if (step.id !== undefined) expect(frame.id).toBe(step.id);
    check(frame.body, step.body ?? {});
    for (const key of step.without ?? []) expect(frame.body, text).not.toHaveProperty(key);
    if (step.same !== undefined) expect(text).toBe(this.kept.get(step.same));
    if (step.same_body !== undefined) expect(frame.body).toEqual(this.frame(step.same_body).body);
    if (step.other_seed !== undefined) {
      expect(frame.body.client_seed).not.toBe(this.frame(step.other_seed).body.client_seed);
    }
    this.kept.set(step.as ?? '', text);
    this.kept.set('newest', text);
  }

  private send(step: Step): void {
    const raw = step.raw as unknown as Frame | undefined;
    const frame = raw ?? LIBRARY.frames[step.frame ?? ''];
    if (frame === undefined) throw new Error(`no frame ${step.frame}`);
    const { type } = frame;
    const body = filled({ ...frame.body, ...((step.with ?? {}) as Map) });
    const event = step.event !== undefined;
    const message = event ? { type, body } : { id: this.frame(step.to ?? 'newest').id, type, body };
    this.socket?.deliver(JSON.stringify(message));
  }

  private async ask(step: Step, name: string): Promise<void> {
    const promise = this.begin(step, name);
    promise.catch(() => {}); // looked at later
    this.asked.set(step.as ?? name, promise);
    await Promise.resolve();
  }

  private begin(step: Step, name: string): Promise<unknown> {
    const { client } = this;
    const table = this.tables.get(step.game ?? '');
    const bets = (step.bets ?? {}) as object;
    if (name === 'connect') return client.connect();
    if (name === 'close') return client.close();
    if (name === 'lobby') return client.lobby();
    if (name === 'activity') return client.activity();
    if (name === 'fetch_balance') return client.fetchBalance();
    if (name === 'sit') return client.sit(step.game ?? '');
    if (name === 'tables') return client.listLiveTables();
    if (name === 'live') return this.askLive(step, step.do ?? '');
    if (table === undefined) throw new Error(`no table for ${name}`);
    if (name === 'spin') return table.spin(bets);
    if (name === 'deal') return table.deal(bets);
    if (name === 'act') return table.act(step.decision ?? '');
    throw new Error(`the scripts know no ${name}`);
  }

  private askLive(step: Step, name: string): Promise<unknown> {
    const id = step.table ?? '';
    if (name === 'join') return this.client.join(id);
    if (name === 'watch') return this.client.watch(id);
    const table = this.live.get(id);
    if (table === undefined) throw new Error(`no live table ${id}`);
    if (name === 'bet') return table.bet((step.bets ?? {}) as object);
    if (name === 'act') return table.act(step.decision ?? '');
    if (name === 'cash_out') return table.cashOut();
    if (name === 'leave') return table.leave();
    throw new Error(`the scripts know no ${name}`);
  }

  private async expect(step: Step, kind: string): Promise<void> {
    const { client } = this;
    if (kind === 'live') {
      const table = this.live.get(step.table ?? '');
      await eventually(() => fits(table?.state, step.value));
      return;
    }
    if (kind === 'state') {
      await eventually(() => client.state === step.state);
      expect(this.changes.at(-1)?.terminal).toBe(step.terminal);
    } else if (kind === 'balance') expect(client.balance).toEqual(step.value);
    else if (kind === 'result') check(this.told(await this.answer(step)), step.value ?? {});
    else {
      const error = await this.answer(step).then(
        () => new Error('it was answered'),
        (thrown) => thrown,
      );
      if (kind === 'unfair') expect(error).toBeInstanceOf(FairnessError);
      else {
        expect(error).toBeInstanceOf(CroupierError);
        expect(error).toMatchObject({ code: step.code, certainty: step.certainty });
      }
    }
  }

  private async answer(step: Step): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), 3_000);
    });
    try {
      return await Promise.race([this.asked.get(step.of ?? ''), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private told(result: unknown): Map {
    if (result instanceof Table) {
      this.tables.set(result.game, result);
      return { table: result.id, game: result.game };
    }
    if (result instanceof LiveTable) {
      this.live.set(result.id, result);
      return { table: result.id, seat: result.seat };
    }
    if (typeof result === 'object' && result !== null && 'voided' in result) {
      const round = result as Round;
      return { ...round, options: round.options.map(({ action }) => action) };
    }
    const plain = ['every_ms', 'seat', 'at_ms'];
    if (typeof result === 'object' && result !== null && plain.some((key) => key in result)) {
      return { ...result };
    }
    return {};
  }
}

describe('the shared scenarios', () => {
  it.each(SCENARIOS)('%s', async (name) => {
    const scenario = read(name) as { readonly title: string; readonly steps: readonly Step[] };
    const run = new Run();
    try {
      for (const step of scenario.steps) {
        try {
          await run.take(step);
        } catch (error) {
          const message = `${scenario.title} At ${JSON.stringify(step)}: ${String(error)}`;
          throw new Error(message, { cause: error });
        }
      }
    } finally {
      await run.client.disconnect();
    }
  });

  it('are found', () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(8);
  });
});
