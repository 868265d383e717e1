import { amount, counted, times, written } from './amounts';
import { betsOf } from './bets';
import { type Draws, drawCard } from './draws';
import { actionsOf, forbidden, InputsError, type Replay } from './replay';

/** The field; generated. */
export interface Field {
  readonly tiles: number;
  /** The return as numerator and denominator. */
  readonly return: readonly number[];
  readonly minimumStake: number;
}

const BET = /^mines-([1-9]\d?)$/;
const REVEAL = /^reveal-([1-9]\d?)$/;
const CASH_OUT = 'cash-out';

function choose(from: number, count: number): bigint {
  let ways = 1n;
  for (let place = 0; place < count; place += 1) {
    ways = (ways * BigInt(from - place)) / BigInt(place + 1);
  }
  return ways;
}

/** In hundredths, after so many safe tiles. */
function multiplierOf(field: Field, mines: number, safe: number): number {
  if (safe === 0) return 100;
  const [numerator = 0n, denominator = 1n] = field.return.map(BigInt);
  const fair = 100n * numerator * choose(field.tiles, safe);
  return amount(fair / (denominator * choose(field.tiles - mines, safe)));
}

function minesOf(bet: string, { tiles }: Field): number | undefined {
  const mines = Number(BET.exec(bet)?.[1] ?? 0);
  return mines >= 1 && mines < tiles ? mines : undefined;
}

/** Turn tiles over until a mine comes up, all that are safe have, or the player cashes out. */
function turned(field: Field, actions: readonly string[], mined: readonly number[]) {
  const revealed: number[] = [];
  for (const [place, action] of actions.entries()) {
    const last = place === actions.length - 1;
    const tile = Number(REVEAL.exec(action)?.[1] ?? 0);
    const legal = tile >= 1 && tile <= field.tiles && !revealed.includes(tile);
    if (action !== CASH_OUT && !legal) throw forbidden(action);
    const hit = mined.includes(tile) ? tile : null;
    if (legal && hit === null) revealed.push(tile);
    const ended =
      action === CASH_OUT || hit !== null || revealed.length + mined.length === field.tiles;
    if (ended && last) return { revealed, hit };
    if (ended) throw new InputsError('the round had ended before the last decision');
  }
  throw new InputsError('the decisions do not end the round');
}

/** The mines are drawn when the round opens, as cards from a shoe of one for each tile. */
function laid(field: Field, mines: number, draws: Draws): readonly number[] {
  const left = [0, ...Array<number>(field.tiles).fill(1)];
  return Array.from({ length: mines }, () => drawCard(draws, left));
}

/** One draw for each mine; decisions draw nothing. */
export function replayMines(field: Field): Replay {
  return (proof, draws) => {
    const bets = betsOf(proof, {
      most: 1,
      lowest: field.minimumStake,
      unit: (bet) => (minesOf(bet, field) === undefined ? undefined : 1),
    });
    const { bet, stake } = bets[0] ?? { bet: '', stake: 0 };
    const mines = minesOf(bet, field) ?? 0;
    const mined = laid(field, mines, draws).toSorted((one, other) => one - other);
    const { revealed, hit } = turned(field, actionsOf(proof, CASH_OUT), mined);
    const parts = hit === null ? multiplierOf(field, mines, revealed.length) : 0;
    const payout = times(stake, parts, 100);
    const multiplier = written(parts);
    const found = `${revealed.length} safe of ${mines} mines`;
    const summary =
      hit === null ? `${multiplier}x after ${found}` : `Mine on ${hit} after ${found}`;
    const outcome = {
      mines,
      revealed,
      hit,
      mined,
      multiplier,
      next_multiplier: null,
      stake,
      payout,
      options: [],
      summary,
    };
    const safe = counted(revealed.length, 'safe tile');
    const end = hit === null ? 'cashed out' : `tile ${hit} was a mine`;
    const detail = `the mines lay on ${mined.join(', ')}; ${safe}, then ${end}`;
    const paid = hit === null ? `${stake} times ${multiplier}` : `the stake of ${stake} was lost`;
    return { outcome, stake, payout, detail, paid };
  };
}
