import type { LiveState } from '@croupier/sdk';
import { Button, Money } from '@croupier/ui';
import type { Live } from '../state/live';
import { t } from '../text/t';
import styles from './Live.module.css';

/** So many seats are all shown; of more, those that are taken. */
const FEW = 14;
/** No more of a crowd than these. */
const MOST = 24;

/** Who sits where and has how much on the round; free seats can be taken by who has none. */
export function Seats({ live, state }: { live: Live; state: LiveState }) {
  const { seats, players, placed, seat: own } = state;
  const all = Array.from({ length: seats }, (_, index) => index + 1);
  const taken = new Map(players.map((player) => [player.seat, player]));
  const among = seats <= FEW ? all : all.filter((number) => taken.has(number) || number === own);
  const shown = among.slice(0, MOST);
  const open = state.state === 'open' || state.state === 'paused';
  return (
    <section className={styles.seats} aria-label={t('live.seats')}>
      <ul>
        {shown.map((number) => {
          const player = taken.get(number);
          const stake = placed.find((one) => one.seat === number)?.stake ?? 0;
          const mine = number === own;
          const name = mine ? t('live.you') : t('live.seat', { seat: number });
          return (
            <li
              key={number}
              data-mine={mine || undefined}
              data-acting={number === state.acting || undefined}
              data-away={player?.connected === false || undefined}
            >
              {player === undefined && own === null && open ? (
                <Button
                  look="quiet"
                  disabled={live.moving}
                  aria-label={t('live.take', { seat: number })}
                  onClick={() => live.sit(number)}
                >
                  + {number}
                </Button>
              ) : (
                <>
                  <span>{player === undefined ? t('live.free', { seat: number }) : name}</span>
                  {player?.connected === false && <small>{t('live.away')}</small>}
                  {stake > 0 && (
                    <strong>
                      <Money amount={stake} />
                    </strong>
                  )}
                </>
              )}
            </li>
          );
        })}
        {among.length > shown.length && (
          <li>{t('generic.more', { count: among.length - shown.length })}</li>
        )}
      </ul>
      <p className={styles.taken}>{t('live.taken', { taken: players.length, seats })}</p>
    </section>
  );
}
