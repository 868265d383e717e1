import { useCallback, useEffect, useState } from 'react';
import { ask, type Refusal } from '../api';

interface Found<T> {
  readonly value: T | undefined;
  readonly refusal: Refusal | undefined;
}

/** What the server answers at a path; `again` asks once more. */
export function useAnswer<T>(path: string): Found<T> & { readonly again: () => void } {
  const [found, setFound] = useState<Found<T>>({ value: undefined, refusal: undefined });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks once more
  useEffect(() => {
    let here = true;
    setFound((before) => ({ ...before, refusal: undefined }));
    void ask<T>('GET', path).then((answer) => {
      if (!here) return;
      if (answer.ok) setFound({ value: answer.value, refusal: undefined });
      else setFound((before) => ({ ...before, refusal: answer.refusal }));
    });
    return () => {
      here = false;
    };
  }, [path, attempt]);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...found, again };
}
