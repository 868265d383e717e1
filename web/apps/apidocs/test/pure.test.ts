import { describe, expect, test } from 'vitest';
import { fill, learn, Session, type Socket } from '../src/console/session';
import { bounds, form } from '../src/forms';
import { blocks, runs } from '../src/markdown';

describe('descriptions', () => {
  test('are split into headings, paragraphs, lists and code', () => {
    const source =
      '## Frames\n\nOne\ntwo.\n- a\n  b\n- c\n\n```http\nPOST /\n```\n    k = 1\n      + 2\n';
    expect(blocks(source)).toEqual([
      { kind: 'heading', level: 2, text: 'Frames' },
      { kind: 'paragraph', text: 'One two.' },
      { kind: 'list', items: ['a b', 'c'] },
      { kind: 'code', text: 'POST /' },
      { kind: 'code', text: 'k = 1\n  + 2' },
    ]);
  });

  test('come to an end whatever stands in them', () => {
    for (const source of [
      '',
      '```',
      '#',
      '####### x',
      '-',
      '- ',
      '**',
      '`',
      '  - x',
      '\t',
      '#x\n-y\n```',
    ]) {
      expect(blocks(source).length).toBeLessThan(4);
    }
  });

  test('have code and strong words', () => {
    expect(runs('**Do** `x` or ` not **`')).toEqual([
      { kind: 'strong', text: 'Do' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'x' },
      { kind: 'text', text: ' or ' },
      { kind: 'code', text: ' not **' },
    ]);
  });
});

describe('schemas in words', () => {
  const words = (schema: Parameters<typeof form>[0]) =>
    form(schema)
      .map((piece) => ('text' in piece ? piece.text : `<${piece.schema}>`))
      .join('');

  test('name what a field holds', () => {
    const other = { $ref: '#/components/schemas/Balance' };
    expect(words(other)).toBe('<Balance>');
    expect(words({ allOf: [other] })).toBe('<Balance>');
    expect(words({ anyOf: [other, { type: 'null' }] })).toBe('<Balance> or null');
    expect(words({ type: 'array', items: other })).toBe('list of <Balance>');
    expect(words({ type: 'array', items: [{ type: 'integer' }, other] })).toBe(
      '[integer, <Balance>]',
    );
    expect(words({ type: 'array' })).toBe('list');
    expect(words({ type: 'object', additionalProperties: { type: 'integer' } })).toBe(
      'map of integer',
    );
    expect(words({ const: 'ping' })).toBe('"ping"');
    expect(words({ enum: ['a', 1] })).toBe('"a" or 1');
    expect(words({ type: 'string', format: 'decimal' })).toBe('string (decimal)');
    expect(words({})).toBe('anything');
  });

  test('say bounds that are worth saying', () => {
    expect(bounds({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })).toBe(
      '',
    );
    expect(bounds({ minimum: 0, maximum: 9 })).toBe('0 to 9');
    expect(bounds({ minLength: 1, maxLength: 64, default: '' })).toBe(
      '1 to 64 characters, default ""',
    );
    expect(bounds({ minItems: 2, maxItems: 2, pattern: '^x' })).toBe('2 items, matches ^x');
    expect(bounds({ maximum: 3 })).toBe('at most 3');
  });
});

describe('what the console learns', () => {
  const seated = { table: '7', game: 'slot', chain: { chain: '3', round: '3-1' }, open: null };
  const frame = (type: string, body: unknown) => JSON.stringify({ type, body });

  test('table and round from the answers', () => {
    let known = learn({}, frame('seated', seated));
    expect(known).toEqual({ table: '7', game: 'slot', round: '3-1' });
    known = learn(
      known,
      frame('played', { round: '3-1', step: 0, finished: true, next: { round: '3-2' } }),
    );
    expect(known.round).toBe('3-2');
    expect(known.finished).toBe('3-1');
    known = learn(known, frame('played', { round: '3-2', step: 1, finished: false, next: null }));
    expect([known.round, known.step]).toEqual(['3-2', 1]);
    known = learn(
      known,
      frame('error', { code: 'stale_round', details: { chain: { round: '3-5' } } }),
    );
    expect(known.round).toBe('3-5');
    expect(learn(known, frame('left', {}))).toEqual({});
  });

  test('an open round before the next one', () => {
    const known = learn({}, frame('seated', { ...seated, open: { round: '3-1', step: 2 } }));
    expect([known.round, known.step]).toEqual(['3-1', 2]);
  });

  test('nothing from what it does not know', () => {
    for (const text of ['', '[]', 'null', '{"type":"lobby_list"}', '{"type":"seated"}']) {
      expect(learn({ round: '1-1' }, text).round).toBe('1-1');
    }
  });

  test('and fills it in', () => {
    const example = { table: 'x', round: 'y', bets: { stake: 1 }, client_seed: 'z' };
    const filled = fill(example, { table: '7', round: '3-1' }, () => 'fresh');
    expect(filled).toEqual({ table: '7', round: '3-1', bets: { stake: 1 }, client_seed: 'fresh' });
    expect(example.table).toBe('x');
  });
});

describe('a session of the console', () => {
  class Wire implements Socket {
    readonly sent: string[] = [];
    private readonly listeners = new Map<
      string,
      (event: { data?: unknown; code?: number }) => void
    >();
    send(text: string): void {
      this.sent.push(text);
    }
    close(): void {
      this.tell('close', { code: 1000 });
    }
    addEventListener(type: string, listener: (event: { data?: unknown }) => void): void {
      this.listeners.set(type, listener);
    }
    tell(type: string, event: { data?: unknown; code?: number }): void {
      this.listeners.get(type)?.(event);
    }
  }

  test('says hello, counts its requests and records every frame', async () => {
    const wire = new Wire();
    const session = new Session(
      {
        signUp: async () => ({ ticket: 'secret', gateway: 'ws://here' }),
        open: () => wire,
        nonce: () => 'nonce',
      },
      () => undefined,
    );
    session.send('ping', {});
    expect(session.entries.at(-1)).toEqual({ direction: 'note', text: 'Not connected.' });
    await session.open();
    expect(session.connected).toBe(false);
    wire.tell('open', {});
    session.send('ping', {});
    expect(wire.sent.map((text) => JSON.parse(text))).toMatchObject([
      { id: 1, type: 'hello', body: { ticket: 'secret', nonce: 'nonce' } },
      { id: 2, type: 'ping', body: {} },
    ]);
    wire.tell('message', { data: '{"type":"seated","body":{"table":"9"}}' });
    expect(session.known.table).toBe('9');
    wire.tell('close', { code: 4001 });
    expect(session.connected).toBe(false);
    expect(session.entries.at(-1)?.text).toBe('Closed with 4001.');
    expect(session.entries.map((entry) => entry.direction)).toEqual([
      ...['note', 'note', 'sent', 'sent', 'received', 'note'],
    ]);
  });
});
