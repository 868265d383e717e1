import { create } from 'zustand';
import { lastingStorage, type SafeStorage } from './storage';

/** What the player has chosen for this browser. */
export interface Settings {
  readonly sound: boolean;
  /** From 0 to 100. */
  readonly volume: number;
  readonly motion: 'system' | 'full' | 'reduced';
  readonly theme: 'system' | 'light' | 'dark';
  readonly favourites: readonly string[];
  readonly recent: readonly string[];
}

const KEY = 'croupier.settings';
const RECENT_KEPT = 6;

/** What is true before anything is chosen: no sounds. */
export const DEFAULTS: Settings = {
  sound: false,
  volume: 60,
  motion: 'system',
  theme: 'system',
  favourites: [],
  recent: [],
};

/** Read settings, ignoring whatever is not of the right form. */
export function readSettings(storage: SafeStorage): Settings {
  const raw = parse(storage.get(KEY));
  return {
    sound: raw.sound === true,
    volume:
      typeof raw.volume === 'number' && raw.volume >= 0 && raw.volume <= 100
        ? raw.volume
        : DEFAULTS.volume,
    motion: one(raw.motion, ['system', 'full', 'reduced'] as const),
    theme: one(raw.theme, ['system', 'light', 'dark'] as const),
    favourites: words(raw.favourites),
    recent: words(raw.recent),
  };
}

function parse(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function one<const T extends string>(value: unknown, known: readonly [T, ...T[]]): T {
  return known.find((candidate) => candidate === value) ?? known[0];
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').slice(0, 100) : [];
}

/** Put a game at the head of those played lately. */
export function withRecent(recent: readonly string[], game: string): readonly string[] {
  return [game, ...recent.filter((other) => other !== game)].slice(0, RECENT_KEPT);
}

/** Add a game to the favourites, or take it out. */
export function toggled(favourites: readonly string[], game: string): readonly string[] {
  return favourites.includes(game)
    ? favourites.filter((other) => other !== game)
    : [...favourites, game];
}

/** The settings, kept in this browser where it lets us. */
export const useSettings = create<Settings>(() => readSettings(lastingStorage));

/** Change some settings and keep them. */
export function changeSettings(changes: Partial<Settings>): void {
  useSettings.setState(changes);
  lastingStorage.set(KEY, JSON.stringify(useSettings.getState()));
}

/** Whether things should appear at once instead of moving. */
export function reducedMotion(): boolean {
  const { motion } = useSettings.getState();
  if (motion !== 'system') return motion === 'reduced';
  return globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false;
}
