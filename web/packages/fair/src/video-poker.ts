import { times } from './amounts';
import { dealt, fullShoe, labels } from './cards';
import { actionsOf, forbidden, formOf, InputsError, type Replay, stakeOf } from './replay';
import { HAND, handRow, type VideoPokerMachine } from './video-poker-hands';
import { bestHold } from './video-poker-holds';

/** A hold as its action: bit i of the number is the card at place i + 1. */
function actionOf(hold: number): string {
  return `hold-${placesOf(hold).join('-') || 'none'}`;
}

function placesOf(hold: number): number[] {
  return [1, 2, 3, 4, 5].filter((place) => (hold >> (place - 1)) & 1);
}

const HOLDS = new Map(Array.from({ length: 1 << HAND }, (_, hold) => [actionOf(hold), hold]));

/** Five draws for the deal, then one for each place that is not held, from the first. */
export function replayVideoPoker(machine: VideoPokerMachine): Replay {
  return (proof, draws) => {
    const stake = stakeOf(formOf(proof, 'stake').stake);
    const deck = fullShoe(machine.faces);
    const deal = dealt(draws, deck, HAND);
    // The platform holds what perfect play holds; finding that takes a moment.
    const prescribed = proof.decisions.some(({ platform }) => platform)
      ? [actionOf(bestHold(machine, deal))]
      : [];
    const [action, ...more] = actionsOf(proof, ...prescribed);
    if (action === undefined) throw new InputsError('the decisions do not end the round');
    const hold = HOLDS.get(action);
    if (hold === undefined) throw forbidden(action);
    if (more.length > 0) throw new InputsError(`${more.length} decisions too many`);
    const held = placesOf(hold);
    const cards = deal.map((face, at) => {
      return held.includes(at + 1) ? face : (dealt(draws, deck, 1)[0] ?? 0);
    });
    const { name, label, pays } = handRow(machine, cards);
    const payout = times(stake, pays);
    const outcome = {
      cards,
      dealt: deal,
      held,
      row: name,
      hand: label,
      stake,
      payout,
      options: [],
      summary: `${label}: ${labels(cards)}`,
    };
    const kept = held.length > 0 ? `held ${held.join(', ')}` : 'held nothing';
    const end = `${labels(cards)} make ${label.toLowerCase()}`;
    const detail = `every card was dealt again in order: ${labels(deal)}, ${kept}; ${end}`;
    const paid =
      pays > 0
        ? `${label.toLowerCase()} pays ${stake} times ${pays}`
        : `the stake of ${stake} was lost`;
    return { outcome, stake, payout, detail, paid };
  };
}
