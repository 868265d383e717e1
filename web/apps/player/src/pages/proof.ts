import type { Proof } from '@croupier/protocol';

/** Read a proof from text. Throws SyntaxError where the text is no JSON, TypeError where no proof. */
export function readProof(text: string): Proof {
  const value: unknown = JSON.parse(text);
  const proof = inner(value);
  if (proof.format !== 'croupier-proof/1' || typeof proof.seed !== 'string') {
    throw new TypeError('not a proof');
  }
  return proof as unknown as Proof;
}

/** A reply of the server may be pasted whole: the proof is then under `proof`. */
function inner(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not a proof');
  const record = value as Record<string, unknown>;
  return typeof record.proof === 'object' && record.proof !== null
    ? (record.proof as Record<string, unknown>)
    : record;
}

/** The proof as the text of a file. */
export function proofText(proof: Proof): string {
  return `${JSON.stringify(proof, undefined, 2)}\n`;
}

/** Let the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** A value of a proof for reading, such as the bets of a game. */
export function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, inside]) => `${name} ${plainText(inside)}`)
      .join(', ');
  }
  return value === null ? '–' : String(value);
}
