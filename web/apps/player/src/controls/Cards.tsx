import { t } from '../text/t';
import styles from './Cards.module.css';
import { cardFace } from './cards';

/** A row of cards; `null` is one that lies face down, 52 and 53 are jokers. */
export function Cards({ cards, label }: { cards: readonly (number | null)[]; label: string }) {
  return (
    <ul className={styles.cards} aria-label={label}>
      {cards.map((card, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards keep their places, and may repeat
        <li key={index}>{card === null ? <Back /> : <Face face={card} />}</li>
      ))}
    </ul>
  );
}

function Face({ face }: { face: number }) {
  if (face === 52 || face === 53) return <Joker />;
  const card = cardFace(face);
  if (card === undefined) return <Back />;
  return (
    <svg viewBox="0 0 60 84" role="img" aria-label={card.name} className={styles.card}>
      <rect x="1" y="1" width="58" height="82" rx="7" className={styles.paper} />
      <g className={card.red ? styles.redInk : styles.blackInk}>
        <text x="7" y="25" className={styles.rank}>
          {card.rank}
        </text>
        <text x="8" y="42" className={styles.smallSuit}>
          {card.suit}
        </text>
        <text x="40" y="70" className={styles.suit}>
          {card.suit}
        </text>
      </g>
    </svg>
  );
}

function Joker() {
  return (
    <svg viewBox="0 0 60 84" role="img" aria-label={t('card.joker')} className={styles.card}>
      <rect x="1" y="1" width="58" height="82" rx="7" className={styles.paper} />
      <text x="30" y="52" className={styles.joker}>
        ★
      </text>
    </svg>
  );
}

function Back() {
  return (
    <svg viewBox="0 0 60 84" role="img" aria-label={t('blackjack.hidden')} className={styles.card}>
      <rect x="1" y="1" width="58" height="82" rx="7" className={styles.paper} />
      <rect x="6" y="6" width="48" height="72" rx="4" fill="#7a3fa0" />
      <path
        d="M30 16 L46 42 L30 68 L14 42 Z M30 28 L39 42 L30 56 L21 42 Z"
        fill="#f2b84b"
        fillRule="evenodd"
      />
    </svg>
  );
}
