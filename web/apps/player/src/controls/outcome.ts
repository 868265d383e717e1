import type { Round } from '@croupier/sdk';
import { t } from '../text/t';

/** How a round went for the player. Decides colour and sound only; a win is more than the stake. */
export type Tone = 'neutral' | 'win' | 'problem';

/** What to say of a round that has ended. */
export function outcomeOf(
  round: Pick<Round, 'stake' | 'payout' | 'voided'>,
  money: (minor: number) => string,
): { readonly tone: Tone; readonly text: string } {
  const payout = round.payout ?? 0;
  if (round.voided) return { tone: 'neutral', text: t('game.voided') };
  if (payout === 0) return { tone: 'neutral', text: t('game.lost') };
  // Getting back no more than was staked is no win, and is not celebrated.
  if (payout <= round.stake) {
    return { tone: 'neutral', text: t('game.returned', { amount: money(payout) }) };
  }
  return { tone: 'win', text: t('game.won', { amount: money(payout) }) };
}
