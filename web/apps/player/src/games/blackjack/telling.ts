import type { BlackjackView } from '@croupier/protocol';
import type { Round } from '@croupier/sdk';
import { totalText } from '../../controls/cards';
import { outcomeOf, type Tone } from '../../controls/outcome';
import { t } from '../../text/t';

/** Say where a round stands. Amounts are the server's; its own summary counts in minor units. */
export function tellRound(
  round: Round | undefined,
  money: (minor: number) => string,
): { readonly tone: Tone; readonly text: string } {
  if (round === undefined) return { tone: 'neutral', text: t('blackjack.ready') };
  const view = viewOf(round);
  if (round.finished) {
    const outcome = outcomeOf(round, money);
    return view === undefined ? outcome : { ...outcome, text: `${endOf(view)} ${outcome.text}` };
  }
  if (view === undefined) return { tone: 'neutral', text: t('game.openRound') };
  if (view.stage === 'insurance') {
    return { tone: 'neutral', text: t('blackjack.askInsurance') };
  }
  const number = view.active ?? 0;
  const hand = view.hands[number];
  if (hand === undefined) return { tone: 'neutral', text: t('game.openRound') };
  const values = {
    number: number + 1,
    total: totalText(hand.total, hand.soft),
    dealer: totalText(view.dealer.total, view.dealer.soft),
  };
  const text = t(view.hands.length > 1 ? 'blackjack.yourTurnHand' : 'blackjack.yourTurn', values);
  return { tone: 'neutral', text };
}

function endOf(view: BlackjackView): string {
  const mine = view.hands.map((hand) => hand.total).join(', ');
  return `${t('blackjack.you')} ${mine} – ${t('blackjack.dealer')} ${view.dealer.total}.`;
}

/** The view of a round, where it has the form of this game. */
export function viewOf(round: Round): BlackjackView | undefined {
  const view = round.view as Partial<BlackjackView> | null;
  return Array.isArray(view?.hands) && view.dealer !== undefined
    ? (view as BlackjackView)
    : undefined;
}
