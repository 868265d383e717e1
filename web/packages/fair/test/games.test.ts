// Rounds of every game hold, and with a wrong draw, decision, payout or rule they are refused.

import type { Proof } from '@croupier/protocol';
import { describe, expect, it } from 'vitest';
import { replayOf } from '../src/games';
import { verifyProof } from '../src/index';
import { knownRules } from '../src/rules';
import rules from '../src/rules.json';
import { bestHold } from '../src/video-poker-holds';
import { changes } from './changes';
import { recordedRounds } from './rounds';

const ROUNDS = recordedRounds();
const GAMES = new Map(
  ROUNDS.map(({ game }) => [game, ROUNDS.filter((proof) => proof.game === game)]),
);

const stepOf = (proof: Proof, name: string) =>
  verifyProof(proof).steps.find((step) => step.name === name);

const actionOf = ({ decision }: Proof['decisions'][number]) => String(decision.action);

/** In blackjack the words of the summary are not laid down by the rules. */
function forReading({ game }: Proof, path: string): boolean {
  return game.startsWith('blackjack') && path.startsWith('.outcome.summary');
}

/** Bets that are nearly those of a proof and that no rules allow. */
function* illegal({ bets }: Proof): Generator<Record<string, unknown>> {
  const [form = {}] = bets;
  yield {};
  yield { ...form, more: 1 };
  if (!Array.isArray(form.bets)) {
    for (const stake of [0, -2, 100.5, '100', null]) yield { stake };
    return;
  }
  const [first, ...rest] = form.bets;
  yield { bets: [] };
  yield { bets: [first, first, ...rest] };
  yield { bets: [{ ...first, more: 1 }, ...rest] };
  for (const bet of ['', 'no-bet', 'constructor', `${first.bet}-`, `${first.bet} `, 17]) {
    yield { bets: [{ ...first, bet }, ...rest] };
  }
  for (const stake of [0, -100, first.stake + 0.5, String(first.stake), null]) {
    yield { bets: [{ ...first, stake }, ...rest] };
  }
}

it('every game that can be played again here has rounds', () => {
  const played = Object.entries(rules).filter(([game, versions]) => {
    return Object.keys(versions).some((version) => {
      const known = knownRules(game, Number(version));
      return known !== undefined && replayOf(known) !== undefined;
    });
  });
  expect([...GAMES.keys()].toSorted()).toEqual(played.map(([game]) => game).toSorted());
  expect(played.map(([game]) => game)).toEqual(Object.keys(rules)); // no game is left out
});

describe.each([...GAMES])('%s', (_, proofs) => {
  it('rounds that were played hold, with the outcome and the money', () => {
    for (const proof of proofs) {
      const result = verifyProof(proof);
      expect(result.reason, JSON.stringify(proof)).toBeUndefined();
      expect(result.outcomeProved).toBe(true);
      expect(result.steps.every(({ detail }) => detail !== '')).toBe(true);
    }
  });

  it('the last step says what was paid and for what', () => {
    for (const proof of proofs) {
      expect(stepOf(proof, 'payout')?.detail).toMatch(new RegExp(`${proof.payout} minor units$`));
    }
  });

  it('another payout or stake is refused', () => {
    for (const proof of proofs.slice(0, 12)) {
      const { outcome, payout, stake } = proof;
      expect(verifyProof({ ...proof, payout: payout + 1 }).reason).toMatch(/^payout: /);
      expect(verifyProof({ ...proof, stake: stake + 1 }).reason).toMatch(/^stake: /);
      const stated = { ...outcome, payout: payout + 1 };
      const both = { ...proof, payout: payout + 1, outcome: stated };
      expect(verifyProof(both).reason).toMatch(/^outcome: /);
    }
  });

  it('another draw, one less and one more are refused', () => {
    for (const proof of proofs.slice(0, 12)) {
      const { draws } = proof;
      for (const [at, { below, value }] of draws.entries()) {
        const other = { below, value: (Number(value) + 1) % Number(below) };
        expect(verifyProof({ ...proof, draws: draws.with(at, other) }).reason).toMatch(/^draws: /);
      }
      expect(verifyProof({ ...proof, draws: draws.slice(0, -1) }).ok).toBe(false);
      const more = [...draws, { below: 1, value: 0 }];
      expect(verifyProof({ ...proof, draws: more }).ok).toBe(false);
    }
  });

  it('another seed is refused, and so is another client seed unless it draws the same', () => {
    let refused = 0;
    for (const proof of proofs.slice(0, 12)) {
      const { client_seeds, seed } = proof;
      const longer = `${client_seeds[0]}ab`.slice(-64);
      const { reason } = verifyProof({ ...proof, client_seeds: [longer] });
      if (reason?.startsWith('draws: ')) refused += 1;
      const other = seed.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      expect(verifyProof({ ...proof, seed: other }).reason).toMatch(/^commitment: /);
    }
    expect(refused).toBeGreaterThanOrEqual(Math.min(2, proofs.length));
  });

  it('one decision less, one more and one that is none are refused', () => {
    for (const proof of proofs.slice(0, 12)) {
      const { decisions } = proof;
      const extra = { seat: 0, decision: { action: 'cash-out' }, platform: false };
      expect(verifyProof({ ...proof, decisions: [...decisions, extra] }).ok).toBe(false);
      if (decisions.length === 0) continue;
      expect(verifyProof({ ...proof, decisions: decisions.slice(0, -1) }).ok).toBe(false);
      for (const at of decisions.keys()) {
        const none = { seat: 0, decision: { action: 'win' }, platform: false };
        const changed = { ...proof, decisions: decisions.with(at, none) };
        expect(verifyProof(changed).reason).toMatch(/^inputs: /);
      }
    }
  });

  it('another decision that the game has is refused', () => {
    const actions = new Set(proofs.flatMap((proof) => proof.decisions.map(actionOf)));
    for (const proof of proofs.slice(0, 12)) {
      for (const [at, decision] of proof.decisions.entries()) {
        for (const action of actions) {
          if (action === actionOf(decision)) continue;
          const other = { ...decision, decision: { action } };
          const changed = { ...proof, decisions: proof.decisions.with(at, other) };
          expect(verifyProof(changed).ok, `${at}: ${action}`).toBe(false);
        }
      }
    }
  });

  it('bets that the rules do not allow are refused', () => {
    for (const proof of proofs.slice(0, 2)) {
      for (const bets of illegal(proof)) {
        const { reason } = verifyProof({ ...proof, bets: [bets] });
        expect(reason, JSON.stringify(bets)).toMatch(/^inputs: /);
      }
    }
  });

  it('with anything in it changed is refused', () => {
    for (const proof of proofs.slice(-2)) {
      for (const { path, changed } of changes(proof)) {
        if (path.endsWith('.platform') || path === '.previous_seed missing') continue;
        if (forReading(proof, path)) continue;
        const result = verifyProof(changed as Proof, { digest: proof.digest });
        // A bet that lost could be another that loses as well: the player knows.
        if (result.ok && /^\.bets\[0\]\.bets\[\d+\]\.bet$/.test(path)) continue;
        expect(result.ok, path).toBe(false);
      }
    }
  });

  it('under another digest is refused, and both digests are told', () => {
    for (const proof of proofs.slice(0, 1)) {
      if (proof.game === 'slot') continue;
      const { reason } = verifyProof({ ...proof, digest: '00'.repeat(32) });
      expect(reason).toContain('00'.repeat(32));
      expect(reason).toContain(proof.digest);
    }
  });
});

it('in a bonus and a gamble the platform opens the first place that is left, and collects', () => {
  let refused = 0;
  for (const proof of ROUNDS.filter(({ game }) => game === 'market-day')) {
    const actions = proof.decisions.map(actionOf);
    const prescribed = actions.every((action, at) =>
      ['collect', `pick-${at + 1}`].includes(action),
    );
    const decisions = proof.decisions.map((each) => ({ ...each, platform: true }));
    const { ok, reason } = verifyProof({ ...proof, decisions });
    expect(ok).toBe(prescribed);
    if (ok) continue;
    expect(reason).toMatch(/^inputs: the platform/);
    refused += 1;
  }
  expect(refused).toBeGreaterThan(10);
});

it('rules of which the digest alone is known have no replay', () => {
  expect(replayOf({ digest: '00'.repeat(32) })).toBeUndefined();
});

/** What the platform decides in these games. */
const PRESCRIBED = ['roll', 'cash-out', 'surrender', 'fold'];

it('of a decision that the platform took only the prescribed one is accepted', () => {
  const games = ['craps', 'hi-lo', 'mines', 'casino-war', 'three-card-poker'];
  const proofs = ROUNDS.filter(({ game }) => games.includes(game));
  const own = proofs.filter(({ decisions: [first] }) => first?.platform === false);
  const other = own.filter(({ decisions: [first] }) => {
    return first !== undefined && !PRESCRIBED.includes(actionOf(first));
  });
  expect(other.length).toBeGreaterThan(10);
  for (const proof of other) {
    const decisions = proof.decisions.map((each) => ({ ...each, platform: true }));
    expect(verifyProof({ ...proof, decisions }).reason).toMatch(/^inputs: the platform/);
  }
});

it('of a hold that the platform took only that of perfect play is accepted', () => {
  let refused = 0;
  const late = (proof: Proof) => {
    const decisions = proof.decisions.map((each) => ({ ...each, platform: true }));
    return verifyProof({ ...proof, decisions });
  };
  for (const proof of ROUNDS) {
    const machine = knownRules(proof.game, proof.version)?.videoPoker;
    const hold = proof.decisions[0];
    if (machine === undefined || hold === undefined) continue;
    const { dealt, held } = proof.outcome as { dealt: readonly number[]; held: readonly number[] };
    const kept = held.reduce((sum, place) => sum + 2 ** (place - 1), 0);
    const best = bestHold(machine, dealt);
    const { ok, reason } = late(proof);
    expect(ok, reason).toBe(kept === best);
    if (!ok) {
      expect(reason).toMatch(/^inputs: the platform/);
      refused += 1;
    }
    if (hold.platform) expect(kept).toBe(best);
  }
  expect(refused).toBeGreaterThan(10);
});
