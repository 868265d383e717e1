/** The console: choose a request, edit its body, send it, and read every frame. */

import type { AsyncApi, Message } from '../documents';
import { element, pretty } from '../dom';
import { kindOf, sessionMessages } from '../socket';
import { type Entry, fill, Session, type Surroundings } from './session';

const MOST_ENTRIES = 500;
const LEFT_OUT = new Set(['hello', 'resume']);

/** Returns the console. */
export function consolePart(found: AsyncApi): HTMLElement {
  const templates = requestTemplates(found);
  const choice = element('select', { id: 'console-message' });
  choice.append(...templates.map(({ label }, index) => element('option', { value: index }, label)));
  const body = element('textarea', { id: 'console-body', rows: 10, spellcheck: 'false' });
  const alert = element('p', { role: 'alert', class: 'alert' });
  const state = element('p', { role: 'status' });
  const log = element('ol', { class: 'log', tabindex: 0, 'aria-label': 'Frames' });
  let shown = 0;

  const session = new Session(surroundings(), () => {
    state.replaceChildren(session.connected ? 'Connected with play money.' : 'Not connected.');
    for (const entry of session.entries.slice(shown)) log.append(line(entry));
    shown = session.entries.length;
    while (log.childElementCount > MOST_ENTRIES) log.firstElementChild?.remove();
    log.scrollTop = log.scrollHeight;
    refresh();
  });
  const chosen = (): Template | undefined => templates[Number(choice.value)];
  let edited = false;
  const refresh = (): void => {
    if (!edited) {
      const { known } = session;
      const round = chosen()?.type === 'round' ? known.finished : known.round;
      const values = round === undefined ? known : { ...known, round };
      body.value = pretty(fill(chosen()?.body ?? {}, values, clientSeed));
    }
  };
  const connect = (): void => {
    alert.replaceChildren();
    session.open().catch((error: unknown) => {
      alert.replaceChildren(error instanceof Error ? error.message : 'The sign-up failed.');
    });
  };
  const send = (event: Event): void => {
    event.preventDefault();
    alert.replaceChildren();
    let parsed: unknown;
    try {
      parsed = JSON.parse(body.value);
    } catch {
      alert.replaceChildren('The body is not JSON.');
      return;
    }
    edited = false;
    session.send(chosen()?.type ?? '', parsed);
  };
  choice.addEventListener('change', () => {
    edited = false;
    refresh();
  });
  body.addEventListener('input', () => {
    edited = true;
  });
  state.replaceChildren('Not connected.');
  refresh();
  const button = (text: string, action: () => void): HTMLElement =>
    element('button', { type: 'button', click: action }, text);
  return element(
    'section',
    { id: 'console' },
    element('h2', {}, 'Console'),
    element(
      'p',
      {},
      'A real session with play money, in JSON. Table, round and step are filled in from the answers;' +
        ' everything can be changed. This console is part of development mode only.',
    ),
    element(
      'p',
      { class: 'buttons' },
      button('Sign up and connect', connect),
      button('Disconnect', () => session.close()),
    ),
    state,
    element(
      'form',
      { submit: send },
      element('label', { for: 'console-message' }, 'Request'),
      choice,
      element('label', { for: 'console-body' }, 'Body'),
      body,
      element('p', { class: 'buttons' }, element('button', { type: 'submit' }, 'Send')),
    ),
    alert,
    log,
  );
}

/** A request to begin with. */
interface Template {
  label: string;
  type: string;
  body: unknown;
}

function requestTemplates(found: AsyncApi): readonly Template[] {
  const bodyOf = (payload: unknown): unknown => (payload as { body?: unknown }).body ?? {};
  const requests = sessionMessages(found).filter(
    (message: Message) => kindOf(message) === 'request' && !LEFT_OUT.has(message.name),
  );
  return requests.flatMap(({ name, examples }) => {
    const own = found['x-games'].filter((game) => game.request === name);
    if (name === 'sit') {
      return found['x-games'].map(({ game }) => ({
        label: `sit: ${game}`,
        type: name,
        body: { game },
      }));
    }
    const first = bodyOf(examples?.[0]?.payload);
    if (own.length === 0) return [{ label: name, type: name, body: first }];
    return own.map(({ game, examples: rounds }) => ({
      label: `${name}: ${game}`,
      type: name,
      body: { ...(first as object), bets: rounds[0]?.bets },
    }));
  });
}

function line(entry: Entry): HTMLElement {
  const names = { sent: 'Sent', received: 'Received', note: 'Note' };
  let text = entry.text;
  if (entry.direction !== 'note') text = pretty(JSON.parse(entry.text));
  return element(
    'li',
    { class: entry.direction },
    element('span', { class: 'tag' }, names[entry.direction]),
    element('pre', {}, text),
  );
}

function surroundings(): Surroundings {
  return {
    signUp: async () => {
      const response = await fetch('/api/v1/demo', { method: 'POST' });
      const told: unknown = await response.json();
      if (!response.ok) throw new Error((told as { error: { message: string } }).error.message);
      return told as { ticket: string; gateway: string };
    },
    open: (address, subprotocol) => new WebSocket(address, subprotocol),
    nonce: () => random(16, (byte) => byte.toString(16).padStart(2, '0')),
  };
}

function clientSeed(): string {
  return btoa(random(16, (byte) => String.fromCharCode(byte)));
}

function random(length: number, text: (byte: number) => string): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), text).join('');
}
