import type { Choice, StakeRange } from '@croupier/protocol';
import { Button, Money } from '@croupier/ui';
import { useId, useState } from 'react';
import { t } from '../../text/t';
import { groupsOf, type ListedBet, withBet } from './bet-list';
import styles from './Generic.module.css';

interface BetListProps {
  readonly choices: readonly Choice[];
  readonly list: readonly ListedBet[];
  /** Staked on the next bet that is added. */
  readonly stake: number;
  readonly range: StakeRange;
  readonly disabled: boolean;
  readonly change: (list: readonly ListedBet[]) => void;
}

/** Chooses bets from whatever a game offers, by kind and then by name. */
export function BetList({ choices, list, stake, range, disabled, change }: BetListProps) {
  const groups = groupsOf(choices);
  const [group, setGroup] = useState(groups[0] ?? '');
  const within = choices.filter((choice) => choice.group === group);
  const [wanted, setWanted] = useState<string>();
  const bet = within.find((choice) => choice.bet === wanted) ?? within[0];
  const kind = useId();
  const what = useId();
  return (
    <section className={styles.bets} aria-label={t('generic.choose')}>
      <div className={styles.form}>
        <label htmlFor={kind}>{t('generic.group')}</label>
        <select id={kind} value={group} onChange={(event) => setGroup(event.target.value)}>
          {groups.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <label htmlFor={what}>{t('generic.choose')}</label>
        <select id={what} value={bet?.bet} onChange={(event) => setWanted(event.target.value)}>
          {within.map((choice) => (
            <option key={choice.bet} value={choice.bet}>
              {choice.label} ({choice.pays})
            </option>
          ))}
        </select>
        <Button
          disabled={disabled || bet === undefined}
          onClick={() => bet && change(withBet(list, bet.bet, stake, range))}
        >
          {t('generic.add')} <Money amount={stake} />
        </Button>
      </div>
      <h2>{t('generic.bets')}</h2>
      {list.length === 0 && <p>{t('generic.none')}</p>}
      <ul className={styles.list}>
        {list.map((one) => {
          const choice = choices.find((candidate) => candidate.bet === one.bet);
          const name = choice === undefined ? one.bet : `${choice.group} ${choice.label}`;
          return (
            <li key={one.bet}>
              <span>{name}</span>
              <Money amount={one.stake} />
              <Button
                look="quiet"
                aria-label={t('generic.remove', { bet: name })}
                disabled={disabled}
                onClick={() => change(list.filter((other) => other !== one))}
              >
                ✕
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
