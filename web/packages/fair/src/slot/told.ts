import { counted } from '../amounts';
import type { Decided } from './decisions';
import type { Event, Machine } from './machine';
import type { RespinsPlayed } from './respins';
import type { Spin } from './spin';

/** A round that has been played again. */
export interface Round {
  readonly paid: Spin;
  readonly freeGames: readonly Spin[];
  readonly respins: RespinsPlayed | undefined;
  readonly decided: Decided | undefined;
}

/** What happened in a few words, as the machine tells it. */
export function summaryOf(machine: Machine, round: Round): string {
  const { words } = machine;
  const { paid, freeGames, respins, decided } = round;
  const parts: string[] = [];
  const wins = paid.falls[0]?.wins.length ?? 0;
  if (wins > 0) parts.push(counted(wins, machine.lines.length > 0 ? 'line win' : 'way win'));
  if (paid.falls.length > 1) parts.push(counted(paid.falls.length - 1, 'cascade'));
  if (paid.scattersPay) parts.push(`${paid.scatters.length} scatters`);
  if (freeGames.length > 0) parts.push(`${freeGames.length} ${words.freeGames}`);
  if (respins !== undefined) {
    const coins = respins.coins.reduce((sum, count) => sum + count, 0);
    parts.push(`${words.respins} with ${coins} ${words.coin}`);
  }
  const { opened = [], gambles = [] } = decided ?? {};
  if (opened.length > 0) {
    const prizes = opened.map(({ prize }) => prize).join(', ');
    parts.push(`${words.pick}: ${prizes} times the stake`);
  }
  for (const { drawn, payout } of gambles) {
    parts.push(`${drawn} ${payout > 0 ? 'doubled' : 'lost'}`);
  }
  return parts.length > 0 ? parts.join(', ') : words.noWin;
}

/** What the draws mean, step by step, for a reader. */
export function detailOf(machine: Machine, round: Round): string {
  const { paid, freeGames, respins, decided } = round;
  const parts = [spinTold(paid)];
  if (freeGames.length > 0) {
    const pays = freeGames.map(({ payout }) => payout).join(', ');
    parts.push(`${counted(freeGames.length, 'free game')} spun again: ${pays}`);
  }
  if (respins !== undefined) {
    const [first = 0, ...more] = respins.coins;
    const full = respins.full ? ', until every place is full,' : '';
    const each = more.length > 0 ? `, then ${more.join(', ')}` : '';
    parts.push(
      `hold and respin with ${counted(first, 'coin')}${each}${full} pays ${respins.payout}`,
    );
  }
  for (const { place, prize } of decided?.opened ?? []) {
    parts.push(`place ${place} hides ${prize > 0 ? `${prize} times the stake` : 'the end'}`);
  }
  for (const { choice, drawn, payout } of decided?.gambles ?? []) {
    parts.push(`${drawn} is drawn for ${choice}: ${payout}`);
  }
  if (machine.gamble !== null && decided !== undefined && decided.won > 0) {
    parts.push(`${decided.won} is collected`);
  }
  return parts.join('; ');
}

/** Where the reels of the paid spin stopped, and what each window and the scatters paid. */
function spinTold({ stops, events }: Spin): string {
  const steps = [{ title: `the reels stop at ${stops.join(', ')}`, wins: [] as string[] }];
  for (const event of events) {
    if (event.event === 'cascade') {
      steps.push({ title: `cascade ${steps.length} at ${event.multiplier}x`, wins: [] });
    } else if (event.payout !== undefined) {
      steps.at(-1)?.wins.push(`${winTold(event)} pays ${event.payout}`);
    }
  }
  return steps.map(({ title, wins }) => `${title}: ${wins.join(', ') || 'no win'}`).join('; ');
}

function winTold({ line, ways, count, symbol, multiplier }: Event): string {
  const run = `${count} ${symbol}`;
  if (ways !== undefined) return `${run} by ${counted(Number(ways), 'way')}`;
  if (line === undefined) return `${run} anywhere`;
  return `${run} on line ${line}${multiplier === undefined ? '' : ` at ${multiplier}x`}`;
}
