import type { TermsName, TermsText } from '../state/terms';
import type { TextName } from '../text/english';
import { t } from '../text/t';
import { Field } from './Field';
import styles from './parts.module.css';

interface TermsFieldsProps {
  readonly text: TermsText;
  readonly currency: string;
  readonly seatsMax: number;
  /** Whether seats decide at this table, so that the clock for it counts. */
  readonly turns: boolean;
  /** What is wrong with a field. */
  readonly problem: (field: string) => string;
  readonly change: (name: TermsName, value: string) => void;
}

/** Limits, seats and clocks of a table. */
export function TermsFields(props: TermsFieldsProps) {
  const { text, currency, seatsMax, turns, problem, change } = props;
  const clocks: readonly TermsName[] = turns
    ? ['betting_ms', 'draw_ms', 'decision_ms', 'result_ms', 'seat_hold_ms']
    : ['betting_ms', 'draw_ms', 'result_ms', 'seat_hold_ms'];
  const names: readonly TermsName[] = ['minimum', 'maximum', 'seats', ...clocks];
  return (
    <div className={styles.grid}>
      {names.map((name) => (
        <Field
          key={name}
          label={t(`terms.${name}` as TextName, { currency })}
          help={t(`terms.${name}Help` as TextName, { most: seatsMax })}
          problem={problem(name)}
        >
          {(control) => (
            <input
              {...control}
              value={text[name]}
              onChange={(event) => change(name, event.target.value)}
              inputMode={name === 'seats' ? 'numeric' : 'decimal'}
              autoComplete="off"
              maxLength={22}
              required={name !== 'draw_ms'}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
