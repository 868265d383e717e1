import { useState } from 'react';
import { type Answer, ask, type Refusal } from '../api';
import { sentence } from '../text/refusals';

/** A form that is sent: whether it is on its way, and what the server found wrong. */
export interface Sending {
  readonly working: boolean;
  /** What is wrong with a field; empty where nothing is. */
  readonly problem: (field: string) => string;
  /** What is wrong with none of them. */
  readonly trouble: string;
  readonly send: <T>(path: string, body: object) => Promise<Answer<T> | undefined>;
}

/** Sends a form; `fields` are those that it shows. */
export function useSending(fields: readonly string[]): Sending {
  const [working, setWorking] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const field = refusal === undefined ? '' : fieldOf(refusal);
  const shown = fields.includes(field);
  async function send<T>(path: string, body: object): Promise<Answer<T> | undefined> {
    if (working) return undefined;
    setWorking(true);
    setRefusal(undefined);
    const answer = await ask<T>('POST', path, body);
    setWorking(false);
    if (!answer.ok) setRefusal(answer.refusal);
    return answer;
  }
  return {
    working,
    problem: (name) => (refusal !== undefined && shown && name === field ? sentence(refusal) : ''),
    trouble: refusal !== undefined && !shown ? sentence(refusal) : '',
    send,
  };
}

function fieldOf(refusal: Refusal): string {
  if (refusal.code === 'reason_needed') return 'reason';
  return refusal.code === 'seats_taken' ? 'seats' : refusal.field;
}
