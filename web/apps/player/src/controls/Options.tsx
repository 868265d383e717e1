import type { Option } from '@croupier/protocol';
import { Button, useMoney } from '@croupier/ui';
import { t } from '../text/t';
import styles from './controls.module.css';

interface OptionsProps {
  readonly options: readonly Option[];
  readonly free: number;
  readonly busy: boolean;
  readonly choose: (action: string) => void;
}

/** The decisions that the server offers, each with what it costs. */
export function Options({ options, free, busy, choose }: OptionsProps) {
  const money = useMoney();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div className={styles.options} role="group" aria-label={t('generic.options')}>
      {options.map((option, index) => (
        <Button
          key={option.action}
          look={index === 0 ? 'main' : 'plain'}
          disabled={busy || option.stake > free}
          onClick={() => choose(option.action)}
        >
          {/* The cost on a line of its own: on a phone the two do not fit beside each other. */}
          <span className={styles.optionName}>{option.label}</span>
          {option.stake > 0 && <span className={styles.cost}> +{money(option.stake)}</span>}
        </Button>
      ))}
    </div>
  );
}
