import { type LiveState, type LiveTable, multiplierAt } from '@croupier/sdk';
import { useEffect, useRef } from 'react';
import { reducedMotion } from '../state/settings';
import { t } from '../text/t';
import styles from './Live.module.css';
import { multiplierText } from './multiplier';

const WIDTH = 320;
const HEIGHT = 160;
const POINTS = 60;
/** The drawing holds at least so much of the round. */
const LEAST_MS = 6_000;
const LEAST_HUNDREDTHS = 200;
/** How often the number changes where movement is reduced. */
const STILL_MS = 500;

/**
 * The multiplier as it rises. It is computed here from the round's time alone; what counts is when a
 * cash-out reaches the table. The drawing is written past React, sixty times a second.
 */
export function Curve({ table, state }: { table: LiveTable; state: LiveState }) {
  const line = useRef<SVGPathElement>(null);
  const number = useRef<HTMLSpanElement>(null);
  const since = table.risingSince;
  const crash = crashOf(state);

  useEffect(() => {
    if (since === null) return;
    const calm = reducedMotion();
    let frame = 0;
    let written = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      if (calm && now - written < STILL_MS) return;
      written = now;
      const elapsed = Math.max(0, Math.floor(now - since));
      if (number.current !== null) number.current.textContent = multiplierText(elapsed);
      if (!calm) line.current?.setAttribute('d', pathOf(elapsed));
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [since]);

  const duration = crash?.duration;
  useEffect(() => {
    if (since !== null) return;
    line.current?.setAttribute('d', duration === undefined ? '' : pathOf(duration));
  }, [since, duration]);

  return (
    <div className={styles.curve} data-crashed={crash !== undefined || undefined}>
      {/* The line below tells a screen reader what matters: that it rises, and where it crashed. */}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
        <path ref={line} fill="none" />
      </svg>
      <p aria-hidden="true">
        <span ref={number} key={crash === undefined ? `${since}` : 'crash'}>
          {crash === undefined ? multiplierText(0) : `${crash.crash}×`}
        </span>
        {crash !== undefined && <small>{t('live.crashed')}</small>}
      </p>
    </div>
  );
}

interface Crash {
  readonly crash: string;
  readonly duration: number;
}

/** Where the last round crashed, while it still lies on the table. */
function crashOf({ view }: LiveState): Crash | undefined {
  const found = view as Partial<Crash> | null;
  return typeof found?.crash === 'string' && typeof found.duration === 'number'
    ? (found as Crash)
    : undefined;
}

/** The curve up to a time of the round. */
function pathOf(elapsed: number): string {
  const span = Math.max(LEAST_MS, elapsed);
  const top = Math.max(LEAST_HUNDREDTHS, multiplierAt(elapsed)) - 100;
  const points = Array.from({ length: POINTS + 1 }, (_, index) => {
    const at = Math.floor((elapsed * index) / POINTS);
    const x = (at / span) * WIDTH;
    const y = HEIGHT - ((multiplierAt(at) - 100) / top) * HEIGHT;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
