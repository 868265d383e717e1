import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

const PREFIX = new TextEncoder().encode('croupier/draw/1');
const WORDS_OF_A_BLOCK = 8;
const ONE_WORD = 1n << 32n;
const TWO_WORDS = 1n << 64n;

/** What HMAC-SHA256 is taken of for one block of the stream. */
export function blockMessage(
  clientSeeds: readonly Uint8Array[],
  stream: number,
  block: number,
): Uint8Array {
  const length = clientSeeds.reduce((sum, seed) => sum + 2 + seed.length, PREFIX.length + 5);
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  message.set(PREFIX);
  let at = PREFIX.length;
  view.setUint8(at, stream);
  at += 1;
  for (const seed of clientSeeds) {
    view.setUint16(at, seed.length);
    message.set(seed, at + 2);
    at += 2 + seed.length;
  }
  view.setUint32(at, block);
  return message;
}

/** One block of the stream: 32 bytes. */
export function block(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha256, seed, message);
}

/** The numbers of one round: they follow from its seed and the client seeds alone. */
export class DrawStream {
  /** How many words were taken. */
  words = 0;
  private bytes: DataView = new DataView(new ArrayBuffer(0));

  constructor(
    private readonly seed: Uint8Array,
    private readonly clientSeeds: readonly Uint8Array[],
    private readonly stream = 0,
  ) {}

  /** An integer from 0 to the bound less 1, each equally likely. The bound is at most 2^64. */
  below(bound: bigint): bigint {
    if (bound < 1n || bound > TWO_WORDS) throw new RangeError(`no bound of a draw: ${bound}`);
    if (bound === 1n) return 0n;
    const wide = bound > ONE_WORD;
    const space = wide ? TWO_WORDS : ONE_WORD;
    const limit = space - (space % bound);
    for (;;) {
      const value = wide ? (this.word() << 32n) | this.word() : this.word();
      if (value < limit) return value % bound;
    }
  }

  private word(): bigint {
    const place = this.words % WORDS_OF_A_BLOCK;
    if (place === 0) {
      const number = this.words / WORDS_OF_A_BLOCK;
      const hash = block(this.seed, blockMessage(this.clientSeeds, this.stream, number));
      this.bytes = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
    }
    this.words += 1;
    return BigInt(this.bytes.getUint32(4 * place));
  }
}

/** Where a replayed round takes its numbers from. */
export interface Draws {
  below(bound: number): number;
}

/** Deal a card: a shoe is a count of cards for each face. */
export function drawCard(draws: Draws, counts: number[]): number {
  let position = draws.below(counts.reduce((sum, count) => sum + count, 0));
  for (const [face, count] of counts.entries()) {
    if (position < count) {
      counts[face] = count - 1;
      return face;
    }
    position -= count;
  }
  throw new RangeError('the shoe is empty');
}
