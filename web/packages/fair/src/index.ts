/** Checks proofs of rounds by `docs/fairness.md`, in a browser or anywhere else, without a server. */
export type { Proof } from '@croupier/protocol';
export { fromHex, hashed, toHex } from './bytes';
export { block, blockMessage, DrawStream, type Draws, drawCard } from './draws';
export {
  type Told,
  type VerificationResult,
  type VerificationStep,
  verifyProof,
} from './verify';
