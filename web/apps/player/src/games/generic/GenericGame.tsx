import { Button, Money, useMoney } from '@croupier/ui';
import { useState } from 'react';
import controls from '../../controls/controls.module.css';
import { Options } from '../../controls/Options';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { Result } from '../../controls/Result';
import { StakeStepper } from '../../controls/StakeStepper';
import type { GameProps } from '../../pages/GamePage';
import { sounds } from '../../sound/sounds';
import { useCasino } from '../../state/casino';
import { firstStake, offered } from '../../state/stakes';
import { type Seat, useSeat } from '../../state/table';
import { t } from '../../text/t';
import { BetList } from './BetList';
import { type ListedBet, readView, sumOf } from './bet-list';
import styles from './Generic.module.css';

/** Plays any game by its description alone: what can be bet on, for how much, and what then. */
export default function GenericGame({ game }: GameProps) {
  const seat = useSeat(game);
  const money = useMoney();
  const { description } = game;
  const range = seat.table?.seated.stakes ?? game.stakes;
  const stakes = offered(description.stakes, range);
  const [chosen, setChosen] = useState<number>();
  const [list, setList] = useState<readonly ListedBet[]>([]);
  const stake = firstStake(stakes, chosen);
  const listed = description.stake_form === 'list';
  const total = listed ? sumOf(list) : stake;
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const round = seat.round;
  const open = round !== undefined && !round.finished;
  const poor = !open && total > free;
  const told = tell(seat, money, poor);

  async function play(request: ReturnType<Seat['play']>) {
    sounds.play('spin');
    const answer = await request;
    if (answer?.finished) sounds.play(outcomeOf(answer, money).tone === 'win' ? 'win' : 'loss');
  }

  return (
    <>
      <View seat={seat} />
      {!open && listed && (
        <BetList
          choices={description.choices}
          list={list}
          stake={stake}
          range={range}
          disabled={seat.busy}
          change={setList}
        />
      )}
      <div className={controls.controls}>
        <Result tone={told.tone} round={round}>
          {told.text}
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
              label={listed ? t('generic.amount') : t('game.stake')}
              stakes={stakes}
              stake={stake}
              disabled={seat.busy}
              change={setChosen}
            />
            <PlayButton
              total={total}
              disabled={seat.table === undefined || seat.busy || poor}
              play={() => void play(seat.play(listed ? { bets: list } : { stake }))}
            />
          </>
        )}
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
    </>
  );
}

interface PlayButtonProps {
  readonly total: number;
  readonly disabled: boolean;
  readonly play: () => void;
}

function PlayButton({ total, disabled, play }: PlayButtonProps) {
  return (
    <Button look="main" large disabled={disabled || total === 0} onClick={play}>
      {t('generic.play')} {total > 0 && <Money amount={total} />}
    </Button>
  );
}

function tell(
  seat: Seat,
  money: (minor: number) => string,
  poor: boolean,
): { tone: Tone; text: string } {
  const { round, busy, problem } = seat;
  if (problem !== undefined) return { tone: 'problem', text: problem };
  if (poor) return { tone: 'neutral', text: t('game.poor') };
  if (busy) return { tone: 'neutral', text: t('generic.playing') };
  if (round === undefined) return { tone: 'neutral', text: t('generic.ready') };
  return round.finished ? outcomeOf(round, money) : { tone: 'neutral', text: t('generic.options') };
}

/** What the server told of the round, in its own words. */
function View({ seat }: { seat: Seat }) {
  const { round } = seat;
  if (round === undefined) return null;
  const { summary, details } = readView(round.view);
  return (
    <section className={styles.view} aria-label={t('generic.view')}>
      <h2>{t('generic.view')}</h2>
      <dl className={styles.facts}>
        <div>
          <dt>{t('history.stake')}</dt>
          <dd>
            <Money amount={round.stake} />
          </dd>
        </div>
        {round.payout !== null && (
          <div>
            <dt>{t('history.payout')}</dt>
            <dd>
              <Money amount={round.payout} />
            </dd>
          </div>
        )}
      </dl>
      {summary !== '' && <p>{t('generic.words', { summary })}</p>}
      <details>
        <summary>{t('generic.details')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area needs the keyboard */}
        <pre className={styles.details} tabIndex={0}>
          {details}
        </pre>
      </details>
    </section>
  );
}
