import type { Choice } from '@croupier/protocol';
import { Button, Money } from '@croupier/ui';
import type { BetsMove, BetsState } from '../../state/bets';
import { t } from '../../text/t';
import { fullName } from './bet-groups';
import styles from './Generic.module.css';

/** How far the bets are: still with the player, on their way, or taken by the table. */
export type BetsStage = 'fresh' | 'pending' | 'accepted';

interface BetSlipProps {
  readonly choices: readonly Choice[];
  readonly bets: BetsState;
  readonly stage: BetsStage;
  readonly move: (move: BetsMove) => void;
}

/** The bets that are chosen; they look different until the table has taken them. */
export function BetSlip({ choices, bets, stage, move }: BetSlipProps) {
  const { chips, before } = bets;
  const fresh = stage === 'fresh';
  if (chips.size === 0 && (!fresh || before.length === 0)) return null;
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
              {fresh && (
                <Button
                  look="quiet"
                  aria-label={t('generic.remove', { bet: name })}
                  onClick={() => move({ type: 'take', bet })}
                >
                  ✕
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {fresh && (
        <div className={styles.changes}>
          <Button disabled={before.length === 0} onClick={() => move({ type: 'undo' })}>
            {t('roulette.undo')}
          </Button>
          <Button disabled={chips.size === 0} onClick={() => move({ type: 'clear' })}>
            {t('roulette.clear')}
          </Button>
          <Button disabled={chips.size === 0} onClick={() => move({ type: 'double' })}>
            {t('roulette.double')}
          </Button>
        </div>
      )}
    </section>
  );
}
