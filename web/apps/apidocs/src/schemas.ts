/** Schemas as tables. */

import type { Schema, Schemas } from './documents';
import { element } from './dom';
import { bounds, form } from './forms';
import { inline } from './prose';

/** Which document a schema belongs to: each has its own names. */
export type Side = 'http' | 'socket';

/** Returns what a schema holds, with links to the schemas that it names. */
export function formOf(schema: Schema, side: Side): HTMLElement {
  const pieces = form(schema).map((piece) => {
    if ('text' in piece) return document.createTextNode(piece.text);
    return element('a', { href: `#${side}-schema-${piece.schema}` }, piece.schema);
  });
  return element('span', { class: 'form' }, ...pieces);
}

/** Returns a table of an object's fields, or what else the schema holds. */
export function fields(schema: Schema, side: Side): HTMLElement {
  const rows = Object.entries(schema.properties ?? {});
  if (rows.length === 0) {
    return element(
      'p',
      {},
      'Holds ',
      formOf(schema, side),
      bounds(schema) && ` (${bounds(schema)})`,
      '.',
    );
  }
  const required = new Set(schema.required ?? []);
  const head = element(
    'tr',
    {},
    ...['Field', 'Holds', 'Meaning'].map((name) => element('th', { scope: 'col' }, name)),
  );
  const body = rows.map(([name, field]) => {
    const limits = bounds(field);
    const needed = required.has(name) ? null : element('span', { class: 'optional' }, 'optional');
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('code', {}, name), needed),
      element('td', {}, formOf(field, side), limits === '' ? null : element('small', {}, limits)),
      element('td', {}, ...inline(field.description ?? '')),
    );
  });
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Fields' },
    table,
  );
}

/** Returns a section of each named schema. */
export function schemaSections(schemas: Schemas, side: Side): HTMLElement[] {
  return Object.entries(schemas)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, schema]) =>
      element(
        'section',
        { id: `${side}-schema-${name}`, class: 'schema', 'data-find': name.toLowerCase() },
        element('h3', {}, name),
        element('p', {}, ...inline(schema.description ?? '')),
        fields(schema, side),
      ),
    );
}
