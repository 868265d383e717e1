import type { ReactNode } from 'react';
import parts from './parts.module.css';

/** A table that may be wider than the window. */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by key
    <section className={parts.wide} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
