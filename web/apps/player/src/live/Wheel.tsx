import { classes } from '@croupier/ui';
import { type RefObject, useLayoutEffect, useMemo, useRef } from 'react';
import { t } from '../text/t';
import type { WheelMove } from './use-reveal';
import styles from './Wheel.module.css';
import { LANDING_MS, restAt, SPEED, type WheelPlan } from './wheels';

/** Milliseconds of a whole turn. */
const TURN_MS = (360 / SPEED) * 1_000;
/** The speed is lost evenly: this curve is exactly 2t - t². */
const EVENLY = 'cubic-bezier(0.333333, 0.666667, 0.666667, 1)';

/**
 * The wheel of a live table. It decides nothing: it turns while nothing is drawn, and lands on what
 * was told. The line of news says the same for who does not see it. The browser turns it by itself,
 * past the page's own thread. A tap shows the result at once.
 */
export function Wheel({ wheel }: { wheel: WheelMove }) {
  const { plan, motion, stop, skip } = wheel;
  const disc = useRef<SVGSVGElement>(null);
  const ball = useRef<SVGSVGElement>(null);
  useTurning(disc, ball, wheel);
  const told = motion === 'still' && stop !== undefined ? plan.pockets[stop] : undefined;
  return (
    <div className={styles.wheel} data-motion={motion}>
      <Disc plan={plan} disc={disc} />
      <svg ref={ball} className={styles.layer} viewBox="-100 -100 200 200" aria-hidden="true">
        <circle cy={motion === 'still' ? -62 : -92} r="5.5" className={styles.ball} />
      </svg>
      <svg className={styles.layer} viewBox="-100 -100 200 200" aria-hidden="true">
        <circle r="25" className={told === undefined ? styles.hub : styles[told.look]} />
        {told !== undefined && (
          <text className={styles.told} dominantBaseline="central">
            {told.label}
          </text>
        )}
      </svg>
      {motion !== 'still' && <button type="button" onClick={skip} aria-label={t('live.skip')} />}
    </div>
  );
}

/** Move disc and ball, and leave them where they come to rest. */
function useTurning(
  disc: RefObject<SVGSVGElement | null>,
  ball: RefObject<SVGSVGElement | null>,
  { plan, motion, stop }: WheelMove,
): void {
  const angle = useRef(0);
  const { length } = plan.pockets;
  useLayoutEffect(() => {
    if (motion === 'still' && stop !== undefined) angle.current = (-stop * 360) / length;
    if (disc.current !== null) disc.current.style.rotate = `${angle.current}deg`;
    const from = angle.current;
    if (motion === 'turning') {
      const options = { duration: TURN_MS, iterations: Number.POSITIVE_INFINITY };
      const turning = disc.current?.animate(between(from, from + 360), options);
      const rolling = ball.current?.animate(between(0, -360), { ...options, duration: 1_100 });
      return () => {
        angle.current = from + (Number(turning?.currentTime ?? 0) / TURN_MS) * 360;
        turning?.cancel();
        rolling?.cancel();
      };
    }
    if (motion !== 'landing' || stop === undefined) return;
    const rest = restAt(from, stop, length);
    const options = { duration: LANDING_MS, easing: EVENLY, fill: 'forwards' } as const;
    const landing = disc.current?.animate(between(from, rest), options);
    const rolling = ball.current?.animate(between(-720, 0), options);
    angle.current = rest;
    return () => {
      landing?.cancel();
      rolling?.cancel();
    };
  }, [disc, ball, motion, stop, length]);
}

function between(from: number, to: number): Keyframe[] {
  return [{ rotate: `${from}deg` }, { rotate: `${to}deg` }];
}

interface DiscProps {
  readonly plan: WheelPlan;
  readonly disc: RefObject<SVGSVGElement | null>;
}

/** The pockets, drawn once. */
function Disc({ plan, disc }: DiscProps) {
  const { length } = plan.pockets;
  const path = useMemo(() => pocketOf(length), [length]);
  return (
    <svg
      ref={disc}
      className={classes(styles.layer, styles.disc)}
      viewBox="-100 -100 200 200"
      aria-hidden="true"
    >
      <circle r="99" className={styles.rim} />
      {plan.pockets.map(({ label, look }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the stops of a wheel keep their places
        <g key={index} transform={`rotate(${(index * 360) / length})`}>
          <path d={path} className={styles[look]} />
          <text y="-74" className={styles.label}>
            {label}
          </text>
        </g>
      ))}
      <circle r="54" className={styles.inner} />
      {[0, 90, 180, 270].map((turn) => (
        <rect key={turn} x="-2.5" y="-46" width="5" height="46" transform={`rotate(${turn})`} />
      ))}
    </svg>
  );
}

/** The outline of a pocket on top of the wheel. */
function pocketOf(pockets: number): string {
  const half = Math.PI / pockets;
  const point = (radius: number, side: number) =>
    `${(side * radius * Math.sin(half)).toFixed(2)} ${(-radius * Math.cos(half)).toFixed(2)}`;
  return `M${point(54, -1)} L${point(86, -1)} A86 86 0 0 1 ${point(86, 1)} L${point(54, 1)} Z`;
}
