import { SUBPROTOCOLS } from '@croupier/protocol';
import { Decoder, Encoder } from '@msgpack/msgpack';

/** A frame as it goes on a WebSocket. */
export type Wire = string | Uint8Array<ArrayBuffer>;

/** A request before it is encoded. */
export interface OutgoingFrame {
  readonly id: number;
  readonly type: string;
  readonly body: object;
}

/** What came from the server; without an id it is an event. */
export interface IncomingFrame {
  readonly id: number | undefined;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One of the two encodings. `decode` throws on what is no frame. */
export interface Codec {
  readonly subprotocol: string;
  encode(frame: OutgoingFrame): Wire;
  decode(data: unknown): IncomingFrame;
}

// One pair for all clients, with default options: with `useBigInt64` whole numbers above 2^32 would
// be written as floats, which the server refuses.
const encoder = new Encoder();
const decoder = new Decoder();

const MSGPACK: Codec = {
  subprotocol: SUBPROTOCOLS.msgpack,
  encode: (frame) => encoder.encode(frame),
  decode(data) {
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
      throw new TypeError('a text frame on the MessagePack subprotocol');
    }
    return frameOf(decoder.decode(data));
  },
};

const JSON_TEXT: Codec = {
  subprotocol: SUBPROTOCOLS.json,
  encode: (frame) => JSON.stringify(textual(frame)),
  decode(data) {
    if (typeof data !== 'string') throw new TypeError('a binary frame on the JSON subprotocol');
    return frameOf(binary(JSON.parse(data)));
  },
};

/** The codec of a name. */
export function codecOf(name: 'msgpack' | 'json'): Codec {
  return name === 'json' ? JSON_TEXT : MSGPACK;
}

/** How many bytes a frame takes. */
export function frameBytes(frame: Wire): number {
  return typeof frame === 'string' ? new TextEncoder().encode(frame).length : frame.length;
}

/** Whether a value is a map. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function frameOf(value: unknown): IncomingFrame {
  if (!isRecord(value)) throw new TypeError('a frame is a map');
  const { id, type, body } = value;
  if (typeof type !== 'string' || !isRecord(body)) throw new TypeError('no type or no body');
  if (id === undefined || id === null) return { id: undefined, type, body };
  if (!Number.isSafeInteger(id)) throw new TypeError('the id is no whole number');
  return { id: Number(id), type, body };
}

/** Fields that are bytes wherever they occur outside of the games' own data. */
const BYTES = new Set(['commitment', 'seed', 'client_seed']);
/** The games' own data, and a proof: there bytes are hex in both encodings. */
const OPAQUE = new Set(['view', 'bets', 'decision', 'proof', 'description']);

function binary(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(binary);
  if (!isRecord(value)) return value;
  const found = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (OPAQUE.has(key)) return [key, inner];
    return [key, BYTES.has(key) && typeof inner === 'string' ? fromBase64(inner) : binary(inner)];
  });
  return Object.fromEntries(found);
}

function textual(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(textual);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textual(inner)]));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
