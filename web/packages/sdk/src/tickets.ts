import { DEMO_PATH } from '@croupier/protocol';
import { errorOf, TicketError } from './errors';

/** What a sign-up answers: who plays, and the ticket and address to play with. */
export interface TicketAnswer {
  readonly player: string;
  readonly ticket: string;
  readonly gateway: string;
  readonly currency: string;
  /** In minor units. */
  readonly balance: number;
}

/** Keeps a string across a reload of the page. Each may throw: the client then goes on without. */
export interface TokenStorage {
  get(): string | null | undefined;
  set(value: string): void;
  remove(): void;
}

/** Where a session is resumed, and with what. */
export interface Resumption {
  readonly token: string;
  readonly gateway: string;
}

/** What a play-money sign-up asks for; everything may be left out. */
export interface DemoOptions {
  /** Address of the server; the page's own by default. */
  readonly base?: string;
  readonly currency?: string;
  /** Opening balance in major units, as a decimal string. */
  readonly amount?: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** Sign-ups for play money. Each call makes another player, so give it to the client as `tickets`. */
export function demoTickets(options: DemoOptions = {}): () => Promise<TicketAnswer> {
  const { base = '', currency, amount, fetch = globalThis.fetch.bind(globalThis) } = options;
  return async () => {
    const response = await fetch(base + DEMO_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ currency, amount }),
    });
    if (!response.ok) {
      const temporary = response.status === 429 || response.status >= 500;
      throw new TicketError(await refusalOf(response), { temporary });
    }
    return (await response.json()) as TicketAnswer;
  };
}

async function refusalOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: unknown } };
    if (typeof body.error?.message === 'string') return body.error.message;
  } catch {
    // Not in the form of this protocol: the status says enough.
  }
  return `the sign-up was answered with ${response.status}`;
}

/** Whether asking for a ticket again may help. `fetch` throws TypeError where nothing answers. */
export function isTemporary(error: unknown): boolean {
  return error instanceof TicketError ? error.temporary : error instanceof TypeError;
}

/** The error of a ticket provider as the client's own. */
export function ticketError(thrown: unknown): TicketError {
  if (thrown instanceof TicketError) return thrown;
  return new TicketError(errorOf(thrown).message, { temporary: false, cause: thrown });
}

/** Reads and writes a resumption; a storage that fails keeps nothing. */
export class Keeper {
  constructor(private readonly storage: TokenStorage | undefined) {}

  read(): Resumption | undefined {
    try {
      const found: unknown = JSON.parse(this.storage?.get() ?? 'null');
      if (typeof found !== 'object' || found === null) return undefined;
      const { token, gateway } = found as Partial<Resumption>;
      if (typeof token !== 'string' || typeof gateway !== 'string') return undefined;
      return { token, gateway };
    } catch {
      return undefined;
    }
  }

  write(resumption: Resumption): void {
    try {
      this.storage?.set(JSON.stringify(resumption));
    } catch {
      // A full or forbidden storage costs the resume after a reload, nothing else.
    }
  }

  remove(): void {
    try {
      this.storage?.remove();
    } catch {
      // As above.
    }
  }
}
