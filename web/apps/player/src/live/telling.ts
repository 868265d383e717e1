import type { LiveEvent, LiveState } from '@croupier/sdk';
import { outcomeOf, type Tone } from '../controls/outcome';
import { t, tMaybe } from '../text/t';
import { multiplierText } from './multiplier';

/** One line of news, for the eye and the ear. */
export interface News {
  readonly tone: Tone;
  readonly text: string;
}

/** Say what has happened last at a live table, or else what it is doing. Pure. */
export function tellLive(
  state: LiveState,
  event: LiveEvent | undefined,
  money: (minor: number) => string,
): News {
  const text = (words: string, tone: Tone = 'neutral') => ({ tone, text: words });
  switch (event?.type) {
    case 'round_result': {
      const summary = `${event.summary.replace(/\.$/, '')}.`;
      if (event.stake === null || event.stake === 0) return text(summary);
      const { stake, payout } = event;
      const outcome = outcomeOf({ stake, payout, voided: false }, money);
      return text(`${summary} ${outcome.text}`, outcome.tone);
    }
    case 'round_voided': {
      const reason = event.reason === '' ? '' : `${event.reason.replace(/\.$/, '')}.`;
      const told = t('live.voided', { reason });
      if (event.returned === null) return text(told);
      return text(`${told} ${t('live.returned', { amount: money(event.returned) })}`);
    }
    case 'cashed_out': {
      const { seat, at_ms, payout } = event.cash_out;
      if (seat !== state.seat) return phaseNews(state);
      const multiplier = multiplierText(at_ms);
      return text(t('live.cashedOut', { multiplier, amount: money(payout) }), 'win');
    }
    case 'turn': {
      const before = event.platform && event.decided !== null;
      const house = before ? `${t('live.timeOut', { seat: event.decided ?? 0 })} ` : '';
      return text(`${house}${turnText(state)}`);
    }
    default:
      return phaseNews(state);
  }
}

function phaseNews(state: LiveState): News {
  return { tone: 'neutral', text: phaseText(state) };
}

/** What the table is doing, in a sentence. */
export function phaseText(state: LiveState): string {
  if (state.state === 'parked') return t('live.status.parked');
  if (state.phase === 'idle' || state.phase === 'result') {
    const told = state.state === 'open' ? undefined : tMaybe(`live.status.${state.state}`);
    if (told !== undefined) return told;
    return t(state.phase === 'idle' ? 'live.idle' : 'live.next');
  }
  if (state.phase === 'betting') return t(state.seat === null ? 'live.betsOpen' : 'live.placeBets');
  if (state.phase === 'closed') return t('live.closed');
  if (state.elapsed_ms !== null) return t('live.rises');
  return turnText(state);
}

function turnText(state: LiveState): string {
  if (state.acting === null) return t('live.playing');
  if (state.acting === state.seat) return t('live.yourTurn');
  return t('live.turn', { seat: state.acting });
}
