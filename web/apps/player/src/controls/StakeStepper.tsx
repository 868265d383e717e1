import { Button, Money, useMoney } from '@croupier/ui';
import { nextStake } from '../state/stakes';
import { t } from '../text/t';
import styles from './controls.module.css';

interface StakeStepperProps {
  readonly label: string;
  readonly stakes: readonly number[];
  readonly stake: number;
  readonly disabled: boolean;
  readonly change: (stake: number) => void;
}

/** Moves along the stakes that a game offers. */
export function StakeStepper({ label, stakes, stake, disabled, change }: StakeStepperProps) {
  const money = useMoney();
  const lower = nextStake(stakes, stake, -1);
  const higher = nextStake(stakes, stake, 1);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div className={styles.stepper} role="group" aria-label={label}>
      <Button
        aria-label={`${t('game.less')}: ${money(lower)}`}
        disabled={disabled || lower === stake}
        onClick={() => change(lower)}
      >
        −
      </Button>
      <output className={styles.stake}>
        <span className={styles.stakeName}>{t('game.stake')}</span>
        <Money amount={stake} />
      </output>
      <Button
        aria-label={`${t('game.more')}: ${money(higher)}`}
        disabled={disabled || higher === stake}
        onClick={() => change(higher)}
      >
        +
      </Button>
    </div>
  );
}
