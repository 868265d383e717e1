import type { LiveState, LobbyGame } from '@croupier/sdk';
import { Button, Money } from '@croupier/ui';
import { BetPicker } from '../games/generic/BetPicker';
import { BetSlip } from '../games/generic/BetSlip';
import { OpenBets } from '../games/generic/OpenBets';
import { sounds } from '../sound/sounds';
import { NO_BETS, totalOf } from '../state/bets';
import { useCasino } from '../state/casino';
import { type LiveBets, takesBets } from '../state/live-bets';
import { t } from '../text/t';
import styles from './Live.module.css';

interface BetPanelProps {
  readonly game: LobbyGame;
  readonly bets: LiveBets;
  /** What a tap on a bet adds. */
  readonly stake: number;
}

/** Chooses bets of a game with a list of them, and shows which of them are accepted. */
export function BetPanel({ game, bets, stake }: BetPanelProps) {
  const { choices } = game.description;
  function place(bet: string) {
    sounds.play('chip');
    bets.change({ type: 'place', bet, chip: stake });
  }
  return (
    <div className={styles.panel}>
      <BetPicker choices={choices} chips={bets.bets.chips} disabled={bets.pending} place={place} />
      <OpenBets game={game} disabled={bets.pending} place={place} />
      <BetSlip
        choices={choices}
        bets={bets.bets}
        stage={bets.pending ? 'pending' : 'fresh'}
        move={bets.change}
      />
      <Accepted game={game} bets={bets} />
    </div>
  );
}

/** The bets that the table has taken for the round in play. */
export function Accepted({ game, bets }: { game: LobbyGame; bets: LiveBets }) {
  if (bets.accepted.size === 0) return null;
  return (
    <BetSlip
      choices={game.description.choices}
      bets={{ ...NO_BETS, chips: bets.accepted }}
      stage="accepted"
      move={() => undefined}
    />
  );
}

interface PlaceButtonProps {
  readonly state: LiveState;
  readonly bets: LiveBets;
  readonly total: number;
  readonly place: () => void;
}

/** Sends the bets. Where they would be refused it says why instead. */
export function PlaceButton({ state, bets, total, place }: PlaceButtonProps) {
  const free = useCasino((casino) => casino.balance?.amount ?? 0);
  const open = takesBets(state);
  const poor = total > free;
  const words = bets.pending ? 'live.placing' : open ? 'live.place' : 'live.wait';
  return (
    <Button
      look="main"
      large
      disabled={!open || poor || bets.pending || total === 0}
      onClick={place}
    >
      {poor && open ? t('game.poor') : t(words)}{' '}
      {open && !poor && total > 0 && <Money amount={total} />}
    </Button>
  );
}

/** What the chips in hand come to. */
export function inHand(bets: LiveBets): number {
  return totalOf(bets.bets.chips);
}
