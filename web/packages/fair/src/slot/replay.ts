import { formOf, InputsError, type Replay, stakeOf } from '../replay';
import { Decided } from './decisions';
import { playFreeGames } from './free-games';
import type { Machine } from './machine';
import { playRespins } from './respins';
import { spinOf } from './spin';
import { detailOf, summaryOf } from './told';

/** Spin the machine again, features, decisions and all. */
export function replayMachine(machine: Machine): Replay {
  const { reels, units, freeGames: free, respins: coins, pick, gamble } = machine;
  return (proof, draws) => {
    const stake = stakeOf(formOf(proof, 'stake').stake);
    if (!machine.stakes.includes(stake)) throw new InputsError(`${stake} is no bet level`);
    const decides = pick !== null || gamble !== null;
    if (!decides && proof.decisions.length > 0) throw new InputsError('a spin has no decisions');
    const unit = stake / units;
    const paid = spinOf(machine, { reels, freeGame: 0, held: [], unit }, draws);
    const games = free === null ? undefined : playFreeGames(machine, free, paid, unit, draws);
    const freeGames = games?.spins ?? [];
    const respins =
      coins === null ? undefined : playRespins(machine, coins, paid.last, stake, draws);
    const events = [...paid.events, ...(games?.events ?? []), ...(respins?.events ?? [])];
    let payout = freeGames.reduce((sum, spin) => sum + spin.payout, paid.payout);
    payout += respins?.payout ?? 0;
    let decided: Decided | undefined;
    if (decides) {
      decided = new Decided(machine, stake, payout, paid.last, draws);
      decided.take(proof);
      events.push(...decided.events);
      payout = decided.won;
    }
    events.push({ event: 'total', payout });
    const round = { paid, freeGames, respins, decided };
    const summary = summaryOf(machine, round);
    const shown = { events, payout, summary };
    const outcome = decides ? { ...shown, options: [] } : shown;
    return { outcome, stake, payout, detail: detailOf(machine, round), paid: summary };
  };
}
