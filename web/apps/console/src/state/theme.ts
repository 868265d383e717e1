import { create } from 'zustand';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const KEY = 'croupier.console.theme';

function kept(): Theme {
  try {
    const found = globalThis.localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === found) ?? 'system';
  } catch {
    return 'system';
  }
}

export const useTheme = create<{ readonly theme: Theme }>(() => ({ theme: kept() }));

/** Choose the colours, and keep the choice where the browser lets us. */
export function chooseTheme(theme: Theme): void {
  useTheme.setState({ theme });
  showTheme(theme);
  try {
    globalThis.localStorage.setItem(KEY, theme);
  } catch {
    // It holds until the page goes.
  }
}

/** Put the colours on the page. */
export function showTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
}
