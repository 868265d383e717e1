import { useMemo } from 'react';
import type { Shown } from '../games/generic/RoundView';
import type { Live } from '../state/live';

/** The result that lies on the table until the next round opens, as a view of rounds takes it. */
export function useResult({ state, event }: Live): Shown | undefined {
  return useMemo(() => {
    if (event?.type !== 'round_result' || state?.phase !== 'result') return undefined;
    const { round: id, view, stake, payout } = event;
    return { id, finished: true, view, stake, payout };
  }, [state?.phase, event]);
}
