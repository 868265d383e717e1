import type { Proof } from '@croupier/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, hashed, same, toHex } from './bytes';
import { faultOf } from './document';
import { DrawStream, type Draws } from './draws';
import { replayOf, replayOfShared } from './games';
import { InputsError, type Replay, type Replayed } from './replay';
import { isKnownDigest, isKnownGame, knownRules } from './rules';
import { isPlain, replayUnknownMachine } from './slot/unknown';

/** One thing that was checked. */
export interface VerificationStep {
  readonly name: string;
  /** What was found, in a sentence for reading. */
  readonly detail: string;
  readonly ok: boolean;
}

/** What a check of a proof found; it ends at the first step that fails. */
export interface VerificationResult {
  readonly ok: boolean;
  readonly steps: readonly VerificationStep[];
  /** What failed, where something did. */
  readonly reason?: string;
  /** Whether the outcome and the money were recomputed by rules that this package knows. */
  readonly outcomeProved: boolean;
}

/** What the player was told before the bet; only that shows that nothing was made to fit later. */
export interface Told {
  /** s_0 in hex, from `seated` or `chain_started`. */
  readonly commitment?: string;
  /** The seed of the round before, in hex. */
  readonly previousSeed?: string;
  /** Of the rules, from `seated`. */
  readonly digest?: string;
}

class Failed extends Error {
  constructor(
    readonly step: string,
    message: string,
  ) {
    super(message);
  }
}

/** How a round of the game is played again, and what to say of its rules. */
interface Rules {
  readonly replay: Replay | undefined;
  readonly complete: boolean;
  readonly detail: string;
}

const NOT_REPLAYED = 'chain and draws are proved, the outcome is not';
const ONLY_ADDED = 'chain and draws are proved, pays are only added up';

/** Check a proof by hashing and drawing again. Nothing is asked of anybody. */
export function verifyProof(proof: Proof, told: Told = {}): VerificationResult {
  const steps: VerificationStep[] = [];
  const step = (name: string, holds: boolean, detail: string, otherwise: string) => {
    if (!holds) throw new Failed(name, otherwise);
    steps.push({ name, detail, ok: true });
  };
  let outcomeProved = false;
  try {
    const fault = faultOf(proof);
    step('document', fault === undefined, 'complete, and its ids agree', fault ?? '');
    checkChain(proof, told, step);
    if (proof.voided) checkVoid(proof, step);
    else outcomeProved = checkRound(proof, told, step);
    return { ok: true, steps, outcomeProved };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { message: reason, step: name } = error;
    const last = { name, detail: reason, ok: false };
    return {
      ok: false,
      steps: [...steps, last],
      reason: `${name}: ${reason}`,
      outcomeProved: false,
    };
  }
}

type Step = (name: string, holds: boolean, detail: string, otherwise: string) => void;

function checkChain(proof: Proof, told: Told, step: Step): void {
  const { n, commitment, previous_seed: previous } = proof;
  const seed = fromHex(proof.seed);
  const end = toHex(hashed(seed, n));
  const times = n === 1 ? 'once' : `${n} times`;
  step(
    'commitment',
    end === commitment,
    `the seed hashed ${times} gives ${commitment}`,
    `the seed hashed ${times} gives ${end}, not ${commitment}`,
  );
  const before = toHex(sha256(seed));
  const hashes = `the seed hashed once gives ${before}`;
  if (previous !== null) {
    step('previous seed', before === previous, hashes, `${hashes}, not ${previous}`);
  }
  if (told.commitment !== undefined) {
    const agrees = told.commitment === commitment;
    step('told commitment', agrees, 'it is the one you were told', 'you were told another one');
  }
  if (told.previousSeed !== undefined) {
    const agrees = told.previousSeed === before;
    step('told previous seed', agrees, 'it is the one you saw', 'you saw another one');
  }
}

function checkVoid(proof: Proof, step: Step): void {
  const nothing = proof.stake === 0 && proof.payout === 0 && proof.draws.length === 0;
  const detail = 'a void round costs and pays nothing and draws nothing';
  step('void', nothing, detail, 'a void round has drawn, cost or paid something');
}

/** Check rules, draws, outcome and money; whether the outcome could be recomputed. */
function checkRound(proof: Proof, told: Told, step: Step): boolean {
  if (told.digest !== undefined) {
    const agrees = told.digest === proof.digest;
    step('told rules', agrees, 'the digest is the one you were told', 'you were told another one');
  }
  const rules = rulesOf(proof);
  step('rules', true, rules.detail, '');
  checkDraws(proof, step);
  if (rules.replay === undefined) return false;
  const replayed = replay(proof, rules.replay);
  step('inputs', true, 'the rules allow these bets and decisions, and they end the round', '');
  checkOutcome(proof, replayed, step);
  const { stake, payout, paid } = replayed;
  step('stake', stake === proof.stake, `${stake} minor units`, `${stake}, not ${proof.stake}`);
  step(
    'payout',
    payout === proof.payout,
    paid === undefined ? `${payout} minor units` : `${paid}: ${payout} minor units`,
    `${payout}, not ${proof.payout}`,
  );
  return rules.complete;
}

function rulesOf(proof: Proof): Rules {
  const { game, version, digest } = proof;
  const named = `${game} version ${version}`;
  const known = knownRules(game, version);
  if (known?.digest === digest || known?.shared === digest) {
    const replay = known.digest === digest ? replayOf(known) : replayOfShared(known);
    const detail = `${named}, digest ${digest.slice(0, 16)}…`;
    if (replay !== undefined) return { replay, complete: true, detail };
    return { replay, complete: false, detail: `${detail}: ${NOT_REPLAYED}` };
  }
  const other = known === undefined ? '' : `, whose digest known here is ${known.digest}`;
  if (game === 'slot' && !isKnownDigest(digest, version)) {
    const detail = `no machine with digest ${digest} is known to this client as ${named}${other}`;
    if (!isPlain(proof))
      return { replay: undefined, complete: false, detail: `${detail}: ${NOT_REPLAYED}` };
    return { replay: replayUnknownMachine, complete: false, detail: `${detail}: ${ONLY_ADDED}` };
  }
  if (isKnownGame(game) || isKnownDigest(digest, version)) {
    throw new Failed('rules', `no rules with digest ${digest} are known here as ${named}${other}`);
  }
  const detail = `the rules of ${named} are not known to this client`;
  return { replay: undefined, complete: false, detail: `${detail}: ${NOT_REPLAYED}` };
}

function checkDraws(proof: Proof, step: Step): void {
  const stream = new DrawStream(fromHex(proof.seed), proof.client_seeds.map(fromHex));
  for (const [index, { below, value }] of proof.draws.entries()) {
    const drawn = drawBelow(stream, below);
    if (drawn !== BigInt(value)) {
      throw new Failed('draws', `draw ${index + 1} below ${below} is ${drawn}, not ${value}`);
    }
  }
  const { length } = proof.draws;
  step('draws', true, `the stream gives all ${length}: ${listed(proof)}`, '');
}

function drawBelow(stream: DrawStream, below: number | string): bigint {
  try {
    return stream.below(BigInt(below));
  } catch (error) {
    if (error instanceof RangeError) throw new Failed('draws', error.message);
    throw error;
  }
}

function listed({ draws }: Proof): string {
  const first = draws.slice(0, 12).map(({ below, value }) => `${value} below ${below}`);
  return first.join(', ') + (draws.length > first.length ? ', …' : '');
}

/** Replay on the proof's draws, which the stream gave: each must be asked for, in order. */
function replay(proof: Proof, game: Replay): Replayed {
  let next = 0;
  const draws: Draws = {
    below(bound) {
      const draw = proof.draws[next];
      next += 1;
      if (draw === undefined) throw new Failed('draws', `the round needs more than ${next - 1}`);
      if (Number(draw.below) === bound) return Number(draw.value);
      throw new Failed('draws', `draw ${next} is below ${bound}, not ${draw.below}`);
    },
  };
  try {
    const replayed = game(proof, draws);
    if (next === proof.draws.length) return replayed;
    throw new Failed('draws', `the round draws ${next} numbers, not ${proof.draws.length}`);
  } catch (error) {
    if (error instanceof InputsError) throw new Failed('inputs', error.message);
    throw error;
  }
}

/** A summary that the rules do not lay down is for reading only. */
function checkOutcome(proof: Proof, replayed: Replayed, step: Step): void {
  const { summary, ...rest } = proof.outcome ?? {};
  const stated = 'summary' in replayed.outcome ? { ...rest, summary } : rest;
  const holds = same(stated, replayed.outcome);
  step('outcome', holds, replayed.detail, 'replaying the round gives another outcome');
}
