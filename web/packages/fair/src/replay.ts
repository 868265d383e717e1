import type { Proof } from '@croupier/protocol';
import type { Draws } from './draws';

/** What replaying a round gives: as much of the outcome as the rules of this package tell. */
export interface Replayed {
  /** The outcome in the game's own form, without what is only for reading. */
  readonly outcome: Readonly<Record<string, unknown>>;
  readonly stake: number;
  readonly payout: number;
  /** What a reader is told beside it: what the draws mean. */
  readonly detail: string;
  /** What won and what that paid, for reading. */
  readonly paid?: string;
}

/** The rules do not allow these bets or decisions, or they do not end the round. */
export class InputsError extends Error {}

/** Plays a round again from the proof's bets and decisions. */
export type Replay = (proof: Proof, draws: Draws) => Replayed;

/** A value that must be a map. */
export function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputsError(`${what} is no map`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** A value that must be a stake: a positive whole number. */
export function stakeOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) {
    throw new InputsError(`a stake is a positive whole number, not ${String(value)}`);
  }
  return value;
}

/** Only the named fields are in a map. */
export function onlyFields(map: Readonly<Record<string, unknown>>, ...names: string[]): void {
  const other = Object.keys(map).find((name) => !names.includes(name));
  if (other !== undefined) throw new InputsError(`${other} is no part of this`);
}

/** A text, of what must have one. */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new InputsError(`${what} is no text`);
  return value;
}

/** The bets of the only seat. */
export function formOf(proof: Proof, ...fields: string[]): Readonly<Record<string, unknown>> {
  if (proof.bets.length !== 1) throw new InputsError('a private table has one seat');
  const form = record(proof.bets[0], 'the bets');
  onlyFields(form, ...fields);
  return form;
}

/** What the only seat decided, in order. Where time had run out the platform decides only this. */
export function actionsOf(proof: Proof, ...platforms: string[]): string[] {
  return proof.decisions.map(({ seat, decision, platform }) => {
    onlyFields(decision, 'action');
    const action = textOf(decision.action, 'an action');
    if (seat !== 0) throw new InputsError('a private table has one seat');
    if (platform && !platforms.includes(action)) {
      throw new InputsError(`the platform does not ${action}, only ${platforms.join(' or ')}`);
    }
    return action;
  });
}

/** The rules do not allow a decision. */
export function forbidden(action: string): InputsError {
  return new InputsError(`the rules do not allow to ${action} there`);
}
