import type { BlackjackView } from '@croupier/protocol';
import type { LiveState } from '@croupier/sdk';
import { Money } from '@croupier/ui';
import { useState } from 'react';
import { Cards } from '../controls/Cards';
import { totalText } from '../controls/cards';
import controls from '../controls/controls.module.css';
import { Options } from '../controls/Options';
import { StakeStepper } from '../controls/StakeStepper';
import { sounds } from '../sound/sounds';
import { useCasino } from '../state/casino';
import { useAsking } from '../state/live';
import { useLiveBets } from '../state/live-bets';
import { firstStake, offered } from '../state/stakes';
import { t, tMaybe } from '../text/t';
import { Accepted, BetPanel, inHand, PlaceButton } from './BetPanel';
import styles from './Live.module.css';
import { News } from './News';
import type { LiveProps } from './props';
import { SitDown } from './SitDown';
import { handsOf, type SeatHands, viewOf, yourTurn } from './turns';

/** A live blackjack table: the hands of all seats, one after the other. */
export default function LiveTurns({ live, table, state, game, children }: LiveProps) {
  const bets = useLiveBets(table, state, game);
  const { problem, moving, ask } = useAsking();
  const [chosen, setChosen] = useState<number>();
  const free = useCasino((casino) => casino.balance?.amount ?? 0);
  const { description } = game;
  const stakes = offered(description.stakes, state.stakes);
  const stake = firstStake(stakes, chosen);
  const listed = description.stake_form === 'list';
  const view = viewOf(state);
  const seated = state.seat !== null;
  const deciding = table.myTurn && view !== undefined;
  const dealt = state.phase === 'playing';
  function choose(action: string) {
    sounds.play('card');
    void ask(async () => void (await table.act(action)));
  }
  return (
    <div className={styles.table}>
      <Felt view={view} state={state} />
      {seated && !dealt && listed && <BetPanel game={game} bets={bets} stake={stake} />}
      {seated && (dealt || !listed) && <Accepted game={game} bets={bets} />}
      {children}
      <div className={controls.controls}>
        <News
          live={live}
          problem={problem ?? bets.problem}
          bets={bets.bets}
          instead={deciding ? { tone: 'neutral', text: yourTurn(view) } : undefined}
        />
        {!seated && <SitDown live={live} state={state} />}
        {deciding && <Options options={view.options} free={free} busy={moving} choose={choose} />}
        {seated && !dealt && (
          <>
            <StakeStepper
              label={listed ? t('generic.amount') : t('game.stake')}
              stakes={stakes}
              stake={stake}
              disabled={bets.pending}
              change={setChosen}
            />
            <PlaceButton
              state={state}
              bets={bets}
              total={listed ? inHand(bets) : stake}
              place={() => void bets.place(listed ? undefined : { stake })}
            />
          </>
        )}
      </div>
    </div>
  );
}

function Felt({ view, state }: { view: BlackjackView | undefined; state: LiveState }) {
  const dealer = view?.dealer;
  return (
    <div className={styles.felt}>
      <section className={styles.hand} aria-label={t('blackjack.dealer')}>
        <h2>
          {t('blackjack.dealer')}
          {dealer !== undefined && <span> {totalText(dealer.total, dealer.soft)}</span>}
        </h2>
        <Cards cards={dealer?.cards ?? []} label={t('blackjack.dealer')} />
      </section>
      <div className={styles.hands}>
        {view !== undefined &&
          handsOf(view, state).map((seat) => <Seat key={seat.index} seat={seat} state={state} />)}
      </div>
    </div>
  );
}

function Seat({ seat, state }: { seat: SeatHands; state: LiveState }) {
  const mine = seat.seat === state.seat;
  const acting = seat.seat === state.acting;
  const name = mine ? t('live.you') : t('live.seat', { seat: seat.seat });
  return (
    <section
      className={styles.hand}
      aria-label={name}
      aria-current={acting || undefined}
      data-mine={mine || undefined}
    >
      <h2>{name}</h2>
      {seat.hands.map((hand, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: hands keep their places
        <div key={index} data-status={hand.status} className={styles.one}>
          <Cards cards={hand.cards} label={name} />
          <p>
            <strong>{totalText(hand.total, hand.soft)}</strong>{' '}
            {hand.status !== 'playing' &&
              (tMaybe(`blackjack.status.${hand.status}`) ?? hand.status)}{' '}
            <Money amount={hand.stake} />
            {hand.doubled && ` (${t('blackjack.doubled')})`}
          </p>
        </div>
      ))}
      {seat.sideBets.map(({ bet, stake, payout }) => (
        <p key={bet} className={styles.side}>
          {bet}: <Money amount={stake} />
          {(payout ?? 0) > 0 && (
            <>
              {' → '}
              <Money amount={payout ?? 0} />
            </>
          )}
        </p>
      ))}
      {seat.payout !== null && seat.payout > 0 && (
        <p className={styles.won}>
          → <Money amount={seat.payout} />
        </p>
      )}
    </section>
  );
}
