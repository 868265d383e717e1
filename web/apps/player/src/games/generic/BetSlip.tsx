import type { Choice } from '@croupier/protocol';
import { Button, Money } from '@croupier/ui';
import type { Chips } from '../../state/bets';
import { t } from '../../text/t';
import { fullName } from './bet-groups';
import styles from './Generic.module.css';

/** How far the bets are: still with the player, on their way, or taken by the table. */
export type BetsStage = 'fresh' | 'pending' | 'accepted';

interface BetSlipProps {
  readonly choices: readonly Choice[];
  readonly chips: Chips;
  readonly stage: BetsStage;
  readonly remove: (bet: string) => void;
}

/** The bets that are chosen; they look different until the table has taken them. */
export function BetSlip({ choices, chips, stage, remove }: BetSlipProps) {
  if (chips.size === 0) return null;
  return (
    <section className={styles.slip} data-stage={stage} aria-label={t('generic.bets')}>
      <h2>
        {t('generic.bets')} <small className={styles.small}>{t(`generic.stage.${stage}`)}</small>
      </h2>
      <ul>
        {[...chips].map(([bet, stake]) => {
          const name = fullName(choices, bet);
          return (
            <li key={bet}>
              <span>{name}</span>
              <Money amount={stake} />
              {stage === 'fresh' && (
                <Button
                  look="quiet"
                  aria-label={t('generic.remove', { bet: name })}
                  onClick={() => remove(bet)}
                >
                  ✕
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
