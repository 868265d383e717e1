/** The players' socket: one section a message, then games, error codes and close codes. */

import type { AsyncApi, Message, PublishedGame } from './documents';
import { codeBlock, element, pretty } from './dom';
import { inline, prose } from './prose';
import { formOf, schemaSections } from './schemas';

/** Returns the part of the page about the socket. */
export function socketPart(found: AsyncApi): HTMLElement {
  return element(
    'section',
    { id: 'socket' },
    element(
      'h2',
      {},
      `${found.info.title} over WebSocket `,
      element('small', {}, found.info.version),
    ),
    prose(found.info.description ?? ''),
    element('h2', { id: 'messages' }, 'Messages'),
    ...sessionMessages(found).map(messageSection),
    element('h2', { id: 'games' }, 'Games'),
    ...found['x-games'].map(gameSection),
    element('h2', { id: 'error-codes' }, 'Error codes'),
    rows(
      ['Code', 'Certainty', 'What to do'],
      found['x-error-codes'].map((row) => [row.code, row.certainty, row.action]),
    ),
    element('h2', { id: 'close-codes' }, 'Close codes'),
    rows(
      ['Code', 'Name', 'Meaning', 'Connect again'],
      found['x-close-codes'].map((row) => [
        String(row.code),
        row.name,
        row.meaning,
        row.reconnect ? 'yes' : 'no',
      ]),
    ),
    element('h2', { id: 'socket-schemas' }, 'Schemas of the socket'),
    ...schemaSections(found.components.schemas, 'socket'),
  );
}

/** The messages of a player's session, in the document's order. */
export function sessionMessages(found: AsyncApi): readonly Message[] {
  return Object.keys(found.channels.session.messages).flatMap((name) => {
    const message = found.components.messages[name];
    return message === undefined ? [] : [message];
  });
}

/** What kind of message it is. */
export function kindOf(message: Message): 'request' | 'reply' | 'event' {
  if (message['x-direction'] === 'client to server') return 'request';
  return message['x-answers'] === undefined ? 'event' : 'reply';
}

function messageSection(message: Message): HTMLElement {
  const body = message.payload.properties?.body;
  const others = message['x-answered-by'] ?? message['x-answers'] ?? [];
  const relation = message['x-answered-by'] === undefined ? 'Answers ' : 'Answered by ';
  const links = others.flatMap((name, index) => [
    index === 0 ? '' : ', ',
    element('a', { href: `#message-${name}` }, name),
  ]);
  return element(
    'section',
    { id: `message-${message.name}`, class: 'operation', 'data-find': message.name },
    element(
      'h3',
      {},
      element('span', { class: 'tag' }, kindOf(message)),
      ' ',
      element('code', {}, message.name),
    ),
    element('p', {}, ...inline(message.summary ?? '')),
    body === undefined ? null : element('p', {}, 'Body: ', formOf(body, 'socket')),
    links.length === 0 ? null : element('p', {}, relation, ...links),
    ...(message.examples ?? []).map((example) =>
      element(
        'details',
        {},
        element('summary', {}, ...inline(example.summary ?? 'Example')),
        codeBlock(pretty(example.payload), `Example of ${message.name}`),
      ),
    ),
  );
}

function gameSection(game: PublishedGame): HTMLElement {
  const forms = Object.entries(game.schemas).map(([name, schema]) =>
    element('li', {}, element('code', {}, name), ': ', formOf(schema, 'socket')),
  );
  return element(
    'section',
    {
      id: `game-${game.game}`,
      class: 'operation',
      'data-find': `${game.game} ${game.title}`.toLowerCase(),
    },
    element(
      'h3',
      {},
      game.title,
      ' ',
      element('small', {}, `${game.game}, version ${game.version}`),
    ),
    element(
      'p',
      {},
      'A round is opened with ',
      element('a', { href: `#message-${game.request}` }, game.request),
      '.',
    ),
    element('p', {}, ...inline(game.notes ?? '')),
    element('ul', {}, ...forms),
    details('Description', game.description),
    ...game.examples.map((example, index) => details(`Example round ${index + 1}`, example)),
  );
}

function details(title: string, value: unknown): HTMLElement {
  return element('details', {}, element('summary', {}, title), codeBlock(pretty(value), title));
}

function rows(heads: readonly string[], lines: readonly (readonly string[])[]): HTMLElement {
  const head = element('tr', {}, ...heads.map((name) => element('th', { scope: 'col' }, name)));
  const body = lines.map((line) =>
    element(
      'tr',
      {},
      ...line.map((text, index) =>
        index === 0
          ? element('th', { scope: 'row' }, element('code', {}, text))
          : element('td', {}, ...inline(text)),
      ),
    ),
  );
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': heads[0] ?? '' },
    table,
  );
}
