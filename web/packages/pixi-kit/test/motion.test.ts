import { describe, expect, it } from 'vitest';
import { ReelMotion } from '../src/reel-motion';
import { Tweens } from '../src/tween';

describe('a reel', () => {
  it('moves within the first frame after a tap', () => {
    const motion = new ReelMotion();
    motion.spin();
    motion.tick(16);
    expect(motion.position).toBeGreaterThan(0.1);
  });

  it('rolls until it is told where to stop, and rests exactly there', () => {
    const motion = new ReelMotion();
    motion.spin();
    for (let frame = 0; frame < 100; frame += 1) expect(motion.tick(16)).toBe(false);
    const target = motion.stop(4);
    let rested = false;
    for (let frame = 0; frame < 60 && !rested; frame += 1) rested = motion.tick(16);
    expect(rested).toBe(true);
    expect(motion.position).toBe(target);
    expect(Number.isInteger(target)).toBe(true);
    expect(motion.phase).toBe('resting');
  });
});

describe('tweens', () => {
  it('run on the time that they are given', async () => {
    const tweens = new Tweens();
    const seen: number[] = [];
    const done = tweens.run(
      100,
      (progress) => seen.push(progress),
      (time) => time,
    );
    tweens.tick(50);
    tweens.tick(60);
    await done;
    expect(seen).toEqual([0, 0.5, 1]);
    expect(tweens.busy).toBe(false);
  });

  it('come to their end at once when told to', async () => {
    const tweens = new Tweens();
    let last = 0;
    const done = tweens.run(1000, (progress) => {
      last = progress;
    });
    tweens.finish();
    await done;
    expect(last).toBe(1);
  });
});
