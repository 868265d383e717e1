import { easeOut, Tweens } from '@croupier/pixi-kit/tween';
import { type Ref, type RefObject, useEffect, useImperativeHandle, useRef } from 'react';
import { reducedMotion } from '../../state/settings';
import { colourOf } from './layout';
import styles from './Wheel.module.css';
import { POCKET, turnTo, WHEEL } from './wheel';

/** What the table asks of its wheel. */
export interface WheelHandle {
  /** Begin to turn; the outcome comes later. */
  start(): void;
  /** Come to rest with this number on top. */
  stop(number: number): Promise<void>;
  /** Stand still: there is no outcome. */
  cancel(): void;
}

/** Degrees a second while the outcome is on its way. */
const SPEED = 420;
const LANDING_MS = 1800;

interface Motion {
  readonly tweens: Tweens;
  angle: number;
  turning: boolean;
}

/** Draw the wheel at its angle in every frame in which it moves. */
function useTurning(disc: RefObject<SVGGElement | null>, state: Motion): void {
  useEffect(() => {
    let before = 0;
    let frame = requestAnimationFrame(function tick(now) {
      const passed = before === 0 ? 0 : Math.min(100, now - before);
      before = now;
      if (state.turning) state.angle += (SPEED * passed) / 1000;
      const moving = state.turning || state.tweens.busy;
      state.tweens.tick(passed);
      if (moving) turn(disc.current, state.angle);
      frame = requestAnimationFrame(tick);
    });
    return () => {
      cancelAnimationFrame(frame);
      state.tweens.finish();
    };
  }, [disc, state]);
}

/** The wheel. It decides nothing: it turns until it is told where to stop. */
export function Wheel({ handle }: { handle: Ref<WheelHandle> }) {
  const disc = useRef<SVGGElement>(null);
  const motion = useRef<Motion>({ tweens: new Tweens(), angle: 0, turning: false });

  useImperativeHandle(handle, () => {
    const state = motion.current;
    return {
      start() {
        state.turning = !reducedMotion();
      },
      async stop(number) {
        state.turning = false;
        const from = state.angle;
        const to = turnTo(number, from, 2);
        const duration = reducedMotion() ? 0 : LANDING_MS;
        const step = (progress: number) => {
          state.angle = from + (to - from) * progress;
        };
        await state.tweens.run(duration, step, easeOut);
        turn(disc.current, state.angle);
      },
      cancel() {
        state.turning = false;
      },
    };
  }, []);

  useTurning(disc, motion.current);

  return (
    <svg className={styles.wheel} viewBox="-100 -100 200 200" aria-hidden="true">
      <circle r="99" fill="#5b3a1c" />
      <g ref={disc}>
        {WHEEL.map((number, index) => (
          <g key={number} transform={`rotate(${index * POCKET})`}>
            <path d={POCKET_PATH} className={styles[colourOf(number)]} />
            <text y="-80" className={styles.number}>
              {number}
            </text>
          </g>
        ))}
        <circle r="56" fill="#6e4823" stroke="#e6c27a" strokeWidth="2" />
        {[0, 90, 180, 270].map((angle) => (
          <rect
            key={angle}
            x="-3"
            y="-44"
            width="6"
            height="44"
            fill="#e6c27a"
            transform={`rotate(${angle})`}
          />
        ))}
      </g>
      <circle r="13" fill="#e6c27a" />
      <circle cy="-64" r="6" fill="#ffffff" stroke="#12131a" />
    </svg>
  );
}

function turn(disc: SVGGElement | null, angle: number): void {
  disc?.setAttribute('transform', `rotate(${angle % 360})`);
}

const HALF = (POCKET / 2) * (Math.PI / 180);
const point = (radius: number, angle: number) =>
  `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
const POCKET_PATH = `M${point(56, -HALF)} L${point(94, -HALF)} A94 94 0 0 1 ${point(94, HALF)} L${point(56, HALF)} Z`;
