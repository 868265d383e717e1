import type { ButtonHTMLAttributes, KeyboardEvent } from 'react';
import styles from './Button.module.css';
import { classes } from './classes';

/** What a button takes beside the attributes of the element. */
export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** How much it stands out; one `main` button a screen. */
  readonly look?: 'main' | 'plain' | 'quiet';
  /** Taller and wider, for the one thing to do. */
  readonly large?: boolean;
}

/**
 * A button that is never smaller than a fingertip.
 *
 * Where it is disabled it says so and does nothing, but keeps the focus, which the browser's own
 * `disabled` would take: a keyboard would lose its place with every round. A key that is held down
 * presses once.
 */
export function Button(props: ButtonProps) {
  const {
    look = 'plain',
    large = false,
    disabled = false,
    className,
    type,
    onClick,
    ...rest
  } = props;
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      aria-disabled={disabled || undefined}
      onKeyDown={pressOnce}
      onClick={disabled ? undefined : onClick}
      className={classes(styles.button, styles[look], large && styles.large, className)}
    />
  );
}

function pressOnce(event: KeyboardEvent): void {
  if (event.repeat && event.key === 'Enter') event.preventDefault();
}
