import type { Choice, CrapsTableBets, CrapsTableView, CrapsWager } from '@croupier/protocol';
import type { LiveState, LobbyGame } from '@croupier/sdk';
import { t, tMaybe } from '../text/t';

/** The numbers that can be the point. */
export const POINTS = [4, 5, 6, 8, 9, 10] as const;

/** The table's point as it stands: of the result that lies there, or of the round in play. */
export function pointOf(state: LiveState, result: CrapsTableView | undefined): number {
  return result?.point ?? state.stage?.point ?? 0;
}

/** The bets of a seat that stand, or that it has made on the next roll. */
export function standingOf(state: LiveState): readonly CrapsWager[] {
  const mine = state.placed.find(({ seat }) => seat === state.seat)?.bets;
  return (mine as CrapsTableBets | undefined)?.bets ?? [];
}

/** What can be bet before the next roll, of what the rules offer: it depends on the point. */
export function choicesNow(
  choices: readonly Choice[],
  point: number,
  standing: readonly CrapsWager[],
): readonly Choice[] {
  const line = choices.filter(({ group }) => group === 'Line');
  const others = choices.filter(({ group }) => group !== 'Line');
  const coming = line.map(({ bet, pays }): Choice => {
    const name = bet.replace('pass', 'come');
    return { bet: name, label: tMaybe(`craps.${name}`) ?? name, group: 'Come', pays };
  });
  const odds = standing
    .filter(({ point: its }) => its !== 0)
    .map((wager): Choice => {
      const { bet, point: its } = wager;
      const name = bet.endsWith('pass') ? `odds-${bet}` : `odds-${bet}-${its}`;
      return { bet: name, label: nameOf(choices, wager), group: t('craps.odds'), pays: '' };
    });
  return [...odds, ...(point === 0 ? line : coming), ...others];
}

/** A bet for reading, with the point that it has. */
export function nameOf(choices: readonly Choice[], { bet, point }: CrapsWager): string {
  const known = choices.find((choice) => choice.bet === bet)?.label;
  const label = known ?? tMaybe(`craps.${bet}`) ?? bet;
  return point === 0 ? label : t('craps.onPoint', { bet: label, point });
}

/** The game with what it offers now. */
export function gameNow(game: LobbyGame, choices: readonly Choice[]): LobbyGame {
  return { ...game, description: { ...game.description, choices } };
}
