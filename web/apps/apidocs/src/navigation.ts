/** The list beside the page, and the field that narrows it. */

import type { AsyncApi, OpenApi } from './documents';
import { element } from './dom';
import { callId } from './http';
import { kindOf, sessionMessages } from './socket';

/** A group of links. */
interface Group {
  title: string;
  links: readonly { text: string; target: string }[];
}

/** Returns the navigation. */
export function navigation(http: OpenApi, socket: AsyncApi, console: boolean): HTMLElement {
  const lists = groups(http, socket, console).map(list);
  const entries = lists.flatMap((one) => [...one.querySelectorAll('li')]);
  const narrow = (event: Event): void => {
    const wanted = (event.target as HTMLInputElement).value.trim().toLowerCase();
    for (const entry of entries)
      entry.hidden = !(entry.textContent ?? '').toLowerCase().includes(wanted);
    for (const one of lists) one.hidden = one.querySelector('li:not([hidden])') === null;
  };
  const field = element('input', { type: 'search', id: 'find', input: narrow });
  return element(
    'nav',
    { 'aria-label': 'Contents' },
    element('a', { class: 'home', href: '#top' }, 'Croupier'),
    element('label', { for: 'find' }, 'Find'),
    field,
    ...lists,
    element('p', {}, element('a', { href: '/docs/openapi.json' }, 'openapi.json')),
    element('p', {}, element('a', { href: '/docs/asyncapi.json' }, 'asyncapi.json')),
  );
}

function groups(http: OpenApi, socket: AsyncApi, console: boolean): readonly Group[] {
  const messages = sessionMessages(socket);
  const ofKind = (kind: string) =>
    messages
      .filter((message) => kindOf(message) === kind)
      .map(({ name }) => ({ text: name, target: `message-${name}` }));
  const calls = Object.entries(http.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => ({
      text: `${method.toUpperCase()} ${path}`,
      target: callId(call),
    })),
  );
  const games = socket['x-games'].map((game) => ({
    text: game.title,
    target: `game-${game.game}`,
  }));
  const codes = [
    { text: 'Error codes', target: 'error-codes' },
    { text: 'Close codes', target: 'close-codes' },
  ];
  return [
    ...(console ? [{ title: 'Try it', links: [{ text: 'Console', target: 'console' }] }] : []),
    { title: 'HTTP', links: [{ text: 'About', target: 'http' }, ...calls] },
    { title: 'WebSocket', links: [{ text: 'About', target: 'socket' }, ...codes] },
    { title: 'Requests', links: ofKind('request') },
    { title: 'Replies', links: ofKind('reply') },
    { title: 'Events', links: ofKind('event') },
    { title: 'Games', links: games },
    {
      title: 'Schemas',
      links: Object.keys(socket.components.schemas)
        .sort()
        .map((name) => ({ text: name, target: `socket-schema-${name}` })),
    },
  ];
}

function list(group: Group): HTMLElement {
  const entries = group.links.map(({ text, target }) =>
    element('li', {}, element('a', { href: `#${target}` }, text)),
  );
  return element('section', {}, element('h2', {}, group.title), element('ul', {}, ...entries));
}
