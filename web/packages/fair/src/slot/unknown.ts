import type { Proof } from '@croupier/protocol';
import type { Draws } from '../draws';
import { formOf, InputsError, type Replayed, record, stakeOf } from '../replay';

/** What machines of lines, scatters and free games tell. */
const PLAIN = new Set(['reveal', 'line_win', 'scatter_win', 'free_games_won', 'total']);

/** Whether a machine that is not known here shows nothing but what can be added up. */
export function isPlain({ outcome }: Proof): boolean {
  const events = Array.isArray(outcome?.events) ? outcome.events : [];
  return events.every((event) => PLAIN.has(String(record(event, 'an event').event)));
}

/**
 * A machine whose strips are not known here: the draws are the stops shown, the wins shown add up to
 * the payout, and the rest is taken from the outcome, to be compared with the machine's help.
 */
export function replayUnknownMachine(proof: Proof, draws: Draws): Replayed {
  if (proof.decisions.length > 0) throw new InputsError('a spin has no decisions');
  const outcome = record(proof.outcome, 'the outcome');
  const stated = Array.isArray(outcome.events) ? outcome.events : [];
  const events = stated.map((event) => record(event, 'an event'));
  let next = 0;
  const seen = events.map((event) => {
    if (event.event !== 'reveal' || !Array.isArray(event.stops)) return event;
    const stops = event.stops.map(() => {
      const { below } = proof.draws[next] ?? { below: 1 };
      next += 1;
      return draws.below(Number(below));
    });
    return { ...event, stops };
  });
  const payout = events.reduce((sum, { event, payout: paid }) => {
    return event === 'line_win' || event === 'scatter_win' ? sum + Number(paid) : sum;
  }, 0);
  const total = { event: 'total', payout };
  const all = [...seen.slice(0, -1), total];
  return {
    outcome: { ...outcome, events: all, payout },
    stake: stakeOf(formOf(proof, 'stake').stake),
    payout,
    detail: 'the draws are the stops and the wins add up; the strips and pays are not known here',
  };
}
