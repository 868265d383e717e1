import { useSeconds } from '../state/seconds';
import { t, tWord } from '../text/t';

/** The phase of a table and the seconds that are left of it. */
export function PhaseClock({ phase, until }: { phase: string; until: number | null }) {
  return (
    <>
      {tWord('phase', phase)}
      {until !== null && (
        <>
          {' '}
          <Left until={until} />
        </>
      )}
    </>
  );
}

function Left({ until }: { until: number }) {
  useSeconds();
  const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1000));
  return <span className="money">{t('phase.left', { seconds })}</span>;
}
