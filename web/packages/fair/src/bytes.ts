import { sha256 } from '@noble/hashes/sha2.js';

/** The bytes that lower-case hex stands for. */
export function fromHex(text: string): Uint8Array {
  const pairs = text.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A seed hashed so many times: `s_{n-k}` of `s_n` and k. */
export function hashed(seed: Uint8Array, times: number): Uint8Array {
  let digest = seed;
  for (let count = 0; count < times; count += 1) digest = sha256(digest);
  return digest;
}

/** Whether two values of JSON are the same; the order of keys does not matter. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  if (left.length !== right.size) return false;
  return left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}
