/** The HTTP interface: one section a call. */

import type { Body, Call, OpenApi } from './documents';
import { codeBlock, element, pretty } from './dom';
import { inline, prose } from './prose';
import { formOf, schemaSections } from './schemas';

/** Returns the part of the page about HTTP. */
export function httpPart(document: OpenApi): HTMLElement {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => callSection(method.toUpperCase(), path, call)),
  );
  return element(
    'section',
    { id: 'http' },
    element('h2', {}, document.info.title, ' ', element('small', {}, document.info.version)),
    prose(document.info.description ?? ''),
    ...calls,
    element('h2', { id: 'http-schemas' }, 'Schemas of HTTP'),
    ...schemaSections(document.components.schemas, 'http'),
  );
}

/** The id of a call's section. */
export function callId(call: Call): string {
  return `http-${call.operationId ?? 'call'}`;
}

function callSection(method: string, path: string, call: Call): HTMLElement {
  return element(
    'section',
    { id: callId(call), class: 'operation', 'data-find': `${method} ${path}`.toLowerCase() },
    element('h3', {}, element('span', { class: 'tag' }, method), ' ', element('code', {}, path)),
    element('p', {}, ...inline(call.summary ?? '')),
    call.description === undefined ? null : prose(call.description),
    parameterList(call.parameters ?? []),
    call.requestBody === undefined ? null : bodySection('Request', call.requestBody),
    ...Object.entries(call.responses ?? {}).map(([status, body]) => bodySection(status, body)),
  );
}

function parameterList(parameters: NonNullable<Call['parameters']>): HTMLElement | null {
  if (parameters.length === 0) return null;
  return element(
    'ul',
    {},
    ...parameters.map(({ name, in: place, description }) =>
      element('li', {}, element('code', {}, name), ` (${place}): `, ...inline(description ?? '')),
    ),
  );
}

function bodySection(title: string, body: Body): HTMLElement {
  const parts = Object.entries(body.content ?? {}).flatMap(([type, content]) => {
    const shown = content.schema === undefined ? 'nothing' : formOf(content.schema, 'http');
    const examples = Object.values(content.examples ?? {}).map((example) => example.value);
    if (content.example !== undefined) examples.unshift(content.example);
    return [
      element('p', {}, element('code', {}, type), ': ', shown),
      ...examples.map((example) =>
        codeBlock(typeof example === 'string' ? example : pretty(example), `Example of ${title}`),
      ),
    ];
  });
  return element(
    'div',
    { class: 'body' },
    element('h4', {}, title, ' ', element('small', {}, body.description ?? '')),
    ...parts,
  );
}
