import { t } from '../text/t';
import { Field } from './Field';

interface ReasonFieldProps {
  readonly value: string;
  readonly problem: string;
  readonly change: (value: string) => void;
}

/** Why something is done, for the record. */
export function ReasonField({ value, problem, change }: ReasonFieldProps) {
  return (
    <Field label={t('action.reason')} help={t('action.reasonHelp')} problem={problem}>
      {(control) => (
        <textarea
          {...control}
          value={value}
          onChange={(event) => change(event.target.value)}
          required
          minLength={3}
          maxLength={500}
          rows={3}
        />
      )}
    </Field>
  );
}
