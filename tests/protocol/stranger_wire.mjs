// What the stranger speaks: JSON, MessagePack and WebSocket, in plain Node without packages.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";

// -- the two encodings ---------------------------------------------------------------------------

const json = {
  subprotocol: "croupier.v1.json",
  opcode: 1,
  encode: (message) => Buffer.from(JSON.stringify(textual(message))),
  decode: (data) => JSON.parse(data.toString("utf8")),
  bytes(text) {
    const found = Buffer.from(text, "base64");
    assert.equal(found.toString("base64"), text, "base64, padded");
    return found;
  },
};

const msgpack = {
  subprotocol: "croupier.v1.msgpack",
  opcode: 2,
  encode: pack,
  decode: unpack,
  bytes(data) {
    assert(Buffer.isBuffer(data), "bytes are bin");
    return data;
  },
};

/** The same value with bytes as base64, as JSON carries them. */
export function textual(value) {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (Array.isArray(value)) return value.map(textual);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textual(inner)]));
}

function pack(value) {
  const parts = [];
  const head = (tag, size, number) => {
    const part = Buffer.alloc(1 + size);
    part[0] = tag;
    if (size === 8) part.writeBigInt64BE(BigInt(number), 1);
    else if (size > 0) part.writeUIntBE(number, 1, size);
    parts.push(part);
  };
  const sized = (length, fixed, most, tags) => {
    if (length <= most) head(fixed | length, 0);
    else if (length < 0x100 && tags[0]) head(tags[0], 1, length);
    else head(tags[1], 2, length);
  };
  const integer = (number) => {
    assert(Number.isSafeInteger(number), `not a whole number: ${number}`);
    if (number < -32) head(0xd3, 8, number);
    else if (number < 0x80) head(number & 0xff, 0);
    else if (number < 0x100) head(0xcc, 1, number);
    else if (number < 0x10000) head(0xcd, 2, number);
    else if (number < 0x100000000) head(0xce, 4, number);
    else head(0xcf, 8, number);
  };
  const walk = (item) => {
    if (item === null) head(0xc0, 0);
    else if (typeof item === "boolean") head(item ? 0xc3 : 0xc2, 0);
    else if (typeof item === "number") integer(item);
    else if (typeof item === "string") {
      const text = Buffer.from(item, "utf8");
      sized(text.length, 0xa0, 31, [0xd9, 0xda]);
      parts.push(text);
    } else if (Buffer.isBuffer(item)) {
      sized(item.length, 0, -1, [0xc4, 0xc5]);
      parts.push(item);
    } else if (Array.isArray(item)) {
      sized(item.length, 0x90, 15, [0, 0xdc]);
      item.forEach(walk);
    } else {
      const entries = Object.entries(item);
      sized(entries.length, 0x80, 15, [0, 0xde]);
      entries.flat().forEach(walk);
    }
  };
  walk(value);
  return Buffer.concat(parts);
}

function unpack(data) {
  let at = 0;
  const take = (length) => {
    assert(at + length <= data.length, "cut short");
    at += length;
    return data.subarray(at - length, at);
  };
  const safe = (number) => {
    assert(Number.isSafeInteger(Number(number)), `too large: ${number}`);
    return Number(number);
  };
  const unsigned = (size) =>
    size === 8 ? safe(take(8).readBigUInt64BE()) : take(size).readUIntBE(0, size);
  const signed = (size) =>
    size === 8 ? safe(take(8).readBigInt64BE()) : take(size).readIntBE(0, size);
  const text = (length) => take(length).toString("utf8");
  const list = (length) => Array.from({ length }, walk);
  const map = (length) => {
    const found = {};
    for (let left = length; left > 0; left--) {
      const key = walk();
      assert.equal(typeof key, "string");
      assert(!Object.hasOwn(found, key), `${key} twice`);
      found[key] = walk();
    }
    return found;
  };
  function walk() {
    const tag = unsigned(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return map(tag & 15);
    if (tag < 0xa0) return list(tag & 15);
    if (tag < 0xc0) return text(tag & 31);
    if (tag >= 0xe0) return tag - 0x100;
    if (tag === 0xc0) return null;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    if (tag >= 0xc4 && tag <= 0xc6) return Buffer.from(take(unsigned(1 << (tag - 0xc4))));
    if (tag >= 0xcc && tag <= 0xcf) return unsigned(1 << (tag - 0xcc));
    if (tag >= 0xd0 && tag <= 0xd3) return signed(1 << (tag - 0xd0));
    if (tag >= 0xd9 && tag <= 0xdb) return text(unsigned(1 << (tag - 0xd9)));
    if (tag === 0xdc || tag === 0xdd) return list(unsigned(tag === 0xdc ? 2 : 4));
    if (tag === 0xde || tag === 0xdf) return map(unsigned(tag === 0xde ? 2 : 4));
    throw new Error(`MessagePack of the type 0x${tag.toString(16)} is not used`);
  }
  const value = walk();
  assert.equal(at, data.length, "something behind the message");
  return value;
}

export const codecs = { json, msgpack };

// -- WebSocket (RFC 6455) ------------------------------------------------------------------------

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [CLOSE, PING, PONG] = [8, 9, 10];

/** Connect; `heard(data)` takes each message, `closed(code)` the end, with null if it broke. */
export function open(url, codec, heard, closed) {
  const key = randomBytes(16).toString("base64");
  const request = http.request(Object.assign(new URL(url), { protocol: "http:" }), {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": 13,
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Protocol": codec.subprotocol,
    },
  });
  return new Promise((accept, refuse) => {
    request.on("error", refuse);
    request.on("response", (answer) => refuse(new Error(`no upgrade: ${answer.statusCode}`)));
    request.on("upgrade", (answer, tcp, head) => {
      const proof = createHash("sha1").update(key + GUID).digest("base64");
      assert.equal(answer.headers["sec-websocket-accept"], proof);
      assert.equal(answer.headers["sec-websocket-protocol"], codec.subprotocol);
      accept(new Socket(tcp, head, codec.opcode, heard, closed));
    });
    request.end();
  });
}

class Socket {
  constructor(tcp, head, opcode, heard, closed) {
    Object.assign(this, { tcp, opcode, heard, unread: Buffer.alloc(0), fragments: [], code: null });
    tcp.on("data", (data) => this.read(data));
    tcp.on("error", () => {}); // "close" follows
    tcp.on("close", () => closed(this.code));
    this.read(head);
  }

  send(data, opcode = this.opcode) {
    assert(data.length < 0x10000);
    const long = data.length > 125;
    const head = Buffer.alloc(long ? 4 : 2);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (long ? 126 : data.length);
    if (long) head.writeUInt16BE(data.length, 2);
    const mask = randomBytes(4);
    this.tcp.write(Buffer.concat([head, mask, data.map((byte, index) => byte ^ mask[index & 3])]));
  }

  read(data) {
    this.unread = Buffer.concat([this.unread, data]);
    for (let frame = this.frame(); frame; frame = this.frame()) this.take(...frame);
  }

  /** The next whole frame: its opcode, whether the message ends with it, and the data. */
  frame() {
    const { unread } = this;
    if (unread.length < 2) return null;
    const short = unread[1]; // above 127 it would be masked, which a server may not do
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (unread.length < start) return null;
    const long = short === 126 ? unread.readUInt16BE(2) : short;
    const length = short === 127 ? Number(unread.readBigUInt64BE(2)) : long;
    assert(short < 128 && !(unread[0] & 0x70), "masked, or an extension that nobody offered");
    if (unread.length < start + length) return null;
    this.unread = unread.subarray(start + length);
    return [unread[0] & 15, unread[0] >= 0x80, unread.subarray(start, start + length)];
  }

  take(opcode, last, data) {
    if (opcode === PING) this.send(data, PONG);
    else if (opcode === CLOSE) {
      this.code = data.length ? data.readUInt16BE(0) : 1005;
      this.send(data.subarray(0, 2), CLOSE);
      this.tcp.end();
    } else if (opcode !== PONG) {
      if (!this.fragments.length) assert.equal(opcode, this.opcode, "text or binary");
      this.fragments.push(data);
      if (last) this.heard(Buffer.concat(this.fragments.splice(0)));
    }
  }

  break() {
    this.tcp.destroy();
  }
}
