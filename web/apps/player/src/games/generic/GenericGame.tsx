import { Button, Money, useMoney } from '@croupier/ui';
import { useReducer, useState } from 'react';
import controls from '../../controls/controls.module.css';
import { Options } from '../../controls/Options';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { Result } from '../../controls/Result';
import { StakeStepper } from '../../controls/StakeStepper';
import type { GameProps } from '../../pages/GamePage';
import { sounds } from '../../sound/sounds';
import {
  type BetsMove,
  type BetsState,
  betsBody,
  NO_BETS,
  nextBets,
  totalOf,
} from '../../state/bets';
import { useCasino } from '../../state/casino';
import { firstStake, offered } from '../../state/stakes';
import { type Seat, useSeat } from '../../state/table';
import { t } from '../../text/t';
import { BetPicker } from './BetPicker';
import { BetSlip, type BetsStage } from './BetSlip';
import { Numbers, Subsets } from './Decisions';
import styles from './Generic.module.css';
import { OpenBets } from './OpenBets';
import { groupsOf } from './option-groups';
import { RoundView } from './RoundView';

/** Plays any game by its description alone: what can be bet on, for how much, and what then. */
export default function GenericGame({ game }: GameProps) {
  const seat = useSeat(game);
  const money = useMoney();
  const { description } = game;
  const range = seat.table?.seated.stakes ?? game.stakes;
  const stakes = offered(description.stakes, range);
  const [chosen, setChosen] = useState<number>();
  const [bets, move] = useReducer(
    (state: BetsState, step: BetsMove) => nextBets(state, step, range),
    NO_BETS,
  );
  const stake = firstStake(stakes, chosen);
  const listed = description.stake_form === 'list';
  const total = listed ? totalOf(bets.chips) : stake;
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const { round } = seat;
  const open = round !== undefined && !round.finished;
  const poor = !open && total > free;
  const told = tell({ seat, money, poor, bets, range, listed });
  const stage: BetsStage = open ? 'accepted' : seat.busy ? 'pending' : 'fresh';

  async function play(request: ReturnType<Seat['play']>) {
    sounds.play('spin');
    const answer = await request;
    if (answer?.finished) sounds.play(outcomeOf(answer, money).tone === 'win' ? 'win' : 'loss');
  }

  function place(bet: string) {
    sounds.play('chip');
    move({ type: 'place', bet, chip: stake });
  }

  return (
    <div className={styles.table} data-open={open}>
      {open && <Boards seat={seat} game={game} choose={(action) => void play(seat.act(action))} />}
      {round !== undefined && <RoundView round={round} seen />}
      {!open && listed && (
        <div className={styles.choices}>
          <BetPicker
            choices={description.choices}
            chips={bets.chips}
            disabled={seat.busy}
            place={place}
          />
          <OpenBets game={game} disabled={seat.busy} place={place} />
        </div>
      )}
      {listed && <BetSlip choices={description.choices} bets={bets} stage={stage} move={move} />}
      <div className={controls.controls}>
        <Result tone={told.tone} round={round}>
          {told.text}
        </Result>
        {open ? (
          <Rest seat={seat} free={free} choose={(action) => void play(seat.act(action))} />
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
              play={() => void play(seat.play(listed ? betsBody(bets.chips) : { stake }))}
            />
          </>
        )}
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
    </div>
  );
}

interface ChoosingProps {
  readonly seat: Seat;
  readonly choose: (action: string) => void;
}

/** The decisions that are shown as a board; in the page itself, since they may take much room. */
function Boards({ seat, game, choose }: ChoosingProps & GameProps) {
  const { round, busy } = seat;
  if (round === undefined) return null;
  const { actions } = game.description;
  return groupsOf(round.options).map((group) => {
    if (group.kind === 'buttons') return null;
    const common = { round, busy, choose };
    // A new step is a new choice: toggles begin afresh.
    const key = `${group.stem} ${round.id} ${group.kind === 'subsets' ? round.step : ''}`;
    return (
      <section key={key} className={styles.bets} aria-label={t('generic.options')}>
        {group.kind === 'subsets' ? (
          <Subsets group={group} {...common} />
        ) : (
          <Numbers group={group} actions={actions} {...common} />
        )}
      </section>
    );
  });
}

/** The other decisions, as buttons within reach. */
function Rest({ seat, free, choose }: ChoosingProps & { readonly free: number }) {
  const options = groupsOf(seat.round?.options ?? []).flatMap((group) => {
    return group.kind === 'buttons' ? group.options : [];
  });
  if (options.length === 0) return null;
  return <Options options={options} free={free} busy={seat.busy} choose={choose} />;
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

interface Facts {
  readonly seat: Seat;
  readonly money: (minor: number) => string;
  readonly poor: boolean;
  readonly bets: BetsState;
  readonly range: { readonly minimum: number; readonly maximum: number };
  readonly listed: boolean;
}

function tell(facts: Facts): { tone: Tone; text: string } {
  const { seat, money, poor, bets, range, listed } = facts;
  const { round, busy, problem } = seat;
  if (problem !== undefined) {
    const several = bets.chips.size > 1 && problem === t('error.bet_invalid');
    return { tone: 'problem', text: several ? `${problem} ${t('generic.tryOne')}` : problem };
  }
  if (bets.refused !== undefined) return { tone: 'problem', text: refusal(bets, range, money) };
  if (poor) return { tone: 'neutral', text: t('game.poor') };
  if (busy) return { tone: 'neutral', text: t('generic.playing') };
  if (round?.finished) return outcomeOf(round, money);
  if (round !== undefined) return { tone: 'neutral', text: t('generic.options') };
  return { tone: 'neutral', text: t(listed ? 'generic.ready' : 'generic.readyOne') };
}

function refusal(bets: BetsState, range: Facts['range'], money: Facts['money']): string {
  if (bets.refused === 'each') return t('roulette.limitEach', { amount: money(range.minimum) });
  if (bets.refused === 'all') return t('roulette.limitAll', { amount: money(range.maximum) });
  return t('roulette.limitCount', { count: bets.chips.size });
}
