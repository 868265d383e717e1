import { times } from './amounts';
import { betsOf } from './bets';
import { dealt, fullShoe, labels, RANKS, rankName, rankOf } from './cards';
import { actionsOf, forbidden, InputsError, type Replay } from './replay';

/** What casino war pays; generated. */
export interface War {
  readonly faces: number;
  readonly decks: number;
  /** Every bet, and what its stake is a multiple of. */
  readonly units: Readonly<Record<string, number>>;
  /** By result, what the ante brings back for `unit` staked on it, a raise included. */
  readonly returns: Readonly<Record<string, number>>;
  readonly unit: number;
  /** What the tie bet brings back to one. */
  readonly tieReturn: number;
  /** Each result in words. */
  readonly words: Readonly<Record<string, string>>;
}

const WAR = 'war';
const SURRENDER = 'surrender';

/** Aces are high. */
const strength = (face: number) => rankOf(face) || RANKS;

function compared(player: number, dealer: number): number {
  return Math.sign(strength(player) - strength(dealer));
}

/** A draw for the player's card and for the dealer's; after `war` one more for each. */
export function replayCasinoWar(rules: War): Replay {
  const units = new Map(Object.entries(rules.units));
  return (proof, draws) => {
    const bets = betsOf(proof, { most: units.size, unit: (bet) => units.get(bet) });
    const placed = new Map(bets.map(({ bet, stake }) => [bet, stake]));
    const ante = placed.get('ante') ?? 0;
    const tie = placed.get('tie') ?? 0;
    const shoe = fullShoe(rules.faces, rules.decks);
    const [first = 0, second = 0] = dealt(draws, shoe, 2);
    const player = [first];
    const dealer = [second];
    const tied = compared(first, second) === 0;
    let result = compared(first, second) > 0 ? 'won' : 'lost';
    let raised = 0;
    const [action, ...more] = actionsOf(proof, SURRENDER);
    if (ante === 0) result = 'no-ante';
    if (ante > 0 && tied) {
      if (action === undefined) throw new InputsError('the decisions do not end the round');
      if (action !== WAR && action !== SURRENDER) throw forbidden(action);
      if (more.length > 0) throw new InputsError(`${more.length} decisions too many`);
      result = 'surrendered';
      if (action === WAR) {
        raised = ante;
        const [third = 0, fourth = 0] = dealt(draws, shoe, 2);
        player.push(third);
        dealer.push(fourth);
        result = ['war-lost', 'war-tied', 'war-won'][compared(third, fourth) + 1] ?? '';
      }
    } else if (action !== undefined) throw new InputsError('there is nothing to decide');
    const stake = ante + raised + tie;
    const back = times(ante, rules.returns[result] ?? 0, rules.unit);
    const tiePayout = tied ? times(tie, rules.tieReturn) : 0;
    const payout = back + tiePayout;
    const against = player.map((face, at) => {
      return `${rankName(rankOf(face))} against ${rankName(rankOf(dealer[at] ?? 0))}`;
    });
    const outcome = {
      player,
      dealer,
      result,
      stake,
      tie_payout: tiePayout,
      payout,
      options: [],
      summary: `${against.join('; ')}: ${rules.words[result]}`,
    };
    const told = ante > 0 ? [`ante staked ${ante + raised} and got ${back}`] : [];
    if (tie > 0) told.push(`tie staked ${tie} and got ${tiePayout}`);
    const cards = `player ${labels(player)}, dealer ${labels(dealer)}`;
    const detail = `every card was dealt again in order: ${cards}: ${rules.words[result]}`;
    return { outcome, stake, payout, detail, paid: told.join(', ') };
  };
}
