import { classes } from '@croupier/ui';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useState } from 'react';
import styles from './ButtonGrid.module.css';

/** One button of a grid. */
export interface GridButton {
  readonly key: string;
  readonly content: ReactNode;
  /** What a screen reader says instead of the content, where that says too little. */
  readonly label?: string | undefined;
  readonly pressed?: boolean | undefined;
  readonly disabled?: boolean | undefined;
}

interface ButtonGridProps {
  readonly label: string;
  readonly buttons: readonly GridButton[];
  /** A fixed number of columns; as many as there is room for by default. */
  readonly columns?: number | undefined;
  /** How wide a button is at least, where the columns are not fixed. */
  readonly size?: 'number' | 'word' | 'words' | 'card';
  readonly choose: (key: string) => void;
}

/**
 * Many buttons as one stop of the Tab key, with the arrow keys to move among them. Home and End lead to
 * the first and the last.
 */
export function ButtonGrid({ label, buttons, columns, size = 'word', choose }: ButtonGridProps) {
  const [current, setCurrent] = useState(0);
  const at = Math.min(current, buttons.length - 1);
  const style = columns === undefined ? undefined : { '--columns': columns };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid everywhere
    <div
      role="group"
      aria-label={label}
      className={classes(styles.grid, columns !== undefined && styles.fixed)}
      data-size={size}
      style={style as CSSProperties | undefined}
      onKeyDown={move}
    >
      {buttons.map((button, index) => (
        <button
          key={button.key}
          type="button"
          className={styles.button}
          tabIndex={index === at ? 0 : -1}
          aria-pressed={button.pressed}
          aria-disabled={button.disabled || undefined}
          onFocus={() => setCurrent(index)}
          onClick={() => button.disabled || choose(button.key)}
        >
          {button.label === undefined ? (
            button.content
          ) : (
            <>
              <span className="visually-hidden">{button.label}</span>
              <span className={styles.face} aria-hidden="true">
                {button.content}
              </span>
            </>
          )}
        </button>
      ))}
    </div>
  );
}

function move(event: KeyboardEvent<HTMLElement>): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const from = all.indexOf(event.target as HTMLElement);
  const boxes = all.map((button) => button.getBoundingClientRect());
  const next = nextIndex(event.key, from, boxes);
  if (next === undefined) return;
  event.preventDefault();
  all[next]?.focus();
}

type Box = Pick<DOMRect, 'left' | 'top' | 'width'>;

/** Where a key leads from one of many boxes; undefined where it leads nowhere. */
export function nextIndex(key: string, from: number, boxes: readonly Box[]): number | undefined {
  const here = boxes[from];
  if (here === undefined) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return boxes.length - 1;
  if (key === 'ArrowRight') return from + 1 < boxes.length ? from + 1 : undefined;
  if (key === 'ArrowLeft') return from > 0 ? from - 1 : undefined;
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const down = key === 'ArrowDown';
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, box] of boxes.entries()) {
    const rows = down ? box.top - here.top : here.top - box.top;
    if (rows < 1) continue;
    // The next row first, and within it what is nearest to straight ahead.
    const cost = rows * 1000 + Math.abs(box.left + box.width / 2 - here.left - here.width / 2);
    if (cost < least) {
      least = cost;
      best = index;
    }
  }
  return best;
}
