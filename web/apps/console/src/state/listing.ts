import { useCallback, useEffect, useRef, useState } from 'react';
import { ask, type Refusal } from '../api';

interface Listed<Entry> {
  readonly entries: readonly Entry[] | undefined;
  readonly more: boolean;
  readonly refusal: Refusal | undefined;
  readonly loading: boolean;
}

/** A list that the server gives page by page, the newest first. */
export function useListing<Entry extends { readonly id: string }>(
  path: string,
  field: string,
): Listed<Entry> & { readonly older: () => void; readonly newest: () => void } {
  const [listed, setListed] = useState<Listed<Entry>>({
    entries: undefined,
    more: false,
    refusal: undefined,
    loading: true,
  });
  const latest = useRef(0);
  const load = useCallback(
    async (known: readonly Entry[]) => {
      latest.current += 1;
      const mine = latest.current;
      setListed((before) => ({ ...before, refusal: undefined, loading: true }));
      const before = known.at(-1)?.id;
      const joint = path.includes('?') ? '&' : '?';
      const answer = await ask<Record<string, unknown>>(
        'GET',
        before === undefined ? path : `${path}${joint}before=${before}`,
      );
      if (mine !== latest.current) return;
      if (answer.ok) {
        const entries = [...known, ...(answer.value[field] as readonly Entry[])];
        setListed({
          entries,
          more: answer.value.more === true,
          refusal: undefined,
          loading: false,
        });
      } else setListed((was) => ({ ...was, refusal: answer.refusal, loading: false }));
    },
    [path, field],
  );
  useEffect(() => {
    void load([]);
  }, [load]);
  return {
    ...listed,
    older: () => void load(listed.entries ?? []),
    newest: () => void load([]),
  };
}
