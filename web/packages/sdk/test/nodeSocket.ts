// A WebSocket (RFC 6455) with a browser's face on Node's own `http`: Node 20 has none built in.
// For tests only: no extensions, no TLS.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketLike } from '../src/index';

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

interface Frame {
  readonly opcode: number;
  readonly last: boolean;
  readonly data: Buffer;
}

type Listener = (event: never) => void;

/** A client's WebSocket for plain `ws:` addresses. */
export class NodeSocket implements WebSocketLike {
  binaryType = 'arraybuffer';
  readyState = 0;
  protocol = '';
  private readonly listeners = new Map<string, Listener[]>();
  private stream: Duplex | undefined;
  private unread = Buffer.alloc(0);
  private fragments: Frame[] = [];
  private code = 1006;

  constructor(url: string, protocols: string[]) {
    const address = new URL(url);
    address.protocol = 'http:';
    const upgrade = request(address, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Protocol': protocols.join(', '),
      },
    });
    upgrade.on('error', () => this.ended());
    upgrade.on('response', (answer) => {
      answer.resume();
      this.ended();
    });
    upgrade.on('upgrade', (answer, stream, head) => {
      this.protocol = String(answer.headers['sec-websocket-protocol'] ?? '');
      this.stream = stream;
      stream.on('data', (data: Buffer) => this.read(data));
      stream.on('error', () => {});
      stream.on('close', () => this.ended());
      this.readyState = 1;
      this.tell('open', {});
      this.read(head);
    });
    upgrade.end();
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.write(TEXT, Buffer.from(data));
    else this.write(BINARY, Buffer.from(data));
  }

  close(code = 1000): void {
    if (this.readyState !== 1) return;
    this.readyState = 2;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.write(CLOSE, payload);
  }

  /** Break the connection without a word, as a failing network does. */
  drop(): void {
    this.stream?.destroy();
  }

  private write(opcode: number, data: Buffer): void {
    const long = data.length > 125;
    const head = Buffer.alloc(long ? 4 : 2);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (long ? 126 : data.length);
    if (long) head.writeUInt16BE(data.length, 2);
    const mask = randomBytes(4);
    const masked = data.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.stream?.write(Buffer.concat([head, mask, masked]));
  }

  private read(data: Buffer): void {
    this.unread = Buffer.concat([this.unread, data]);
    for (let frame = this.next(); frame !== undefined; frame = this.next()) this.take(frame);
  }

  private next(): Frame | undefined {
    const { unread } = this;
    if (unread.length < 2) return undefined;
    const first = unread.readUInt8(0);
    const short = unread.readUInt8(1);
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (unread.length < start) return undefined;
    let length = short;
    if (short === 126) length = unread.readUInt16BE(2);
    if (short === 127) length = Number(unread.readBigUInt64BE(2));
    if (unread.length < start + length) return undefined;
    this.unread = unread.subarray(start + length);
    const payload = unread.subarray(start, start + length);
    return { opcode: first & 15, last: first >= 0x80, data: payload };
  }

  private take(frame: Frame): void {
    if (frame.opcode === PING) this.write(PONG, frame.data);
    else if (frame.opcode === CLOSE) {
      this.code = frame.data.length >= 2 ? frame.data.readUInt16BE(0) : 1005;
      if (this.readyState === 1) this.write(CLOSE, frame.data.subarray(0, 2));
      this.readyState = 2;
      this.stream?.end();
    } else if (frame.opcode <= BINARY && frame.opcode >= CONTINUATION) {
      this.fragments.push(frame);
      if (frame.last) this.message(this.fragments.splice(0));
    }
  }

  private message(frames: Frame[]): void {
    const whole = Buffer.concat(frames.map((frame) => frame.data));
    const text = frames[0]?.opcode === TEXT;
    this.tell('message', { data: text ? whole.toString('utf8') : new Uint8Array(whole).buffer });
  }

  private ended(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.tell('close', { code: this.code, reason: '' });
  }

  private tell(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) listener(event as never);
  }
}
