import { errorOf } from './errors';
import { hex, type RandomBytes } from './random';
import { isTemporary, type TicketAnswer, ticketError } from './tickets';

/** The server gives the same session for the same ticket and nonce within 30 s. */
const TICKET_REUSE_MS = 20_000;
const NONCE_BYTES = 16;

/** This attempt failed; the next may not. */
export class TryAgain extends Error {}

/** Gets tickets, and holds the last one for as long as it gives the same session again. */
export class TicketDesk {
  private ticket: TicketAnswer | undefined;
  private takenAt = 0;
  private nonce = '';
  /** Whether the ticket has not been shown to a gateway yet. */
  fresh = false;

  constructor(
    private readonly tickets: () => Promise<TicketAnswer>,
    private readonly randomBytes: RandomBytes,
  ) {}

  /** A ticket, the last one if it is young enough. Throws TryAgain or TicketError. */
  async have(): Promise<TicketAnswer> {
    const { ticket } = this;
    if (ticket !== undefined && performance.now() - this.takenAt < TICKET_REUSE_MS) return ticket;
    let found: TicketAnswer;
    try {
      found = await this.tickets();
    } catch (error) {
      throw isTemporary(error) ? new TryAgain(errorOf(error).message) : ticketError(error);
    }
    this.ticket = found;
    this.takenAt = performance.now();
    this.fresh = true;
    this.nonce = hex(this.randomBytes(NONCE_BYTES));
    return found;
  }

  /** Show ticket and nonce: what `hello` says. */
  show(): { readonly ticket: string | undefined; readonly nonce: string } {
    this.fresh = false;
    return { ticket: this.ticket?.ticket, nonce: this.nonce };
  }

  /** Forget the ticket: it leads nowhere any more. */
  forget(): void {
    this.ticket = undefined;
  }
}
