import { useSettings } from '../state/settings';

/** What can be heard. */
export type Cue = 'chip' | 'spin' | 'stop' | 'win' | 'loss' | 'card';

interface Tone {
  readonly frequency: number;
  /** Seconds from the start of the cue. */
  readonly at: number;
  readonly seconds: number;
  readonly shape: OscillatorType;
  readonly loudness: number;
}

const CUES: Readonly<Record<Cue, readonly Tone[]>> = {
  chip: [tone(1900, 0, 0.04, 'triangle', 0.5)],
  card: [tone(700, 0, 0.05, 'triangle', 0.4)],
  spin: [tone(220, 0, 0.18, 'sawtooth', 0.15), tone(330, 0.06, 0.16, 'sawtooth', 0.12)],
  stop: [tone(160, 0, 0.07, 'square', 0.2)],
  win: [
    tone(523, 0, 0.16, 'sine', 0.5),
    tone(659, 0.12, 0.16, 'sine', 0.5),
    tone(784, 0.24, 0.3, 'sine', 0.5),
  ],
  loss: [tone(262, 0, 0.12, 'sine', 0.2)],
};

function tone(
  frequency: number,
  at: number,
  seconds: number,
  shape: OscillatorType,
  loudness: number,
): Tone {
  return { frequency, at, seconds, shape, loudness };
}

let context: AudioContext | undefined;

/** Sounds made on the spot, without files. Silent unless the player has switched them on. */
export const sounds = {
  /** Play a cue. Never throws: a browser without sound stays silent. */
  play(cue: Cue): void {
    const { sound, volume } = useSettings.getState();
    if (!sound || volume === 0) return;
    try {
      context ??= new AudioContext();
      // Browsers start it suspended until the first tap, which has just happened.
      if (context.state === 'suspended') void context.resume();
      for (const one of CUES[cue]) strike(context, one, volume / 100);
    } catch {
      context = undefined;
    }
  },
};

function strike(audio: AudioContext, one: Tone, volume: number): void {
  const start = audio.currentTime + one.at;
  const end = start + one.seconds;
  const source = audio.createOscillator();
  const gain = audio.createGain();
  source.type = one.shape;
  source.frequency.value = one.frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(one.loudness * volume * 0.5, start + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.0001, end);
  source.connect(gain).connect(audio.destination);
  source.start(start);
  source.stop(end);
}
