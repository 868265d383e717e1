import { Money } from '@croupier/ui';
import { t } from '../../text/t';
import styles from './Roulette.module.css';

interface ChipRowProps {
  readonly values: readonly number[];
  readonly value: number;
  readonly choose: (value: number) => void;
}

/** The chips to place, one of them in hand. */
export function ChipRow({ values, value, choose }: ChipRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div className={styles.chips} role="group" aria-label={t('roulette.chip')}>
      {values.map((one) => (
        <button
          key={one}
          type="button"
          className={styles.chip}
          aria-pressed={one === value}
          onClick={() => choose(one)}
        >
          <Money amount={one} />
        </button>
      ))}
    </div>
  );
}
