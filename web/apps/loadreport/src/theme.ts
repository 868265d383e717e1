/** Light and dark: the reader's system decides until he does; paper is always light. */

import { redrawAll } from './chart';

const root = document.documentElement;
const system = window.matchMedia('(prefers-color-scheme: dark)');
let chosen: 'light' | 'dark' | undefined;

function apply(theme: 'light' | 'dark'): void {
  if (root.dataset.theme === theme) return;
  root.dataset.theme = theme;
  redrawAll();
}

function settle(): void {
  apply(chosen ?? (system.matches ? 'dark' : 'light'));
}

/** Follow the system, and turn light for printing. */
export function followSystem(): void {
  settle();
  system.addEventListener('change', settle);
  window.addEventListener('beforeprint', () => apply('light'));
  window.addEventListener('afterprint', settle);
}

/** Turn from light to dark or back. */
export function toggleTheme(): void {
  chosen = root.dataset.theme === 'dark' ? 'light' : 'dark';
  settle();
}
