import type { Proof } from '@croupier/protocol';
import type { Draws } from '../draws';
import { actionsOf, forbidden, InputsError } from '../replay';
import type { Event, Gamble, Machine, Pick } from './machine';
import { cellsWith, type Window } from './window';

const COLLECT = 'collect';
const COLOURS = ['red', 'black'];
const PICK = /^pick-([1-9]\d*)$/;
const GAMBLE = /^gamble-(.+)$/;

/** A place that was opened and what it hid: total stakes, 0 for the end of the bonus. */
interface Opened {
  readonly place: number;
  readonly prize: number;
}

/** A gamble and what it made of the win. */
interface Gambled {
  readonly choice: string;
  readonly drawn: string;
  readonly payout: number;
}

/** The part of a round in which the player decides: places to open, then the gamble. */
export class Decided {
  readonly opened: Opened[] = [];
  readonly gambles: Gambled[] = [];
  /** Cells of the symbols that started the pick bonus; empty where they did not. */
  readonly started: readonly number[];
  private stage: 'pick' | 'gamble' | 'done' = 'done';
  /** Positions in the list of prizes, the ends of the bonus after them, that are not yet found. */
  private readonly hidden: number[];

  constructor(
    private readonly machine: Machine,
    private readonly stake: number,
    /** Minor units won so far. */
    public won: number,
    window: Window,
    private readonly draws: Draws,
  ) {
    const { pick } = machine;
    const cells = pick === null ? [] : cellsWith(machine, window, pick.symbol);
    this.started = pick !== null && cells.length >= pick.trigger ? cells : [];
    this.hidden = pick === null ? [] : Array.from({ length: placesOf(pick) }, (_, place) => place);
    if (this.started.length > 0) this.stage = 'pick';
    else this.offerGamble();
  }

  /** Take what the player decided; the round must then be over. */
  take(proof: Proof): void {
    const places = this.hidden.map((place) => `pick-${place + 1}`);
    for (const [at, action] of actionsOf(proof, COLLECT, ...places).entries()) {
      if (proof.decisions[at]?.platform) this.checkPlatform(action);
      this.decide(action);
    }
    if (this.stage !== 'done') throw new InputsError('the decisions do not end the round');
  }

  /** What is told of it. */
  get events(): Event[] {
    const { pick } = this.machine;
    const events: Event[] = [];
    if (pick !== null && this.started.length > 0) {
      const { picks } = pick;
      const places = placesOf(pick);
      events.push({ event: 'pick_started', positions: this.started, places, picks });
      for (const [at, { place, prize }] of this.opened.entries()) {
        const left = prize > 0 ? picks - at - 1 : 0;
        events.push({ event: 'picked', place, payout: prize * this.stake, left });
      }
    }
    return [...events, ...this.gambles.map((gamble) => ({ event: 'gambled', ...gamble }))];
  }

  private decide(action: string): void {
    const { pick, gamble } = this.machine;
    if (this.stage === 'done') {
      throw new InputsError('the round had ended before the last decision');
    }
    const place = Number(PICK.exec(action)?.[1] ?? 0);
    const colour = GAMBLE.exec(action)?.[1] ?? '';
    if (pick !== null && this.stage === 'pick' && place > 0) this.open(pick, place, action);
    else if (gamble !== null && this.stage === 'gamble' && COLOURS.includes(colour)) {
      this.gamble(colour);
    } else if (this.stage === 'gamble' && action === COLLECT) this.stage = 'done';
    else throw forbidden(action);
  }

  /** Where time has run out a win is collected, and of the places the first one is opened. */
  private checkPlatform(action: string): void {
    const places = this.opened.map(({ place }) => place);
    const first = places.findIndex((_, at) => !places.includes(at + 1));
    const prescribed =
      this.stage === 'pick' ? `pick-${(first < 0 ? places.length : first) + 1}` : COLLECT;
    if (action === prescribed) return;
    throw new InputsError(`the platform does not ${action}, only ${prescribed}`);
  }

  /** The draw finds a prize among those left, whichever place is opened. */
  private open(pick: Pick, place: number, action: string): void {
    const known = this.opened.some((each) => each.place === place);
    if (known || place > placesOf(pick)) throw forbidden(action);
    const [found = 0] = this.hidden.splice(this.draws.below(this.hidden.length), 1);
    const prize = pick.prizes[found] ?? 0;
    this.opened.push({ place, prize });
    this.won += prize * this.stake;
    if (prize === 0 || this.opened.length === pick.picks) this.offerGamble();
  }

  private gamble(choice: string): void {
    const drawn = COLOURS[this.draws.below(COLOURS.length)] ?? '';
    this.won = choice === drawn ? 2 * this.won : 0;
    this.gambles.push({ choice, drawn, payout: this.won });
    this.offerGamble();
  }

  private offerGamble(): void {
    const { gamble } = this.machine;
    this.stage = gamble !== null && this.canGamble(gamble) ? 'gamble' : 'done';
  }

  private canGamble({ steps, maximum }: Gamble): boolean {
    const highest = maximum * this.stake;
    return this.won > 0 && this.gambles.length < steps && 2 * this.won <= highest;
  }
}

const placesOf = ({ prizes, stops }: Pick): number => prizes.length + stops;
