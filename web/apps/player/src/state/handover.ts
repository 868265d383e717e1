/**
 * Moving a session between the tabs of one browser.
 *
 * The resume token lives in the storage of one tab, and changes with every resume. A tab that wants
 * to play asks the others over a channel of this origin; the one that has the session hands its
 * token over. Where the browser has no such channel, nothing answers.
 */
export interface Handover {
  /** Whether another tab plays now. */
  anyone(): Promise<boolean>;
  /** The record of another tab's session, if one hands it over. */
  take(): Promise<string | undefined>;
  close(): void;
}

/** What the tab that has a session does for others. */
export interface Holder {
  /** The record of the session to hand over, if there is one that is live. */
  readonly record: () => string | undefined;
  /** Another tab plays from now on. */
  readonly handedOver: () => void;
}

type Message =
  | { readonly ask: 'anyone' | 'take'; readonly id: string }
  | { readonly answer: string | true; readonly id: string };

const NAME = 'croupier.session';
const PATIENCE_MS = 600;

/** Join the channel of this origin's tabs. */
export function joinTabs(holder: Holder): Handover {
  if (typeof BroadcastChannel === 'undefined') {
    return { anyone: async () => false, take: async () => undefined, close: () => undefined };
  }
  const channel = new BroadcastChannel(NAME);
  const waiting = new Map<string, (answer: string | true) => void>();
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('answer' in data) {
      waiting.get(data.id)?.(data.answer);
      return;
    }
    const record = holder.record();
    if (record === undefined) return;
    channel.postMessage({ answer: data.ask === 'take' ? record : true, id: data.id });
    if (data.ask === 'take') holder.handedOver();
  };
  function ask(what: 'anyone' | 'take'): Promise<string | true | undefined> {
    const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
    return new Promise((resolve) => {
      const settle = (answer?: string | true) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(settle, PATIENCE_MS);
      waiting.set(id, settle);
      channel.postMessage({ ask: what, id });
    });
  }
  return {
    anyone: async () => (await ask('anyone')) !== undefined,
    take: async () => {
      const answer = await ask('take');
      return typeof answer === 'string' ? answer : undefined;
    },
    close: () => channel.close(),
  };
}
