import type { ButtonHTMLAttributes } from 'react';
import styles from './Button.module.css';
import { classes } from './classes';

/** What a button takes beside the attributes of the element. */
export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** How much it stands out; one `main` button a screen. */
  readonly look?: 'main' | 'plain' | 'quiet';
  /** Taller and wider, for the one thing to do. */
  readonly large?: boolean;
}

/** A button that is never smaller than a fingertip. */
export function Button({ look = 'plain', large = false, className, type, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      className={classes(styles.button, styles[look], large && styles.large, className)}
    />
  );
}
