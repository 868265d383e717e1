import type { ActivityList } from '@croupier/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActivityWatch, type Playing } from '../src/state/activity';

const one = (players: number, every_ms = 10_000): ActivityList => ({
  games: [
    { game: 'slot', players, rounds: 3 },
    { game: 'keno', players: 0, rounds: 3 },
  ],
  every_ms,
});

/** A server that answers with what comes next, or with the last again. */
function server(...answers: (ActivityList | Error)[]) {
  const activity = vi.fn(async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer as ActivityList;
  });
  return { activity };
}

describe('how many play', () => {
  let told: Playing[];
  let watch: ActivityWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    watch = new ActivityWatch((playing) => told.push(playing));
  });
  afterEach(() => void vi.useRealTimers());

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('is asked at once, then as often as the server says', async () => {
    const source = server(one(2, 30_000), one(5, 30_000));
    watch.start(source);
    await pass(0);
    expect(told).toEqual([{ slot: 2 }]);
    await pass(29_999);
    expect(source.activity).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(told.at(-1)).toEqual({ slot: 5 });
  });

  it('is never asked in a hurry, whatever the server says', async () => {
    for (const every of [0, -5, Number.NaN, 1]) {
      const source = server(one(1, every));
      const hurried = new ActivityWatch(() => {});
      hurried.start(source);
      await pass(1_999);
      expect(source.activity).toHaveBeenCalledTimes(1);
      hurried.stop();
    }
  });

  it('is not asked while it is not wanted, nor too early afterwards', async () => {
    const source = server(one(2));
    watch.start(source);
    await pass(4_000);
    watch.stop();
    await pass(1_000);
    watch.start(source);
    await pass(4_999);
    expect(source.activity).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(source.activity).toHaveBeenCalledTimes(2);
    watch.stop();
    await pass(600_000);
    expect(source.activity).toHaveBeenCalledTimes(2);
    expect(told.at(-1)).toEqual({ slot: 2 });
    watch.start(source);
    expect(told.at(-1)).toEqual({});
  });

  it('is not known once the connection is gone', async () => {
    const source = server(one(2));
    watch.start(source);
    await pass(0);
    watch.forget();
    expect(told.at(-1)).toEqual({});
    await pass(60_000);
    expect(source.activity).toHaveBeenCalledTimes(1);
  });

  it('is not asked again of a server that does not know the question', async () => {
    const source = server(Object.assign(new Error('no'), { code: 'unknown_type' }));
    watch.start(source);
    await pass(600_000);
    watch.stop();
    watch.start(source);
    await pass(600_000);
    expect(source.activity).toHaveBeenCalledTimes(1);
    expect(told.at(-1)).toEqual({});
  });

  it('is asked again after any other failure, and not known meanwhile', async () => {
    const source = server(one(2), Object.assign(new Error('no'), { code: 'busy' }), one(3));
    watch.start(source);
    await pass(10_000);
    expect(told.at(-1)).toEqual({});
    await pass(10_000);
    expect(told.at(-1)).toEqual({ slot: 3 });
  });

  it('is asked once, however often the connection comes and goes meanwhile', async () => {
    let answer: (list: ActivityList) => void = () => {};
    const activity = vi.fn(() => new Promise<ActivityList>((resolve) => (answer = resolve)));
    const source = { activity };
    for (let times = 0; times < 3; times += 1) {
      watch.start(source);
      await pass(20_000);
      watch.forget();
    }
    watch.start(source);
    await pass(0);
    expect(activity).toHaveBeenCalledTimes(1);
    answer(one(4));
    await pass(10_000);
    expect(told.at(-1)).toEqual({ slot: 4 });
    expect(activity).toHaveBeenCalledTimes(2);
  });

  it('is asked of the session that there is now', async () => {
    let late: (list: ActivityList) => void = () => {};
    const old = { activity: () => new Promise<ActivityList>((resolve) => (late = resolve)) };
    watch.start(old);
    await pass(0);
    watch.forget();
    const source = server(one(7));
    watch.start(source);
    await pass(0);
    late(one(1));
    await pass(0);
    expect(told.at(-1)).toEqual({ slot: 7 });
    await pass(10_000);
    expect(source.activity).toHaveBeenCalledTimes(2);
  });
});
