/** Draws bytes that nobody can foresee. */
export type RandomBytes = (length: number) => Uint8Array;

/** Bytes from the platform's own source; works without a secure context too. */
export function platformBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** A number from 0 to below 1, made of four bytes. */
export function fraction(randomBytes: RandomBytes): number {
  let number = 0;
  for (const byte of randomBytes(4)) number = number * 256 + byte;
  return number / 2 ** 32;
}

/** Bytes as lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
