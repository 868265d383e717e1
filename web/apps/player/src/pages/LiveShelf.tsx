import type { TableCard } from '@croupier/sdk';
import { Money } from '@croupier/ui';
import { useId } from 'react';
import { Link } from 'wouter';
import { useCasino } from '../state/casino';
import { useCardsWatch, useTableCards } from '../state/live-cards';
import { t, tMaybe } from '../text/t';
import styles from './LiveShelf.module.css';

/** The live tables of the lobby; nothing where there are none. */
export default function LiveShelf() {
  const label = useId();
  useCardsWatch();
  const cards = useTableCards();
  if (cards.length === 0) return null;
  return (
    <section className={styles.shelf} aria-labelledby={label}>
      <h2 id={label}>{t('live.shelf')}</h2>
      <ul className={styles.cards}>
        {cards.map((card) => (
          <li key={card.table}>
            <Card card={card} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Card({ card }: { card: TableCard }) {
  const mine = useCasino((state) => {
    return state.client?.liveTables.find(({ id }) => id === card.table)?.seat ?? null;
  });
  const open = card.state === 'open';
  const phase = open ? `live.phase.${card.phase}` : `live.state.${card.state}`;
  return (
    <article className={styles.card} data-style={card.style}>
      <Link href={`/live/${card.table}`} className={styles.title}>
        {card.title}
      </Link>
      <p className={styles.style}>{tMaybe(`live.style.${card.style}`) ?? card.style}</p>
      <p className={styles.phase} data-phase={open ? card.phase : card.state}>
        {tMaybe(phase) ?? card.phase}
      </p>
      <dl className={styles.facts}>
        <div>
          <dt>{t('live.seats')}</dt>
          <dd>
            {t('live.taken', { taken: card.taken, seats: card.seats })}
            {mine !== null && <strong> {t('live.yourSeat', { seat: mine })}</strong>}
          </dd>
        </div>
        <div>
          <dt>{t('lobby.stakes')}</dt>
          <dd>
            <Money amount={card.stakes.minimum} /> – <Money amount={card.stakes.maximum} />
          </dd>
        </div>
      </dl>
      {card.last.length > 0 && (
        <ol className={styles.last} aria-label={t('live.board')}>
          {card.last.map((summary, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same result may come twice
            <li key={index}>{summary}</li>
          ))}
        </ol>
      )}
    </article>
  );
}
