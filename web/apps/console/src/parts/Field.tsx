import { type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './parts.module.css';

/** What a control needs of its field. */
export interface Control {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly help?: string | undefined;
  /** What the server says is wrong with it; empty where nothing is. */
  readonly problem: string;
  readonly children: (control: Control) => ReactNode;
}

/** A labelled control, with help, and with what is wrong: then the keyboard goes there. */
export function Field({ label, help, problem, children }: FieldProps) {
  const id = useId();
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem === '') return;
    field.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, [problem]);
  const words = [help && `${id}-help`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div ref={field} className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': words || undefined,
        'aria-invalid': problem !== '' || undefined,
      })}
      {help && (
        <span id={`${id}-help`} className={styles.help}>
          {help}
        </span>
      )}
      {problem !== '' && (
        <span id={`${id}-problem`} role="alert" className={styles.wrong}>
          {problem}
        </span>
      )}
    </div>
  );
}
