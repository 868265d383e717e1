import type { BlackjackHand, BlackjackView } from '@croupier/protocol';
import type { LiveState } from '@croupier/sdk';
import { totalText } from '../controls/cards';
import { t } from '../text/t';

/** What one seat has on the table. */
export interface SeatHands {
  /** Its place among those that bet, from 0. */
  readonly index: number;
  /** Its number at the table. */
  readonly seat: number;
  readonly hands: readonly BlackjackHand[];
  readonly payout: number | null;
  readonly sideBets: readonly {
    readonly bet: string;
    readonly stake: number;
    readonly payout?: number | null;
  }[];
}

/** The view of a round, where it has the form of this game. */
export function viewOf({ view }: LiveState): BlackjackView | undefined {
  const found = view as Partial<BlackjackView> | null;
  return Array.isArray(found?.hands) && found.dealer !== undefined
    ? (found as BlackjackView)
    : undefined;
}

/**
 * The hands of all seats that bet, in order. A view counts those seats from 0; which they are at the
 * table is told by the bets placed.
 */
export function handsOf(view: BlackjackView, { placed }: LiveState): readonly SeatHands[] {
  const bettors = placed.filter(({ stake }) => stake > 0).map(({ seat }) => seat);
  const seatOf = (index: number) => bettors[index] ?? index + 1;
  const own = {
    seat: view.seat,
    hands: view.hands,
    payout: view.payout,
    side_bets: view.side_bets,
  };
  return [own, ...(view.others ?? [])]
    .map(({ seat: index, hands, payout, side_bets }) => {
      return { index, seat: seatOf(index), hands, payout, sideBets: side_bets ?? [] };
    })
    .sort((one, other) => one.index - other.index);
}

/** What a player is asked when it is his turn. */
export function yourTurn(view: BlackjackView): string {
  if (view.stage === 'insurance') return t('blackjack.askInsurance');
  const number = view.active ?? 0;
  const hand = view.hands[number];
  if (hand === undefined) return t('live.yourTurn');
  return t(view.hands.length > 1 ? 'blackjack.yourTurnHand' : 'blackjack.yourTurn', {
    number: number + 1,
    total: totalText(hand.total, hand.soft),
    dealer: totalText(view.dealer.total, view.dealer.soft),
  });
}
