import { betsOf, settle, undecided } from './bets';
import { dealt, fullShoe, labels, rankOf } from './cards';
import type { Draws } from './draws';
import type { Replay } from './replay';

/** The drawing rules of baccarat and what its bets pay; generated. */
export interface Coup {
  readonly faces: number;
  readonly decks: number;
  /** What each face counts. */
  readonly values: readonly number[];
  /** A total in two cards from which nobody draws. */
  readonly natural: number;
  /** Totals on which the player draws. */
  readonly playerDraws: readonly number[];
  /** Totals on which the banker draws when the player has stood. */
  readonly bankerDraws: readonly number[];
  /** By total of the banker: what the player's third card counts where the banker draws. */
  readonly bankerDrawsAgainst: readonly (readonly number[])[];
  /** Every bet, and what its stake is a multiple of. */
  readonly units: Readonly<Record<string, number>>;
  /** By result, what bets bring back for `unit` staked, those that lose left out. */
  readonly returns: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What a bet on a pair brings back for `unit` staked. */
  readonly pairReturn: number;
  readonly unit: number;
}

const isPair = ([one = 0, other = 0]: readonly number[]) => rankOf(one) === rankOf(other);

/** Both hands in full. */
function hands(rules: Coup, draws: Draws) {
  const shoe = fullShoe(rules.faces, rules.decks);
  const [first = 0, second = 0, third = 0, fourth = 0] = dealt(draws, shoe, 4);
  const player = [first, third];
  const banker = [second, fourth];
  const value = (face: number) => rules.values[face] ?? 0;
  const worth = (cards: readonly number[]) =>
    cards.reduce((sum, face) => sum + value(face), 0) % 10;
  if (Math.max(worth(player), worth(banker)) < rules.natural) {
    const drawn = rules.playerDraws.includes(worth(player)) ? dealt(draws, shoe, 1) : [];
    player.push(...drawn);
    const [card] = drawn;
    const takes =
      card === undefined
        ? rules.bankerDraws.includes(worth(banker))
        : rules.bankerDrawsAgainst[worth(banker)]?.includes(value(card));
    if (takes) banker.push(...dealt(draws, shoe, 1));
  }
  return { player, banker, playerTotal: worth(player), bankerTotal: worth(banker) };
}

function resultOf(player: number, banker: number) {
  if (player === banker) return { result: 'tie', summary: `Tie at ${player}` };
  return player > banker
    ? { result: 'player', summary: `Player ${player}, banker ${banker}` }
    : { result: 'banker', summary: `Banker ${banker}, player ${player}` };
}

/** One draw for each card: player, banker, player, banker, then third cards by the rules. */
export function replayBaccarat(rules: Coup): Replay {
  const units = new Map(Object.entries(rules.units));
  return (proof, draws) => {
    const bets = betsOf(undecided(proof), { most: units.size, unit: (bet) => units.get(bet) });
    const { player, banker, playerTotal, bankerTotal } = hands(rules, draws);
    const { result, summary } = resultOf(playerTotal, bankerTotal);
    const pairs: Readonly<Record<string, boolean>> = {
      'player-pair': isPair(player),
      'banker-pair': isPair(banker),
    };
    const parts = (bet: string) => {
      const pair = pairs[bet];
      if (pair !== undefined) return pair ? rules.pairReturn : 0;
      return rules.returns[result]?.[bet] ?? 0;
    };
    const { wins, stake, payout, paid } = settle(bets, parts, rules.unit);
    const outcome = {
      player,
      banker,
      player_total: playerTotal,
      banker_total: bankerTotal,
      result,
      player_pair: pairs['player-pair'],
      banker_pair: pairs['banker-pair'],
      wins,
      payout,
      summary,
    };
    const told = `player ${labels(player)} has ${playerTotal}`;
    const other = `banker ${labels(banker)} has ${bankerTotal}`;
    const detail = `every card was dealt again in order: ${told}, ${other}`;
    return { outcome, stake, payout, detail, paid };
  };
}
