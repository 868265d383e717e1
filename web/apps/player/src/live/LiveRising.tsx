import type { LiveState, LiveTable } from '@croupier/sdk';
import { Button, Money } from '@croupier/ui';
import { useId, useState } from 'react';
import controls from '../controls/controls.module.css';
import { StakeStepper } from '../controls/StakeStepper';
import { sounds } from '../sound/sounds';
import { useAsking } from '../state/live';
import { takesBets, useLiveBets } from '../state/live-bets';
import { firstStake, offered } from '../state/stakes';
import { t } from '../text/t';
import { PlaceButton } from './BetPanel';
import { Curve } from './Curve';
import styles from './Live.module.css';
import { HIGHEST_TARGET, multiplierText, targetOf } from './multiplier';
import { News } from './News';
import type { LiveProps } from './props';
import { SitDown } from './SitDown';

/** A live table of crash: one multiplier for everybody. */
export default function LiveRising({ live, table, state, game, children }: LiveProps) {
  const bets = useLiveBets(table, state, game);
  const [chosen, setChosen] = useState<number>();
  const [typed, setTyped] = useState('');
  const stakes = offered(game.description.stakes, state.stakes);
  const stake = firstStake(stakes, chosen);
  const target = targetOf(typed);
  const { problem, moving, cashOut } = useCashOut(table);
  const seated = state.seat !== null;
  const rising = table.risingSince !== null;
  const out = state.cash_outs.find(({ seat }) => seat === state.seat);
  const riding = rising && table.mine !== undefined && out === undefined;
  return (
    <div className={styles.table}>
      <Curve table={table} state={state} />
      <Riders state={state} />
      {children}
      <div className={controls.controls}>
        <News live={live} problem={problem ?? bets.problem} />
        {!seated && <SitDown live={live} state={state} />}
        {riding && (
          <Button look="main" large disabled={moving} onClick={cashOut}>
            {t(moving ? 'live.cashingOut' : 'live.cashOut')}
          </Button>
        )}
        {seated && !rising && (
          <>
            <div className={styles.wish}>
              <StakeStepper
                label={t('game.stake')}
                stakes={stakes}
                stake={stake}
                disabled={bets.pending}
                change={setChosen}
              />
              <Target typed={typed} change={setTyped} wrong={target === undefined} />
            </div>
            <PlaceButton
              state={state}
              bets={bets}
              total={target === undefined || !takesBets(state) ? 0 : stake}
              place={() => {
                sounds.play('chip');
                const bet = `cash-out-${target ?? HIGHEST_TARGET}`;
                void bets.place({ bets: [{ bet, stake }] });
              }}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** Cash out once; that it came too late is told as such. */
function useCashOut(table: LiveTable) {
  const { problem, moving, ask } = useAsking();
  const [late, setLate] = useState<string>();
  const { round } = table.state;
  function cashOut() {
    const ridden = round ?? undefined;
    setLate(undefined);
    void ask(async () => {
      try {
        await table.cashOut();
      } catch (error) {
        const code = (error as { code?: unknown } | null)?.code;
        if (code !== 'bets_closed' && code !== 'stale_step') throw error;
        if (code === 'bets_closed') setLate(ridden);
      }
    });
  }
  const over = late !== undefined && (round === null || round === late);
  return { problem: over ? t('live.tooLate') : problem, moving, cashOut };
}

interface TargetProps {
  readonly typed: string;
  readonly change: (typed: string) => void;
  readonly wrong: boolean;
}

function Target({ typed, change, wrong }: TargetProps) {
  const id = useId();
  return (
    <div className={styles.target}>
      <label htmlFor={id}>{t('live.target')}</label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        placeholder={t('live.byHand')}
        value={typed}
        aria-invalid={wrong || undefined}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onChange={(event) => change(event.target.value)}
      />
      {wrong && <small id={`${id}-wrong`}>{t('live.targetWrong')}</small>}
    </div>
  );
}

/** Who rides with how much, and who has left at what. */
function Riders({ state }: { state: LiveState }) {
  const { placed, cash_outs, seat: own } = state;
  if (placed.length === 0) return null;
  const outs = new Map(cash_outs.map((out) => [out.seat, out]));
  return (
    <ul className={styles.riders} aria-label={t('live.riders')}>
      {placed.map(({ seat, stake }) => {
        const out = outs.get(seat);
        return (
          <li
            key={seat}
            data-mine={seat === own || undefined}
            data-out={out !== undefined || undefined}
          >
            <span>{seat === own ? t('live.you') : t('live.seat', { seat })}</span>
            <Money amount={stake} />
            {out !== undefined && (
              <strong>
                {multiplierText(out.at_ms)} → <Money amount={out.payout} />
              </strong>
            )}
          </li>
        );
      })}
    </ul>
  );
}
