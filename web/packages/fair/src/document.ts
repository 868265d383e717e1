import type { Proof } from '@croupier/protocol';

const MAXIMUM_ROUND = 2 ** 20;
const SEED = /^[0-9a-f]{64}$/;
const CLIENT_SEED = /^(?:[0-9a-f]{2}){0,32}$/;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isAmount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isSeed = (value: unknown) => typeof value === 'string' && SEED.test(value);
const isMap = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (of: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(of);

function isDraw(value: unknown): boolean {
  const { below, value: drawn } = (isMap(value) ? value : {}) as Record<string, unknown>;
  return [below, drawn].every((number) => {
    return isAmount(number) || (typeof number === 'string' && /^\d{1,20}$/.test(number));
  });
}

function isDecision(value: unknown): boolean {
  const { seat, decision, platform } = (isMap(value) ? value : {}) as Record<string, unknown>;
  return isAmount(seat) && isMap(decision) && typeof platform === 'boolean';
}

/** What every field of a proof must be. */
const FIELDS: Readonly<Record<keyof Proof, (value: unknown) => boolean>> = {
  format: (value) => value === 'croupier-proof/1',
  round: isText,
  chain: isText,
  n: (value) => isAmount(value) && Number(value) >= 1 && Number(value) <= MAXIMUM_ROUND,
  game: isText,
  version: isAmount,
  digest: isSeed,
  seat: isAmount,
  commitment: isSeed,
  previous_seed: (value) => value === null || isSeed(value),
  seed: isSeed,
  client_seeds: isList((value) => typeof value === 'string' && CLIENT_SEED.test(value)),
  bets: isList(isMap),
  decisions: isList(isDecision),
  draws: isList(isDraw),
  outcome: (value) => value === null || isMap(value),
  stake: isAmount,
  payout: isAmount,
  voided: (value) => typeof value === 'boolean',
};

/** What is wrong with the form of a proof, or undefined if nothing is. */
export function faultOf(proof: unknown): string | undefined {
  if (!isMap(proof)) return 'it is no map';
  const fields = proof as Record<string, unknown>;
  for (const [name, fits] of Object.entries(FIELDS)) {
    if (!fits(fields[name])) return `${name} is missing or not of its form`;
  }
  const { round, chain, n, seat, bets, voided, outcome } = proof as Proof;
  if (round !== `${chain}-${n}`) return 'the round is not the one of its chain and number';
  // At a live table there are the client seeds of all seats, of those without bets too.
  if (seat >= bets.length) return 'the seats do not agree';
  if (voided !== (outcome === null)) return 'a void round has no outcome, any other has one';
  return undefined;
}
