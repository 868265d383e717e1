// Both encodings, byte for byte as docs/protocol.md shows them.

import { describe, expect, it } from 'vitest';
import { codecOf, frameBytes } from '../src/codec';
import { hex } from '../src/random';

const msgpack = codecOf('msgpack');
const json = codecOf('json');

const SEED = Uint8Array.from(atob('8IxA/xRISF5P3VA/MKxBVA=='), (each) => each.charCodeAt(0));
const SPIN = {
  id: 4,
  type: 'spin',
  body: {
    table: '7345117184125944',
    round: '21390950400000000-1',
    bets: { stake: 400 },
    client_seed: SEED,
  },
};

const asHex = (frame: string | Uint8Array) => (typeof frame === 'string' ? frame : hex(frame));

describe('MessagePack', () => {
  it('is what the page shows', () => {
    expect(asHex(msgpack.encode({ id: 8, type: 'ping', body: {} }))).toBe(
      '83a2696408a474797065a470696e67a4626f647980',
    );
    expect(asHex(msgpack.encode(SPIN))).toBe(
      '83a2696404a474797065a47370696ea4626f647984a57461626c65b037333435313137313834313235393434a5' +
        '726f756e64b332313339303935303430303030303030302d31a46265747381a57374616b65cd0190ab636c69' +
        '656e745f73656564c410f08c40ff1448485e4fdd503f30ac4154',
    );
  });

  it('writes whole numbers above 2^32 as integers, and reads them as numbers', () => {
    const frame = msgpack.encode({ id: Number.MAX_SAFE_INTEGER, type: 'ping', body: {} });
    expect(asHex(frame)).toContain('a26964cf001fffffffffffff');
    expect(msgpack.decode(frame).id).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('keeps bytes as bytes', () => {
    expect(msgpack.decode(msgpack.encode(SPIN)).body.client_seed).toEqual(SEED);
  });

  it('reads no text', () => {
    expect(() => msgpack.decode('{}')).toThrow();
  });
});

describe('JSON', () => {
  it('has bytes as base64', () => {
    const text = String(json.encode(SPIN));
    expect(JSON.parse(text).body.client_seed).toBe('8IxA/xRISF5P3VA/MKxBVA==');
    expect(json.decode(text).body.client_seed).toEqual(SEED);
    expect(frameBytes(text)).toBe(text.length);
  });

  it('leaves the data of games alone', () => {
    const body = { view: { seed: 'AAAA' }, seed: 'AAAA', next: { commitment: null } };
    const frame = json.decode(JSON.stringify({ id: 1, type: 'played', body }));
    expect(frame.body).toEqual({ ...body, seed: new Uint8Array(3) });
  });

  it('reads no bytes', () => {
    expect(() => json.decode(new ArrayBuffer(2))).toThrow();
  });
});
