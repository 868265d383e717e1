import type { BlackjackHand, BlackjackView } from '@croupier/protocol';
import { Button, Money, useMoney } from '@croupier/ui';
import { useState } from 'react';
import { Cards } from '../../controls/Cards';
import { totalText } from '../../controls/cards';
import controls from '../../controls/controls.module.css';
import { Options } from '../../controls/Options';
import { outcomeOf } from '../../controls/outcome';
import { Result } from '../../controls/Result';
import { StakeStepper } from '../../controls/StakeStepper';
import type { GameProps } from '../../pages/GamePage';
import { sounds } from '../../sound/sounds';
import { useCasino } from '../../state/casino';
import { firstStake, offered } from '../../state/stakes';
import { useSeat } from '../../state/table';
import { t, tMaybe } from '../../text/t';
import styles from './Blackjack.module.css';
import { tellRound, viewOf } from './telling';

/** Blackjack: cards of the page, and whatever decisions the server offers. */
export default function BlackjackGame({ game }: GameProps) {
  const seat = useSeat(game);
  const money = useMoney();
  const stakes = offered(game.description.stakes, seat.table?.seated.stakes ?? game.stakes);
  const [chosen, setChosen] = useState<number>();
  const stake = firstStake(stakes, chosen);
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const { round } = seat;
  const open = round !== undefined && !round.finished;
  const poor = !open && stake > free;
  const told =
    seat.problem === undefined
      ? tellRound(round, money)
      : { tone: 'problem' as const, text: seat.problem };

  async function play(request: ReturnType<typeof seat.play>) {
    sounds.play('card');
    const answer = await request;
    if (answer?.finished) sounds.play(outcomeOf(answer, money).tone === 'win' ? 'win' : 'loss');
  }

  return (
    <>
      <Table view={round === undefined ? undefined : viewOf(round)} />
      <div className={controls.controls}>
        <Result tone={told.tone} round={round}>
          {poor && told.tone !== 'problem' ? t('game.poor') : told.text}
        </Result>
        {open ? (
          <Options
            options={round.options}
            free={free}
            busy={seat.busy}
            choose={(action) => void play(seat.act(action))}
          />
        ) : (
          <>
            <StakeStepper
              label={t('game.stake')}
              stakes={stakes}
              stake={stake}
              disabled={seat.busy}
              change={setChosen}
            />
            <Button
              look="main"
              large
              disabled={seat.table === undefined || seat.busy || poor}
              onClick={() => void play(seat.play({ stake }))}
            >
              {t('blackjack.deal')}
            </Button>
          </>
        )}
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
    </>
  );
}

function Table({ view }: { view: BlackjackView | undefined }) {
  return (
    <div className={styles.table}>
      <section className={styles.hand} aria-label={t('blackjack.dealer')}>
        <h2>
          {t('blackjack.dealer')}
          {view !== undefined && <span> {totalText(view.dealer.total, view.dealer.soft)}</span>}
        </h2>
        <Cards cards={view?.dealer.cards ?? []} label={t('blackjack.dealer')} />
      </section>
      <div className={styles.hands}>
        {view === undefined ? (
          <section className={styles.hand} aria-label={t('blackjack.you')}>
            <h2>{t('blackjack.you')}</h2>
            <Cards cards={[]} label={t('blackjack.you')} />
          </section>
        ) : (
          view.hands.map((hand, index) => (
            <PlayerHand
              // biome-ignore lint/suspicious/noArrayIndexKey: hands keep their places
              key={index}
              hand={hand}
              name={nameOf(view, index)}
              active={view.active === index}
            />
          ))
        )}
      </div>
      {view !== undefined && <Insurance view={view} />}
    </div>
  );
}

function nameOf(view: BlackjackView, index: number): string {
  return view.hands.length > 1 ? t('blackjack.hand', { number: index + 1 }) : t('blackjack.you');
}

interface PlayerHandProps {
  readonly hand: BlackjackHand;
  readonly name: string;
  readonly active: boolean;
}

function PlayerHand({ hand, name, active }: PlayerHandProps) {
  const status = tMaybe(`blackjack.status.${hand.status}`) ?? hand.status;
  return (
    <section
      className={styles.hand}
      aria-label={name}
      aria-current={active || undefined}
      data-status={hand.status}
    >
      <h2>
        {name} <span>{totalText(hand.total, hand.soft)}</span>
      </h2>
      <Cards cards={hand.cards} label={name} />
      <p className={styles.facts}>
        <strong className={styles.status}>{status}</strong>
        <span>
          <Money amount={hand.stake} />
          {hand.doubled && ` (${t('blackjack.doubled')})`}
        </span>
        {hand.payout !== null && hand.payout > 0 && (
          <span>
            → <Money amount={hand.payout} />
          </span>
        )}
      </p>
    </section>
  );
}

function Insurance({ view }: { view: BlackjackView }) {
  const money = useMoney();
  if (view.insurance === null || view.insurance === 0) return null;
  return (
    <p className={styles.insurance}>
      {t('blackjack.insurance', { amount: money(view.insurance) })}
      {view.insurance_payout !== null &&
        ` – ${t('blackjack.insurancePays', { amount: money(view.insurance_payout) })}`}
    </p>
  );
}
