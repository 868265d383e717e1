import type { ChainInfo } from '@croupier/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { FairnessError } from './errors';

/** No honest chain is longer; the bound keeps a hostile server from making us hash for ever. */
const MAXIMUM_CHAIN_LENGTH = 2 ** 20;

/** n of the round id `chain-n`. Throws FairnessError if it is not of that chain. */
export function roundNumber(round: string, chain: string): number {
  const number = round.slice(chain.length + 1);
  if (!round.startsWith(`${chain}-`) || !/^\d{1,7}$/.test(number)) {
    throw new FairnessError(`round ${round} does not belong to the committed chain ${chain}`);
  }
  return Number(number);
}

/** The chain that a round's id names. */
export function chainOf(round: string): string {
  return round.slice(0, Math.max(0, round.lastIndexOf('-')));
}

/** Whether two strings of bytes are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * One chain as far as its seeds are known. The house told the commitment s_0 before the first bet,
 * and round n's seed must give s_0 when it is hashed n times. Each seed is checked against the newest
 * one known, so a round costs one hash.
 */
export class ChainCheck {
  private digest: Uint8Array;
  private number = 0;

  constructor(private readonly info: ChainInfo) {
    if (!(info.length >= 1 && info.length <= MAXIMUM_CHAIN_LENGTH)) {
      throw new FairnessError(`chain ${info.chain} claims ${info.length} rounds`);
    }
    this.digest = info.commitment;
  }

  /** Check that the chain named again is the one committed to. Throws FairnessError. */
  confirm(info: ChainInfo): void {
    if (info.length !== this.info.length || !sameBytes(info.commitment, this.info.commitment)) {
      throw new FairnessError(`chain ${this.info.chain} was given another commitment afterwards`);
    }
  }

  /**
   * Check a revealed seed. Throws FairnessError. The same seed may be told again, as it is when a
   * reply is repeated; an older one is checked by hashing the newest up to it.
   */
  reveal(round: string, seed: Uint8Array | null): void {
    if (seed === null) throw new FairnessError(`round ${round} has ended without its seed`);
    const number = roundNumber(round, this.info.chain);
    if (number < 1 || number > this.info.length) {
      throw new FairnessError(`round ${round} lies outside its chain of ${this.info.length}`);
    }
    if (number >= this.number) {
      if (!sameBytes(hashed(seed, number - this.number), this.digest)) {
        throw new FairnessError(`the seed of round ${round} does not hash to the one before`);
      }
      this.digest = seed;
      this.number = number;
    } else if (!sameBytes(hashed(this.digest, this.number - number), seed)) {
      throw new FairnessError(`the seed of round ${round} is not the one revealed later`);
    }
  }
}

function hashed(seed: Uint8Array, times: number): Uint8Array {
  let digest = seed;
  for (let count = 0; count < times; count += 1) digest = sha256(digest);
  return digest;
}
